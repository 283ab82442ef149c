import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cacheMark, checkTags, tagMark } from './tag.ts'

describe('checkTags', () => {
  test('keeps each tag once, in order', () => {
    expect(checkTags(['b', 'a', 'b'], 'tags')).toEqual(['b', 'a'])
    expect(checkTags([], 'tags')).toEqual([])
    const tag = fc.string({ minLength: 1, maxLength: 512 }).filter((text) => text.length <= 512)
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 20 }), (tags) => {
        expect(checkTags(tags, 'tags')).toEqual([...new Set(tags)])
      }),
    )
  })

  test('accepts any text, up to 512 units and 256 tags', () => {
    const tags = Array.from({ length: 256 }, (_, index) => `tag:{${index}} \0😀`)
    expect(checkTags([...tags, ...tags], 'tags')).toEqual(tags)
    expect(checkTags(['x'.repeat(512)], 'tags')).toHaveLength(1)
  })

  test.each([
    [''],
    [1],
    [null],
    [undefined],
    [{}],
    ['ok', 7n],
    ['x'.repeat(513)],
    ['\ud800'],
    ['a\udc00b'],
    [Symbol('x')],
    [['a']],
  ])('refuses %o and names the option', (...tags) => {
    expect(() => checkTags(tags, 'options.tags')).toThrow(TypeError)
    expect(() => checkTags(tags, 'options.tags')).toThrow(/^options\.tags must be strings of valid Unicode/)
  })

  test('refuses more than 256 tags, and what is no array', () => {
    expect(() =>
      checkTags(
        Array.from({ length: 257 }, (_, index) => `${index}`),
        'tags',
      ),
    ).toThrow(/^tags must be at most 256 tags, got 257/)
    for (const wrong of ['a', undefined, null, new Set(['a']), { length: 0 }]) {
      expect(() => checkTags(wrong as string[], 'tags')).toThrow(/^tags must be an array of strings/)
    }
  })
})

test('marks of tags and of caches never share a name', () => {
  expect(tagMark('users')).toBe('#users')
  expect(cacheMark('users')).toBe('@users')
  expect(tagMark('@users')).not.toBe(cacheMark('users'))
})

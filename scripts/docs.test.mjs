import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { extractExamples } from './doc-examples.mjs'
import { findBrokenLinks, listPages } from './doc-links.mjs'
import { workspaceRoot } from './workspace.mjs'

describe('docs/errors.md', () => {
  const folders = readdirSync(join(workspaceRoot, 'packages'))
    .map((name) => join(workspaceRoot, 'packages', name, 'src', 'errors'))
    .filter((folder) => existsSync(folder))
  const union =
    readFileSync(join(workspaceRoot, 'packages', 'core', 'src', 'errors', 'cache-error.ts'), 'utf8').match(
      /'ERR_LARDER_[A-Z_]+'/g,
    ) ?? []
  const codes = union.map((literal) => literal.slice(1, -1)).sort()
  const rows = [
    ...readFileSync(join(workspaceRoot, 'docs', 'errors.md'), 'utf8').matchAll(/^\| `(ERR_\w+)` \| `(\w+)` \|/gm),
  ]

  test('has one row for each code, and none for a code that does not exist', () => {
    expect(codes.length).toBeGreaterThan(0)
    expect(rows.map(([, code]) => code).sort()).toEqual(codes)
  })

  test('names the class that carries each code', () => {
    const classes = folders
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((path) => !path.endsWith('cache-error.ts') && !path.includes('.test'))
      .map((path) => readFileSync(path, 'utf8'))
      .flatMap((source) => [...source.matchAll(/class (\w+) extends \w+[^]*?code(?:: \w+)? = '(\w+)'/g)])
      .map(([, name, code]) => `${code} ${name}`)
    expect(rows.map(([, code, name]) => `${code} ${name}`).sort()).toEqual(classes.sort())
  })
})

describe('examples in Markdown', () => {
  test('keep the line numbers of their page', () => {
    expect(extractExamples('# Title\n\n```ts\nconst a = 1\n```\n')).toEqual(['\n\n\nconst a = 1\n'])
  })

  test('are left out when marked, or in another language', () => {
    expect(extractExamples('```ts no-check\nnonsense(\n```\n```sh\nls\n```\n')).toEqual([])
  })

  test('continue the one before them when marked', () => {
    expect(extractExamples('```ts\nlet a\n```\n```ts continued\na = 1\n```')).toEqual(['\nlet a\n\n\na = 1\n'])
  })

  test('see the declarations of a hidden setup', () => {
    expect(extractExamples('<!-- setup\ndeclare const db: 1\n-->\n```ts\ndb\n```')).toEqual([
      '\n\n\n\ndb\ndeclare const db: 1\n',
    ])
  })
})

describe('links in Markdown', () => {
  test.each([
    ['[a](missing.md)', ['README.md:1: no such file: missing.md']],
    ['[a](docs/page.md#nowhere)', ['README.md:1: no such heading: docs/page.md#nowhere']],
    ['[a](#absent)', ['README.md:1: no such heading: #absent']],
    ['[a]: docs/gone.md', ['README.md:1: no such file: docs/gone.md']],
    ['[a](docs/page.md#a-heading-with-code)', []],
    ['[a](https://example.org/missing) and `[b](missing.md)`', []],
    ['```\n[a](missing.md)\n```', []],
  ])('%j', (text, problems) => {
    const root = mkdtempSync(join(tmpdir(), 'larder-docs-'))
    try {
      mkdirSync(join(root, 'docs'))
      writeFileSync(join(root, 'docs', 'page.md'), '# A heading, with `code`!\n')
      writeFileSync(join(root, 'README.md'), text)
      expect(findBrokenLinks(listPages(root))).toEqual(problems)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})

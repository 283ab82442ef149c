import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { RESEARCH_LINES } from './research-lines.ts'

test('each line of the research that concerns Prisma is a test, or is told not to be covered', async () => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => /\.test(-d)?\.ts$/.test(name))
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))
  // Names of tests, and of what describes them, begin with their numbers.
  const names = texts.flatMap((text) =>
    [...text.matchAll(/['`]((?:§6\.\d+b?(?:, )?)+)[: ]/g)].map((match) => match[1] as string),
  )
  const tested = new Set(names.flatMap((name) => [...name.matchAll(/§6\.(\d+b?)/g)]).map((match) => match[1]))
  const readme = await readFile(new URL('../README.md', folder), 'utf8')
  const uncovered = readme.slice(readme.indexOf('## What is not covered'))
  const told = new Set([...uncovered.matchAll(/§6\.(\d+b?)/g)].map((match) => match[1]))
  expect(Object.keys(RESEARCH_LINES).filter((line) => !tested.has(line) && !told.has(line))).toEqual([])
  expect([...tested].filter((line) => !Object.hasOwn(RESEARCH_LINES, line as string))).toEqual([])
})

/**
 * Checks that the documentation is true where a machine can tell: every `ts` example compiles against the sources, and every
 * relative link leads to a file, and to a heading in it.
 *
 *     ```ts             compiled as a module of its own
 *     ```ts continued   compiled as part of the example before it
 *     ```ts no-check    not compiled
 *
 * An HTML comment that begins with `setup` holds declarations for the examples below it on its page, which a reader can do without.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBrokenLinks, listPages } from './doc-links.mjs'
import { extractExamples } from './doc-examples.mjs'
import { captureCommand } from './run-command.mjs'
import { cacheFolder, workspaceRoot } from './workspace.mjs'

const pages = listPages(workspaceRoot)
const problems = [...findBrokenLinks(pages), ...(await findBrokenExamples(pages))]
for (const problem of problems) console.log(problem)
if (problems.length > 0) process.exitCode = 1

async function findBrokenExamples(allPages) {
  const folder = join(cacheFolder, 'docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const compilerOptions = {
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  }
  const tsconfig = { extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))

  const pageOf = new Map()
  for (const { path, text } of allPages) {
    for (const [index, code] of extractExamples(text).entries()) {
      const name = `${path.replaceAll('/', '__')}.${index}.ts`
      pageOf.set(name, path)
      writeFileSync(join(folder, name), code)
    }
  }
  console.log(`${pageOf.size} examples on ${allPages.length} pages`)
  if (pageOf.size === 0) return []
  const compiler = join(workspaceRoot, 'node_modules', 'typescript', 'bin', 'tsc')
  const { code, output } = await captureCommand(process.execPath, [compiler, '-p', folder, '--pretty', 'false'])
  if (code === 0) return []
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const { name, place } = /^(?:.*\/)?(?<name>[^/(]+\.ts)\((?<place>\d+,\d+)\)/.exec(line)?.groups ?? {}
      if (!pageOf.has(name)) return line
      return `${pageOf.get(name)}:${place.replace(',', ':')}${line.slice(line.indexOf('): ') + 1)}`
    })
}

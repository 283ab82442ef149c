import { ESLint } from 'eslint'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { workspaceRoot } from './workspace.mjs'

// In CI the parser would read each file from the disk once, and not the code given here.
process.env.TSESTREE_SINGLE_RUN = 'false'
const eslint = new ESLint({ cwd: workspaceRoot })

/** Code, the rule that must refuse it, and the file in which it is read (a type-aware rule needs one that exists). */
const refused = [
  ['declare function work(): Promise<void>\nwork()', '@typescript-eslint/no-floating-promises'],
  ['declare function work(): Promise<void>\n[1].forEach(async () => work())', '@typescript-eslint/no-misused-promises'],
  ['export const now: number = Date.now()', 'no-restricted-properties'],
  ['export const luck: number = Math.random()', 'no-restricted-properties'],
  ['export const soon: AbortSignal = AbortSignal.timeout(1)', 'no-restricted-properties'],
  ['export const today: Date = new Date()', 'no-restricted-syntax'],
  ['setTimeout(() => {}, 1)', 'no-restricted-globals'],
  ['setInterval(() => {}, 1)', 'no-restricted-globals'],
  ['setImmediate(() => {})', 'no-restricted-globals'],
  ['export const at: number = performance.now()', 'no-restricted-globals'],
  [
    "import { performance } from 'node:perf_hooks'\nexport const at: number = performance.now()",
    'no-restricted-imports',
  ],
  ["import { setTimeout as sleep } from 'node:timers/promises'\nawait sleep(1)", 'no-restricted-imports'],
  ['export const value: any = 1', '@typescript-eslint/no-explicit-any'],
  ["export * from './contracts/index.ts'", 'no-restricted-syntax'],
  ['export default 1', 'no-restricted-syntax'],
  ['export enum Tier { Near, Far }', 'no-restricted-syntax'],
  ['export class Box { constructor(readonly value: number) {} }', 'no-restricted-syntax'],
  ['export class Box { private value = 1; read(): number { return this.value } }', 'no-restricted-syntax'],
  ['export interface IStore { readonly name: string }', 'no-restricted-syntax'],
  [
    "import { Clock } from './contracts/clock.ts'\nexport const clock: Clock | undefined = undefined",
    '@typescript-eslint/consistent-type-imports',
  ],
  [
    "export function f(kind: 'a' | 'b'): number { switch (kind) { case 'a': return 1 } return 2 }",
    'larder/exhaustive-switch',
  ],
  [
    "export function f(kind: 'a' | 'b'): number { switch (kind) { case 'a': return 1; default: return 2 } }",
    'larder/exhaustive-switch',
  ],
  ['export function f(a: number, b: number, c: number, d: number): number { return a + b + c + d }', 'max-params'],
  ['export class Box { #value = 1; read(): number { return this.#value } }', '@typescript-eslint/prefer-readonly'],
  ['//\n'.repeat(301), 'max-lines'],
]

describe('the lint rules', () => {
  test.each(refused)('refuse %j', async (code, rule) => {
    expect(await rulesBrokenBy(code, 'packages/core/src/index.ts')).toContain(rule)
  })

  test('allow the machine’s time in clock.ts', async () => {
    const code = 'export const now = (): number => Date.now()\nsetTimeout(() => {}, 1)\n'
    expect(await rulesBrokenBy(code, 'packages/core/src/clock.ts')).toEqual([])
  })

  test('allow a default where a switch asks for a typeof', async () => {
    const code =
      "export function f(x: unknown): number { switch (typeof x) { case 'string': return 1; default: return 2 } }"
    expect(await rulesBrokenBy(code, 'packages/core/src/index.ts')).toEqual([])
  })

  test('allow a background task that is named and owned', async () => {
    const code = 'declare function work(): Promise<void>\nvoid work()\n'
    expect(await rulesBrokenBy(code, 'packages/core/src/index.ts')).toEqual([])
  })
})

async function rulesBrokenBy(code, file) {
  const [result] = await eslint.lintText(code, { filePath: join(workspaceRoot, file) })
  return result.messages.map(({ ruleId, message }) => ruleId ?? message)
}

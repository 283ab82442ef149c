import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'

/** A program of this folder as one file: it starts five times as fast as from its sources. Removed with its scope. */
export async function bundleProgram(program: URL): Promise<AsyncDisposable & { readonly path: string }> {
  const outDir = await mkdtemp(join(tmpdir(), 'larder-crash-'))
  await build({
    config: false,
    entry: { program: fileURLToPath(program) },
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: true,
    noExternal: () => true,
    dts: false,
    clean: false,
    logLevel: 'silent',
    inputOptions: { resolve: { conditionNames: ['@larder/source', 'import', 'node', 'default'] } },
  })
  return {
    path: join(outDir, 'program.mjs'),
    [Symbol.asyncDispose]: () => rm(outDir, { recursive: true, force: true }),
  }
}

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePnpm } from './bootstrap.mjs'
import { captureCommand } from './run-command.mjs'
import { listPublicPackages } from './workspace.mjs'

/**
 * Packs every public package as a release would and hands the paths of the tarballs to `use`; they are gone when it has settled.
 * Resolves with what `use` resolves with.
 */
export async function withPackedPackages(use) {
  const folder = mkdtempSync(join(tmpdir(), 'larder-packed-'))
  try {
    const pnpm = await ensurePnpm()
    for (const { folder: cwd, manifest } of listPublicPackages()) {
      const { code, output } = await captureCommand(pnpm, ['pack', '--pack-destination', folder], { cwd })
      if (code !== 0) throw new Error(`cannot pack ${manifest.name}:\n${output}`)
    }
    return await use(readdirSync(folder).map((name) => join(folder, name)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

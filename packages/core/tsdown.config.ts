import type { UserConfig } from 'tsdown'

const config: UserConfig = {
  entry: { index: 'src/index.ts', contracts: 'src/contracts/index.ts', lz4: 'src/compression/lz4.ts' },
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  fixedExtension: false,
  dts: true,
}

export default config

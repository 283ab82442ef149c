import type { UserConfig } from 'tsdown'

const config: UserConfig = {
  entry: {
    index: 'src/index.ts',
    iovalkey: 'src/iovalkey/index.ts',
    'node-redis': 'src/node-redis/index.ts',
    'valkey-glide': 'src/valkey-glide/index.ts',
  },
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  fixedExtension: false,
  dts: true,
}

export default config

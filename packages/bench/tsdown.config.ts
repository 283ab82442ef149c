import type { UserConfig } from 'tsdown'

/** The entries beside `main` are run as processes of their own. */
const config: UserConfig = {
  entry: {
    main: 'src/main.ts',
    'l1-hit-alone': 'src/l1-hit/l1-hit-alone.ts',
    'stampede-node': 'src/stampede/stampede-node.ts',
  },
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  fixedExtension: false,
  dts: false,
}

export default config

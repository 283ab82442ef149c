import type { ViteUserConfig } from 'vitest/config'

/** Tests read the sources of the workspace's packages, so that no build is needed. */
const conditions = ['@larder/source', 'module', 'node', 'development|production']

const config: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 180_000,
    typecheck: {
      enabled: true,
      include: ['packages/*/src/**/*.test-d.ts', 'packages/*/test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      // The types of the sources are a step of `npm run check`.
      ignoreSourceErrors: true,
    },
  },
}

export default config

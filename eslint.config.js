import tseslint from 'typescript-eslint'

const testFiles = ['**/*.test.ts', '**/*.test-d.ts', '**/test/**/*.ts']
const configFiles = ['**/*.config.{js,ts,mjs}', '.dependency-cruiser.mjs']

const injectedTime =
  'Time and randomness are arguments (Clock, Random); only clock.ts and random.ts in core touch the machine.'

/** What every file obeys, whether typed or not. */
const houseSyntax = [
  { selector: 'ExportAllDeclaration', message: 'List the exports one by one.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'TSParameterProperty', message: 'Declare the field and assign it.' },
  {
    selector: ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"])[accessibility="private"]',
    message: 'Use a #private name.',
  },
  { selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z]/]', message: 'Name the interface after what it is, without I.' },
]

/** Ways to read the machine's time or its randomness. */
const realTimeSyntax = [{ selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: injectedTime }]
const realTimeGlobals = ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
  name,
  message: injectedTime,
}))
const realTimeProperties = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['process', 'hrtime'],
  ['AbortSignal', 'timeout'],
  ['globalThis', 'setTimeout'],
  ['globalThis', 'setInterval'],
  ['globalThis', 'setImmediate'],
  ['globalThis', 'performance'],
].map(([object, property]) => ({ object, property, message: injectedTime }))
const realTimeModules = [
  'node:timers',
  'node:timers/promises',
  'node:perf_hooks',
  'timers',
  'timers/promises',
  'perf_hooks',
]

/**
 * Switches over a union list every member, so that a new member is an error where it was forgotten. `typeof` never gets a new answer:
 * such a switch may have a default instead.
 */
const exhaustive = tseslint.plugin.rules['switch-exhaustiveness-check']
const exhaustiveSwitch = {
  ...exhaustive,
  create(context) {
    const { SwitchStatement: check } = exhaustive.create(context)
    return {
      SwitchStatement(node) {
        const onTypeof = node.discriminant.type === 'UnaryExpression' && node.discriminant.operator === 'typeof'
        if (!(onTypeof && node.cases.some((one) => one.test === null))) check(node)
      },
    }
  },
}

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '.cache/', '.turbo/', '**/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.{ts,mjs,js}'],
    languageOptions: { parser: tseslint.parser },
    rules: {
      eqeqeq: 'error',
      'no-else-return': 'error',
      'no-restricted-syntax': ['error', ...houseSyntax],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'max-lines': ['warn', { max: 300 }],
      'max-params': ['error', { max: 3, countThis: 'never' }],
    },
  },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { larder: { rules: { 'exhaustive-switch': exhaustiveSwitch } } },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: false }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: true } }],
      '@typescript-eslint/no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // What a caller's loader or signal was rejected with is passed on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      'larder/exhaustive-switch': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      // Implementing a promise-returning port without awaiting is common and right.
      '@typescript-eslint/require-await': 'off',
      // `void task` names a background task on purpose; the rule above still wants it said.
      'no-void': 'off',
    },
  },

  {
    files: ['packages/*/src/**/*.ts'],
    ignores: [...testFiles, 'packages/bench/**'],
    rules: {
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },

  {
    files: ['packages/*/src/**/*.ts'],
    ignores: [
      ...testFiles,
      'packages/core/src/clock.ts',
      'packages/core/src/random.ts',
      // It replaces the clock, and lets the real turns pass in between.
      'packages/testing/src/fake-clock.ts',
      'packages/bench/**',
    ],
    rules: {
      'no-restricted-globals': ['error', ...realTimeGlobals],
      'no-restricted-imports': ['error', { paths: realTimeModules.map((name) => ({ name, message: injectedTime })) }],
      'no-restricted-properties': ['error', ...realTimeProperties],
      'no-restricted-syntax': ['error', ...houseSyntax, ...realTimeSyntax],
    },
  },

  {
    files: ['packages/*/src/**/{types,utils,util,helpers,helper,common,misc,constants}.ts'],
    rules: {
      'no-restricted-syntax': ['error', { selector: 'Program', message: 'Name the file after its one export.' }],
    },
  },

  {
    files: testFiles,
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },

  {
    files: configFiles,
    rules: {
      'no-restricted-syntax': [
        'error',
        ...houseSyntax.filter(({ selector }) => selector !== 'ExportDefaultDeclaration'),
      ],
    },
  },
)

/**
 * The direction of docs/architecture.md as rules; imports of types count.
 * The layers of core, lowest first. A file may import its own layer, unless a rule below says otherwise, and those under it.
 */
const core = '^packages/core/src/'
const tests = '[.]test(-d)?[.]ts$'

const ground = `${core}(contracts/|errors/|(abort|clock|random|deadline)[.]ts$)`
const vocabulary = `${core}(key|policy|entry|codec|compression)/`
const stages = `${core}(l1|flight|l2|load|marks|journal|locks|observe|drain)/`
/** The stages joined into what a verb works with: this process' half, this node, and one look at an entry. */
const assembly = `${core}(near|node|parts|look|pending-write|stand-in|requests)[.]ts$`
const verbs = `${core}(read|refresh|fill|write|invalidate|edit)[.]ts$`
const face = `${core}(patterns/|cache[.]ts$)`
const memory = `${core}memory/`
const sharded = `${core}sharded/`
const makers = `${core}((cache-manager|create-cache)[.]ts$|providers/)`
const index = `${core}index[.]ts$`

const anyLayer = [ground, vocabulary, stages, assembly, verbs, face, memory, sharded, makers, index]

/** Files in `from` import, of core, only what matches one of `allowed`. */
function mayImportOnly(name, { from, allowed, comment }) {
  return {
    name,
    severity: 'error',
    comment,
    from: { path: from, pathNot: tests },
    to: { path: core, pathNot: allowed },
  }
}

/** The verb in the file `from` imports, of the verbs, only those in `allowed`. */
function verbOrder(from, allowed) {
  return {
    name: `verb-order-${from}`,
    severity: 'error',
    comment: 'Verbs point one way: read, refresh, fill, write; invalidate and edit may use write.',
    from: { path: `${core}${from}[.]ts$` },
    to: { path: verbs, pathNot: allowed.length === 0 ? '^$' : `${core}(${allowed.join('|')})[.]ts$` },
  }
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    mayImportOnly('ground-imports-nothing', {
      from: ground,
      allowed: [ground],
      comment: 'contracts, errors, clock and random depend on nothing.',
    }),
    mayImportOnly('vocabulary-is-pure', {
      from: vocabulary,
      allowed: [ground, vocabulary],
      comment: 'Keys, policies, entries, codecs and compressors know no stage.',
    }),
    mayImportOnly('stage-imports-down', {
      from: stages,
      allowed: [ground, vocabulary, stages],
      comment: 'A stage gets what it needs as arguments.',
    }),
    {
      name: 'stage-imports-sibling',
      severity: 'error',
      comment: 'No stage imports another; a verb connects them.',
      from: { path: stages, pathNot: tests },
      to: { path: stages, pathNot: `${core}$1/` },
    },
    mayImportOnly('assembly-imports-down', {
      from: assembly,
      allowed: [ground, vocabulary, stages, assembly],
      comment: 'What the verbs work with knows no verb.',
    }),
    mayImportOnly('verb-imports-down', {
      from: verbs,
      allowed: [ground, vocabulary, stages, assembly, verbs],
      comment: 'A verb never imports the whole.',
    }),
    verbOrder('write', []),
    verbOrder('fill', ['write']),
    verbOrder('refresh', ['fill', 'write']),
    verbOrder('read', ['refresh', 'fill', 'write']),
    verbOrder('invalidate', ['write']),
    verbOrder('edit', ['write']),
    mayImportOnly('face-imports-down', {
      from: face,
      allowed: [ground, vocabulary, stages, assembly, verbs, face],
      comment: 'The cache and the patterns get their backend as an argument.',
    }),
    {
      name: 'pattern-imports-cache',
      severity: 'error',
      comment: 'A pattern is a few lines over the verbs; the cache may use patterns, not the other way round.',
      from: { path: `${core}patterns/`, pathNot: tests },
      to: { path: `${core}cache[.]ts$` },
    },
    mayImportOnly('memory-is-a-backend', {
      from: memory,
      allowed: [ground, vocabulary, memory],
      comment: 'The memory backend knows the contracts and the vocabulary, as any other backend does.',
    }),
    mayImportOnly('sharded-is-a-backend', {
      from: sharded,
      allowed: [ground, vocabulary, sharded],
      comment: 'What joins backends knows the contracts and the vocabulary, as any backend does.',
    }),
    mayImportOnly('makers-import-down', {
      from: makers,
      allowed: anyLayer.filter((layer) => layer !== index),
      comment: 'Nothing imports the index.',
    }),
    {
      name: 'file-without-layer',
      severity: 'error',
      comment:
        'Every file of core belongs to a layer; a new folder is added to .dependency-cruiser.mjs and docs/architecture.md.',
      from: { path: core, pathNot: [...anyLayer, tests] },
      to: {},
    },
    {
      name: 'import-of-file-without-layer',
      severity: 'error',
      comment:
        'Every file of core belongs to a layer; a new folder is added to .dependency-cruiser.mjs and docs/architecture.md.',
      from: {},
      to: { path: core, pathNot: [...anyLayer, tests] },
    },
    {
      name: 'core-by-its-doors',
      severity: 'error',
      comment: 'Other packages use @larder/core, @larder/core/contracts and @larder/core/lz4.',
      from: { path: '^(packages|examples)/', pathNot: '^packages/core/' },
      to: { path: '^packages/core/', pathNot: `${core}(index|contracts/index|compression/lz4)[.]ts$` },
    },
    {
      name: 'package-by-its-door',
      severity: 'error',
      comment: 'A package is used through its exports.',
      from: { path: '^(packages|examples)/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/',
        pathNot: ['^packages/$2/', '^packages/[^/]+/src/(index|contracts/index|compression/lz4)[.]ts$'],
      },
    },
    {
      name: 'package-by-its-name',
      severity: 'error',
      comment: 'Import another package by its name, not by a path.',
      from: { path: '^(packages|examples)/([^/]+)/' },
      to: { path: '^(packages|examples)/', pathNot: '^(packages|examples)/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-without-clients',
      severity: 'error',
      comment: 'Core depends on no client of a server.',
      from: { path: core, pathNot: [tests, `${core}compression/lz4[.]ts$`] },
      to: { path: 'node_modules/', pathNot: 'node_modules/(lru-cache|@isaacs/ttlcache|msgpackr|@types/node)/' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Also not of types: split what both need into a lower file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment: 'Nothing imports this file, and it imports nothing.',
      from: {
        orphan: true,
        path: '^packages/[^/]+/src/',
        pathNot: [tests, '^packages/bench/src/.*-(alone|node)[.]ts$', '/index[.]ts$', '[.]d[.]ts$'],
      },
      to: {},
    },
    {
      name: 'no-test-in-source',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-undeclared',
      severity: 'error',
      comment: "What a package's source imports is in its package.json.",
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'not-a-dev-dependency',
      severity: 'error',
      comment: 'What is shipped imports only what its users get installed.',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|[.]cache|coverage|generated)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@larder/source', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
  },
}

import type { Benchmark } from '../report/findings.ts'

export const tags: Benchmark = { name: 'tags', question: '', run: async () => ({ tables: [], verdicts: [] }) }

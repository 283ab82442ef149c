import { Catalog } from '@larder/query-tags'
import type { QueryRunner } from 'typeorm'
import { expect, test } from 'vitest'
import { Observer } from '../observe/observer.ts'
import { Connections } from './connections.ts'
import { Invalidator } from './invalidator.ts'
import { StatementWatcher } from './statement-watcher.ts'

test('#33 an error while the tags are computed invalidates everything, and fails nobody', async () => {
  const errors: unknown[] = []
  const moved: string[] = []
  const observer = new Observer({ onEvent: undefined, onError: (error) => errors.push(error) })
  const catalog = new Catalog({ database: 'main', dialect: 'postgres', defaultSchema: 'public', tables: [] })
  catalog.find = () => {
    throw new Error('unforeseen')
  }
  const cache = { invalidateTags: async (...tags: readonly string[]) => void moved.push(...tags) }
  const invalidator = new Invalidator(cache, { observer })
  const watcher = new StatementWatcher({ catalog, connections: new Connections(), invalidator, observer })
  const statements = watcher.reader.read('UPDATE post SET title = 1')
  const runner = { isTransactionActive: false } as QueryRunner
  await watcher.follow(runner, { statements, parameters: [], given: { from: 'plain', result: [] } })
  expect([moved, errors]).toEqual([['d:main'], [new Error('unforeseen')]])
})

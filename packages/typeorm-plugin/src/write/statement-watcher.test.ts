import { createCacheManager } from '@larder/core'
import { Catalog, Commits, Observer } from '@larder/query-tags'
import type { QueryRunner } from 'typeorm'
import { expect, test } from 'vitest'
import { Connections } from './connections.ts'
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
  await using manager = createCacheManager()
  const commits = new Commits({ cache: manager }, { cache, observer })
  const watcher = new StatementWatcher({ catalog, connections: new Connections(), commits, observer })
  const statements = watcher.reader.read('UPDATE post SET title = 1')
  const runner = { isTransactionActive: false } as QueryRunner
  await watcher.follow(runner, { statements, parameters: [], given: { from: 'plain', result: [] } })
  expect([moved, errors]).toEqual([['d:main'], [new Error('unforeseen')]])
})

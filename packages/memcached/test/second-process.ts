import { createInterface } from 'node:readline'
import { createCacheManager } from '@larder/core'
import { memcached } from '../src/index.ts'

/** A node of its own: reads, deletes and invalidates as its standard input says, one line a command, and answers one line each. */
const caches = createCacheManager({ l2: memcached({ servers: process.argv.slice(2) }), l1: false })
const users = caches.cache<string>('users')

for await (const line of createInterface({ input: process.stdin })) {
  const [command, key = '', value = ''] = line.split(' ')
  if (command === 'read') console.log(await users.readThrough(key, async () => value))
  if (command === 'delete') console.log(await users.delete(key))
  if (command === 'tags') console.log((await caches.invalidateTags(key)) ?? 'done')
}
await caches.close()

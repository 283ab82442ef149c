import { l1Readers } from './l1-readers.ts'
import { timeL1Hits } from './time-l1-hits.ts'

/** A process of its own for one cache: `l1-hit-alone.js <name> <redis url>`; sends its timing to the parent. */
const [name = '', redisUrl = ''] = process.argv.slice(2)
if (!l1Readers.has(name)) throw new Error(`there is no cache named ${name}`)
const [, timing] = await timeL1Hits([name], redisUrl)
process.send?.(timing)

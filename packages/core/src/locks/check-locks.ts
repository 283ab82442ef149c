import { checkObject } from '../policy/option-checks.ts'

/** @throws TypeError unless `locks` is `undefined` or looks like `Locks`. */
export function checkLocks(locks: unknown): void {
  if (locks === undefined) return
  checkObject(locks, 'locks')
  const missing = ['acquire', 'extend', 'release', 'close'].find(
    (name) => typeof Reflect.get(locks, name) !== 'function',
  )
  if (missing !== undefined) throw new TypeError(`locks must be Locks, such as redlock() gives; it has no ${missing}()`)
}

/**
 * A controller whose signal calls `check` before it tells whether it has aborted, so that `check` can abort it in time: a stored flag would
 * still say "no" to code that runs before the timer that is to set it.
 */
export function checkingController(check: () => void): AbortController {
  const controller = new AbortController()
  const { signal } = controller
  const stored = (name: 'aborted' | 'reason'): unknown => Reflect.get(AbortSignal.prototype, name, signal)
  const checked = (name: 'aborted' | 'reason'): PropertyDescriptor => ({
    get: () => {
      check()
      return stored(name)
    },
  })
  Object.defineProperties(signal, {
    aborted: checked('aborted'),
    reason: checked('reason'),
    throwIfAborted: {
      value: () => {
        check()
        if (stored('aborted') === true) throw stored('reason')
      },
    },
  })
  return controller
}

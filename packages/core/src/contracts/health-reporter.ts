/**
 * A loader or writer that knows when it is not well. `health()` of a cache or manager asks every function among the options of its caches
 * that has this method.
 */
export interface HealthReporter {
  /** Why it is not healthy, one sentence each; empty when it is. Never throws, never waits; never holds values or credentials. */
  healthReasons(): readonly string[]
}

/** The reasons that a value gives, if it is a {@link HealthReporter}. */
export function healthReasonsOf(value: unknown): readonly string[] {
  return isReporter(value) ? value.healthReasons() : []
}

function isReporter(value: unknown): value is HealthReporter {
  return typeof value === 'function' && typeof Reflect.get(value, 'healthReasons') === 'function'
}

/** @throws TypeError unless `value` is an object, as options are. */
export function checkObject(value: unknown, option: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(
      `${option} must be an object, got ${value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value}`,
    )
  }
}

/** @throws TypeError unless `value` is a boolean. */
export function checkFlag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${option} must be true or false, got ${String(value)}`)
}

/** @throws TypeError unless `value` is a number within the bounds, both included. */
export function checkNumber(
  value: unknown,
  option: string,
  bounds: { readonly least: number; readonly most: number; readonly integer?: boolean },
): number {
  const { least, most, integer = false } = bounds
  if (typeof value === 'number' && value >= least && value <= most && (!integer || Number.isInteger(value)))
    return value
  throw new TypeError(
    `${option} must be ${integer ? 'an integer' : 'a number'} from ${least} to ${most}, got ${String(value)}`,
  )
}

/** @throws TypeError unless `value` is a function or `undefined`. */
export function checkFunction(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${option} must be a function, got ${value === null ? 'null' : typeof value}`)
  }
}

/** @throws TypeError unless `value` is a function. */
export function checkListener(value: unknown, name = 'listener'): void {
  if (value === undefined) throw new TypeError(`${name} must be a function, got undefined`)
  checkFunction(value, name)
}

/** @throws TypeError unless `value` is an AbortSignal or `undefined`. */
export function checkSignal(value: unknown, option = 'signal'): void {
  if (value === undefined || value instanceof AbortSignal) return
  throw new TypeError(`${option} must be an AbortSignal, got ${value === null ? 'null' : typeof value}`)
}

/** @throws TypeError unless `value` is one of the choices. */
export function checkChoice<C extends string>(value: unknown, option: string, choices: readonly C[]): C {
  const choice = choices.find((one) => one === value)
  if (choice !== undefined) return choice
  throw new TypeError(`${option} must be ${choices.map((one) => `'${one}'`).join(' or ')}, got ${String(value)}`)
}

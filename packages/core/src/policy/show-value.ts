const LONGEST = 40

/** A received argument as an error message shows it: short, and never the inside of an object. */
export function showValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
    case 'bigint':
      return `${value.toString().slice(0, LONGEST)}n`
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object'
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

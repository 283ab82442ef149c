const LONGEST = 200

/** Where in a value something is: `.user.orders[3].total`; empty for the value itself. A number is an index, a string a name. */
export function pathText(steps: readonly (string | number)[]): string {
  const text = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

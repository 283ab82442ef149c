/** @throws TypeError naming the option, for a value that is none of its choices. */
export function checkChoice(value: unknown, option: string, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string))
    throw new TypeError(`${option} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}`)
}

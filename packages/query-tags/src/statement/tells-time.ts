/** Whether PostgreSQL may take a text for the present time or day: `'now'`, `'today'`, `'tomorrow 10:00'`. */
export function tellsTime(text: string): boolean {
  return /^\s*(now|today|tomorrow|yesterday)(\s+[\d:+-].*)?\s*$/i.test(text)
}

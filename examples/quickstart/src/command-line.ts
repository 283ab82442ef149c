/** What the command line asks for. */
export interface CommandLine {
  readonly cities: number
  readonly requests: number
  /** Use Redis if there is one. */
  readonly redis: boolean
}

const USAGE = `npm run demo -- [--quick] [--no-redis]

  --quick      fewer cities and requests: seconds instead of a quarter of a minute
  --no-redis   two nodes in one process, even if there is a Redis`

const FLAGS: ReadonlySet<string> = new Set(['--quick', '--no-redis', '--help'])

/** Reads the command line. Ends the process after printing how it is used, if it asks for that or cannot be understood. */
export function commandLine(args: readonly string[]): CommandLine {
  const unknown = args.filter((arg) => !FLAGS.has(arg))
  if (unknown.length > 0 || args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`)
    process.exit(unknown.length > 0 ? 1 : 0)
  }
  const size = args.includes('--quick') ? { cities: 13_000, requests: 3_000 } : { cities: Infinity, requests: 20_000 }
  return { ...size, redis: !args.includes('--no-redis') }
}

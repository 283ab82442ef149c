import { readFileSync } from 'node:fs'

const PAGE = new URL('../../../../docs/redis.md', import.meta.url)

/** The words of the `ACL SETUSER` line in docs/redis.md that mentions `marker`, or of the first one. */
export function documentedUser(marker = ''): readonly string[] {
  const lines = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('ACL SETUSER ') && line.includes(marker))
  const [line] = lines
  if (line === undefined) throw new Error('docs/redis.md has no such ACL SETUSER line')
  return line.split(' ').slice(2)
}

import type { ReferentialAction } from '@larder/query-tags'

/** An action as a Prisma schema names it. Where it says none, Prisma's default holds; Restrict and NoAction change nothing. */
export function referentialAction(word: string | undefined, otherwise: ReferentialAction): ReferentialAction {
  switch (word) {
    case undefined:
      return otherwise
    case 'Cascade':
      return 'cascade'
    case 'SetNull':
      return 'set null'
    case 'SetDefault':
      return 'set default'
    default:
      return 'none'
  }
}

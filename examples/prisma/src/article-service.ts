/** An article as both services show it. */
export interface ArticleView {
  readonly id: number
  readonly title: string
  readonly author: string
}

/** What either service does. Both use one database. */
export interface ArticleService extends AsyncDisposable {
  article(id: number): Promise<ArticleView | undefined>
  titlesOf(authorId: number): Promise<readonly string[]>
  retitle(id: number, title: string): Promise<void>
  rename(authorId: number, name: string): Promise<void>
  dismiss(authorId: number): Promise<void>
  /** Queries answered by the cache so far, and by the database. */
  counts(): Promise<{ readonly cache: number; readonly database: number }>
}

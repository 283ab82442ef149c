/** A tuple of fields that queries pin: `['tenantId', 'status']`. */
export type SchemeOption =
  | readonly string[]
  | {
      readonly columns: readonly string[]
      /** `false` while processes still run that do not know the scheme: they would not invalidate it. Default `true`. */
      readonly use?: boolean
      /** `'binary'` vouches that the fields' texts are equal only byte by byte. Without it, text is no scheme. */
      readonly collation?: 'binary'
    }

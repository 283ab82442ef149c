/** One lexical element of a statement. Comments and white space are none. `at` and `end` are offsets in its text. */
export type Token = { readonly at: number; readonly end: number } & (
  | { readonly kind: 'word'; readonly text: string; readonly upper: string }
  /** An identifier in quotes, without them. */
  | { readonly kind: 'quoted'; readonly text: string }
  /** `plain`: its text is its value; not so for bits, bytes, and what has escapes in it. */
  | { readonly kind: 'string'; readonly text: string; readonly plain: boolean }
  | { readonly kind: 'number'; readonly text: string }
  /** A placeholder. `index` counts from 0; `undefined` for one with a name. */
  | { readonly kind: 'parameter'; readonly index: number | undefined }
  | { readonly kind: 'symbol'; readonly text: string }
)

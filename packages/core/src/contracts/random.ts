/** Randomness, as Larder sees it: a test can own it. */
export interface Random {
  /** A fresh identifier that is never handed out twice: 16 characters of `A-Z a-z 0-9 - _` (96 random bits). */
  token(): string
  /** A number in [0, 1). */
  fraction(): number
}

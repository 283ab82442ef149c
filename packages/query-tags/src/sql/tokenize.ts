import type { Dialect } from './dialect.ts'
import type { Token } from './token.ts'

const SPACE = /[\s\u0000]/u
const WORD_START = /[\p{L}_]/u
const WORD = /[\p{L}\p{N}_$]/u
const DIGIT = /[0-9]/
/** Operators of more than one character that must not be taken for several. */
const LONG_SYMBOLS = ['::', '||', '&&', '<=>', '<>', '<=', '>=', '!=', ':=']

/**
 * Splits the text of statements into tokens. `undefined` where the text cannot be read with certainty: an open quote or comment, an executable
 * comment of MySQL, a backslash whose meaning depends on a setting.
 */
export function tokenize(sql: string, dialect: Dialect): readonly Token[] | undefined {
  const lexer = new Lexer(sql, dialect)
  return lexer.run() ? lexer.tokens : undefined
}

class Lexer {
  readonly tokens: Token[] = []
  readonly #sql: string
  readonly #dialect: Dialect
  #at = 0
  #parameters = 0

  constructor(sql: string, dialect: Dialect) {
    this.#sql = sql
    this.#dialect = dialect
  }

  run(): boolean {
    while (this.#at < this.#sql.length) if (!this.#next()) return false
    return true
  }

  #next(): boolean {
    const char = this.#sql[this.#at] as string
    if (SPACE.test(char)) return this.#skip(1)
    if (this.#sql.startsWith('--', this.#at) && this.#dashesComment()) return this.#lineComment()
    if (char === '#' && this.#dialect === 'mysql') return this.#lineComment()
    if (this.#sql.startsWith('/*', this.#at)) return this.#blockComment()
    if (char === "'") return this.#string("'", this.#dialect === 'mysql')
    if (char === '"') return this.#dialect === 'mysql' ? this.#string('"', true) : this.#quoted('"')
    if (char === '`' && this.#dialect !== 'postgres') return this.#quoted('`')
    if (char === '[' && this.#dialect === 'sqlite') return this.#quoted(']')
    if (char === '$' && this.#dialect === 'postgres') return this.#dollar()
    if (DIGIT.test(char) || (char === '.' && DIGIT.test(this.#sql[this.#at + 1] ?? ''))) return this.#number()
    if (WORD_START.test(char)) return this.#word()
    return this.#parameter(char) || this.#symbol(char)
  }

  /** MySQL wants white space after the dashes; without it they are two signs. */
  #dashesComment(): boolean {
    const after = this.#sql[this.#at + 2]
    return this.#dialect !== 'mysql' || after === undefined || SPACE.test(after)
  }

  #lineComment(): boolean {
    const end = this.#sql.indexOf('\n', this.#at)
    this.#at = end === -1 ? this.#sql.length : end + 1
    return true
  }

  #blockComment(): boolean {
    // MySQL and MariaDB run what stands in /*! … */ and /*M! … */.
    if (this.#dialect === 'mysql' && /^\/\*M?!/.test(this.#sql.slice(this.#at, this.#at + 4))) return false
    let depth = 1
    this.#at += 2
    while (depth > 0) {
      const close = this.#sql.indexOf('*/', this.#at)
      if (close === -1) return false
      const open = this.#dialect === 'postgres' ? this.#sql.indexOf('/*', this.#at) : -1
      if (open !== -1 && open < close) {
        depth++
        this.#at = open + 2
      } else {
        depth--
        this.#at = close + 2
      }
    }
    return true
  }

  #string(quote: string, backslash: boolean, prefix = 0): boolean {
    const at = this.#at
    let text = ''
    let index = at + prefix + 1
    for (;;) {
      const char = this.#sql[index]
      if (char === undefined) return false
      if (char === quote) {
        if (this.#sql[index + 1] !== quote) break
        text += quote
        index += 2
        continue
      }
      if (char === '\\' && backslash) {
        // In MySQL a setting (NO_BACKSLASH_ESCAPES) decides whether a quote after a backslash ends the string.
        if (this.#dialect === 'mysql' && /['"\\]/.test(this.#sql[index + 1] ?? '')) return false
        text += char + (this.#sql[index + 1] ?? '')
        index += 2
        continue
      }
      text += char
      index++
    }
    this.#at = index + 1
    const escapes = backslash && text.includes('\\')
    this.tokens.push({ kind: 'string', text, plain: prefix === 0 && !escapes, at, end: this.#at })
    return true
  }

  #quoted(close: string): boolean {
    const at = this.#at
    let text = ''
    let index = at + 1
    for (;;) {
      const end = this.#sql.indexOf(close, index)
      if (end === -1) return false
      text += this.#sql.slice(index, end)
      index = end + 1
      if (close === ']' || this.#sql[index] !== close) break
      text += close
      index++
    }
    this.#at = index
    this.tokens.push({ kind: 'quoted', text, at, end: index })
    return true
  }

  /** `$1`, or a string between `$tag$` and `$tag$`. */
  #dollar(): boolean {
    const rest = this.#sql.slice(this.#at, this.#at + 80)
    const parameter = /^\$(\d+)/.exec(rest)
    if (parameter !== null) return this.#push('parameter', parameter[0].length, Number(parameter[1]) - 1)
    const tag = /^\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/u.exec(rest)?.[0]
    if (tag === undefined) return false
    const end = this.#sql.indexOf(tag, this.#at + tag.length)
    if (end === -1) return false
    const at = this.#at
    this.#at = end + tag.length
    this.tokens.push({ kind: 'string', plain: true, text: this.#sql.slice(at + tag.length, end), at, end: this.#at })
    return true
  }

  #number(): boolean {
    const match = /^(?:0[xX][0-9a-fA-F]+|\d*\.?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\d+\.)/.exec(
      this.#sql.slice(this.#at, this.#at + 400),
    )
    const text = match?.[0] ?? ''
    // What follows a number at once belongs to something this reader does not know.
    if (text === '' || WORD.test(this.#sql[this.#at + text.length] ?? ' ')) return false
    this.tokens.push({ kind: 'number', text, at: this.#at, end: this.#at + text.length })
    return this.#skip(text.length)
  }

  #word(): boolean {
    const at = this.#at
    const next = this.#sql[at + 1]
    if (next === "'" && this.#dialect === 'postgres' && /[eE]/.test(this.#sql[at] as string))
      return this.#string("'", true, 1)
    if (next === "'" && /[bBxXnN]/.test(this.#sql[at] as string)) return this.#string("'", this.#dialect === 'mysql', 1)
    if (next === '&' && /[uU]/.test(this.#sql[at] as string) && /['"]/.test(this.#sql[at + 2] ?? '')) return false
    let end = at + 1
    while (end < this.#sql.length && WORD.test(this.#sql[end] as string)) end++
    const text = this.#sql.slice(at, end)
    // MySQL: _utf8mb4'…' is a string with its character set.
    if (this.#sql[end] === "'" && this.#dialect === 'mysql' && text.startsWith('_'))
      return this.#string("'", true, end - at)
    this.#at = end
    this.tokens.push({ kind: 'word', text, upper: text.toUpperCase(), at, end })
    return true
  }

  #parameter(char: string): boolean {
    if (this.#dialect === 'postgres') return false
    if (char === '?') {
      const given = this.#dialect === 'sqlite' ? /^\?(\d+)/.exec(this.#sql.slice(this.#at, this.#at + 12)) : null
      if (given === null) return this.#push('parameter', 1, this.#parameters++)
      this.#parameters = Math.max(this.#parameters, Number(given[1]))
      return this.#push('parameter', given[0].length, Number(given[1]) - 1)
    }
    if (!/[:@$]/.test(char) || (this.#dialect === 'mysql' && char !== ':')) return false
    const name = /^[:@$][\p{L}\p{N}_]+/u.exec(this.#sql.slice(this.#at, this.#at + 200))
    if (name === null) return false
    // A parameter with a name takes a place among those without one, too.
    this.#parameters++
    return this.#push('parameter', name[0].length, undefined)
  }

  #symbol(char: string): boolean {
    const text = LONG_SYMBOLS.find((symbol) => this.#sql.startsWith(symbol, this.#at)) ?? char
    this.tokens.push({ kind: 'symbol', text, at: this.#at, end: this.#at + text.length })
    return this.#skip(text.length)
  }

  #push(kind: 'parameter', length: number, index: number | undefined): boolean {
    this.tokens.push({ kind, index, at: this.#at, end: this.#at + length })
    return this.#skip(length)
  }

  #skip(length: number): true {
    this.#at += length
    return true
  }
}

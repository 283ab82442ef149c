/**
 * Gives keys and tags the names under which everything outside the caller's code knows them: stores, journals, listeners, errors. Every node
 * of a namespace must use the same naming: nodes whose names differ do not hear each other's invalidations.
 */
export interface Naming {
  /** Short name for messages. */
  readonly name: string
  /** The function that names the keys of one cache. Deterministic; different keys get different names. */
  keys(namespace: string, cache: string): (key: string) => string
  /** The function that names the tags of a namespace, likewise; its answers are 1 to 512 characters of valid Unicode. */
  tags(namespace: string): (tag: string) => string
  /** Whether a name may be one of its own. One that is not comes from a node without it, and cannot be acted upon. */
  recognizes(name: string): boolean
}

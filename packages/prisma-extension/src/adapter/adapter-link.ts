import type { StatementWatcher } from './statement-watcher.ts'

/** Between an adapter, which sees all statements, and the extension, which knows what they mean. Made by `createAdapterLink`. */
export interface AdapterLink {
  /** Whether an extension follows the adapter. */
  readonly attached: boolean
}

/** A link as the package itself uses it. */
export class LiveLink implements AdapterLink {
  #watcher: StatementWatcher | undefined
  #missed = false
  /** Whether an adapter reports to it. */
  wrapped = false

  get attached(): boolean {
    return this.#watcher !== undefined
  }

  /** Who follows the statements. Without one, something changed that has to be made up for. */
  get watcher(): StatementWatcher | undefined {
    this.#missed ||= this.#watcher === undefined
    return this.#watcher
  }

  /** @throws TypeError if another extension follows the adapter already. */
  attach(watcher: StatementWatcher): void {
    if (this.#watcher !== undefined && this.#watcher !== watcher)
      throw new TypeError('link belongs to another extension: make one for each')
    this.#watcher = watcher
    if (this.#missed) watcher.missed()
    this.#missed = false
  }
}

/** A link to give to both `cachedAdapter` and `cacheExtension`. */
export function createAdapterLink(): AdapterLink {
  return new LiveLink()
}

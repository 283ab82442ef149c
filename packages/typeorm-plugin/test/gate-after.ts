import type { Shop } from './shop.ts'

/** Where a statement waits. */
export interface Gate {
  readonly reached: Promise<void>
  open(): void
}

/** Stops the next statement of a shop that matches, after the database answered it and before its caller hears. */
export function gateAfter(shop: Shop, pattern: RegExp): Gate {
  let reach = (): void => {}
  let open = (): void => {}
  const reached = new Promise<void>((resolve) => (reach = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  const subscriber = {
    afterQuery: async (event: { readonly query: string }): Promise<void> => {
      if (!pattern.test(event.query)) return
      shop.source.subscribers.splice(shop.source.subscribers.indexOf(subscriber), 1)
      reach()
      await opened
    },
  }
  shop.source.subscribers.push(subscriber)
  return { reached, open }
}

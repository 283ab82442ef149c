/**
 * How bytes travel in one direction of a proxied connection. `delay`: each chunk arrives `ms` milliseconds later. `hold`: chunks wait until the
 * passage changes, then arrive in order, as after a retransmission. `swallow`: they are lost; since TCP never loses bytes from the
 * middle of a stream, a connection that lost some is reset when the passage changes. `slice`: chunks arrive in pieces of
 * at most `bytes` bytes, a turn of the event loop apart.
 */
export type Passage =
  | { readonly kind: 'open' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'hold' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'slice'; readonly bytes: number }

/** A subscription that ends with `close()`, or with the scope of a `using` declaration. */
export interface Subscription extends Disposable {
  /** Idempotent. */
  close(): void
}

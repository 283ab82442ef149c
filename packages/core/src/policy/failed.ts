/** One key's failure in the answer of a loader of several; made by {@link failed}. */
export class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** Stands for a value that a `loadMany` could not load: that key's callers get `error`, or its stale value; the other keys are not concerned. */
export function failed(error: unknown): Failed {
  return new Failed(error)
}

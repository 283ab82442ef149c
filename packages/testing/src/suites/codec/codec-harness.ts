import type { Codec } from '@larder/core/contracts'

/** `true`: brought back as it was. `false`: refused. `'changed'`: made into something simpler, as the codec documents. */
export type Carries = boolean | 'changed'

/**
 * What a codec carries beside `null`, booleans, finite numbers, strings, arrays and plain objects. What it neither
 * carries nor changes in a documented way, it must refuse.
 */
export interface CodecManifest {
  /** `undefined`, alone and inside arrays. */
  readonly undefineds: Carries
  /** `NaN` and the infinities. */
  readonly specialNumbers: Carries
  readonly minusZero: Carries
  /** Of any size. */
  readonly bigints: Carries
  readonly dates: Carries
  readonly maps: Carries
  readonly sets: Carries
  readonly bytes: Carries
  /** Typed arrays other than `Uint8Array`. */
  readonly typedArrays: Carries
  /** Their class among the built-in ones, name and message. */
  readonly errors: Carries
}

/** A codec under test. */
export interface CodecHarness {
  readonly manifest: CodecManifest
  readonly codec: Codec
  /**
   * Another instance, which has seen nothing of what `codec` did, as in another process. Absent for a codec without
   * state.
   */
  readonly fresh?: () => Codec
  close?(): Promise<void>
}

const END_OF_VALUE = 0x80

/** The value, a byte 0x80, and zeros up to the next multiple of `block` bytes (ISO/IEC 7816-4). */
export function pad(value: Uint8Array, block: number): Uint8Array {
  const padded = new Uint8Array((Math.floor(value.length / block) + 1) * block)
  padded.set(value)
  padded[value.length] = END_OF_VALUE
  return padded
}

/** The value that was padded; `undefined` if the bytes end otherwise. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return end >= 0 && padded[end] === END_OF_VALUE ? padded.subarray(0, end) : undefined
}

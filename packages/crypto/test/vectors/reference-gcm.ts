import { createCipheriv } from 'node:crypto'

const BLOCK_BYTES = 16

/** x^128 + x^7 + x^2 + x + 1, in GCM's order of bits. */
const REDUCTION = 0xe1n << 120n

/**
 * AES-256-GCM with a 96-bit nonce as NIST SP 800-38D, section 7.1, writes it down, over single blocks of AES: slow, and independent of the
 * mode that OpenSSL has. Answers ciphertext and tag.
 */
export function referenceGcm(
  plaintext: Uint8Array,
  key: Uint8Array,
  how: { nonce: Uint8Array; associated: Uint8Array },
): Buffer {
  const encrypt = (block: Uint8Array): Buffer => {
    const cipher = createCipheriv('aes-256-ecb', key, null)
    cipher.setAutoPadding(false)
    return cipher.update(block)
  }
  const counter = (n: number): Buffer => {
    const block = Buffer.alloc(BLOCK_BYTES)
    block.set(how.nonce)
    block.writeUInt32BE(n, how.nonce.length)
    return encrypt(block)
  }
  const ciphertext = Buffer.from(plaintext)
  for (let at = 0; at < ciphertext.length; at += BLOCK_BYTES) {
    const stream = counter(2 + at / BLOCK_BYTES)
    for (let i = 0; i < BLOCK_BYTES && at + i < ciphertext.length; i++)
      ciphertext[at + i] = (ciphertext[at + i] as number) ^ (stream[i] as number)
  }
  const lengths = Buffer.alloc(BLOCK_BYTES)
  lengths.writeBigUInt64BE(BigInt(how.associated.length) * 8n, 0)
  lengths.writeBigUInt64BE(BigInt(ciphertext.length) * 8n, 8)
  const hashed = ghash(encrypt(Buffer.alloc(BLOCK_BYTES)), [whole(how.associated), whole(ciphertext), lengths])
  const tag = hashed ^ toNumber(counter(1))
  return Buffer.concat([ciphertext, Buffer.from(tag.toString(16).padStart(BLOCK_BYTES * 2, '0'), 'hex')])
}

/** Filled up with zeros to whole blocks. */
function whole(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES)
}

function ghash(subkey: Uint8Array, parts: readonly Uint8Array[]): bigint {
  const factor = toNumber(subkey)
  const text = Buffer.concat(parts)
  let hashed = 0n
  for (let at = 0; at < text.length; at += BLOCK_BYTES)
    hashed = multiply(hashed ^ toNumber(text.subarray(at, at + BLOCK_BYTES)), factor)
  return hashed
}

/** The product in GF(2^128), bit by bit. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n
  let power = b
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= power
    power = power & 1n ? (power >> 1n) ^ REDUCTION : power >> 1n
  }
  return product
}

function toNumber(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`)
}

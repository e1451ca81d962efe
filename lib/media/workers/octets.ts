/** Octets between threads: a view is cloned with the whole buffer behind it, and arrives without being a `Buffer`. */

/** The same octets in a buffer of their own. */
export function alone(octets: Uint8Array): Uint8Array {
  return octets.byteLength === octets.buffer.byteLength ? octets : Uint8Array.from(octets);
}

/** What arrived, as everything here knows it; no copy. */
export function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}

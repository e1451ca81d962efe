/** Octets that arrive in pieces and are wanted in one. A piece of one octet costs no more than an octet. */
export class Collected {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is there; not to be used after the next `push`. */
  get octets(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** `piece` may be used again afterwards. */
  push(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length));
      this.octets.copy(larger);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }
}

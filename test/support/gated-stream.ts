/** A stream of content whose pieces come when the test gives them. */
export class GatedStream implements AsyncIterable<Uint8Array> {
  /** The reader gave up before the end. */
  cancelled = false;
  readonly #pieces: Uint8Array[] = [];
  #end: { error?: Error } | undefined;
  #wake: (() => void) | undefined;

  give(piece: string | Uint8Array): void {
    this.#pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
    this.#wake?.();
  }

  end(error?: Error): void {
    this.#end = error ? { error } : {};
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: () => {
        this.cancelled = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#pieces.length === 0 && !this.#end) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#pieces.shift();
    if (value) return { done: false, value };
    if (this.#end?.error) throw this.#end.error;
    return { done: true, value: undefined };
  }
}

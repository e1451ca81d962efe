/** What has to be there to hold back writes: a `net.Socket`. */
export interface Corkable {
  cork(): void;
  uncork(): void;
}

/**
 * Lets what is written to a stream in one turn of the event loop leave in one system call, which takes as long as ten
 * times the octets.
 */
export class Gathered {
  readonly #stream: Corkable;
  #holding = false;

  constructor(stream: Corkable) {
    this.#stream = stream;
  }

  /** To be called before a write. */
  hold(): void {
    if (this.#holding) return;
    this.#holding = true;
    this.#stream.cork();
    setImmediate(() => {
      this.#holding = false;
      this.#stream.uncork();
    });
  }
}

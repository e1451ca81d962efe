/** What is pending for a stream on which every MSRP frame is a message of its own: its parts, ends of frames marked. */
import type { Framing } from './transport.js';

interface Part {
  data: string | Buffer;
  /** A frame ends with it. */
  last: boolean;
}

export class FrameQueue {
  readonly #framing: Framing;
  #parts: Part[] = [];
  #open = false;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** A frame, or a part of the open one. */
  push(data: string | Buffer): void {
    this.#parts.push({ data, last: !this.#open });
  }

  /** What was pushed last goes on with what is pushed until `close`. */
  open(): void {
    this.#endsWith(false);
    this.#open = true;
  }

  /** What was pushed last was the end of the open frame. */
  close(): void {
    this.#endsWith(true);
    this.#open = false;
  }

  /** All of it, in order. */
  get pieces(): readonly (string | Buffer)[] {
    return this.#parts.map(({ data }) => data);
  }

  /** Writes it all; false when the stream is full. */
  flush(): boolean {
    const parts = this.#parts;
    this.#parts = [];
    let free = true;
    for (const { data, last } of parts) free = this.#framing.writePart(data, last);
    return free;
  }

  /** Nothing is there when the connection was closed meanwhile. */
  #endsWith(last: boolean): void {
    const part = this.#parts.at(-1);
    if (part) part.last = last;
  }
}

import { ChatroomsError } from '../../util/errors.js';

export interface ContentOwner {
  /** The reader is slower than the network (`true`), or no longer so. */
  onPressure(slow: boolean): void;
  /** The reader wants no more. */
  onCancel(): void;
}

/** Octets that wait for the reader before the network is asked to wait. */
const HIGH_WATER = 256 * 1024;
/** Octets that may wait at most, where the network cannot be asked to. */
export const MAX_WAITING = 4 * 1024 * 1024;

/** The content of one message, read while it arrives: what the network pushes, one reader iterates over. */
export class IncomingContent implements AsyncIterable<Uint8Array> {
  readonly #owner: ContentOwner;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #slow = false;
  #ended = false;
  #error: Error | undefined;
  #read = false;
  #wake: (() => void) | undefined;

  constructor(owner: ContentOwner) {
    this.#owner = owner;
  }

  /** Octets the reader has not taken. */
  get waiting(): number {
    return this.#waiting;
  }

  push(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
    this.#press();
    this.#wake?.();
  }

  /** All of it was pushed. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The rest will not come: the reader gets what is there, then the error. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#error = error;
    this.end();
  }

  /** Rejects with `CHAT_ERR_MESSAGE_INCOMPLETE` when the rest of the message does not come. Can be iterated once. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#read) throw new ChatroomsError('CHAT_ERR_USAGE', 'the content of a message can be read once');
    this.#read = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.#cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#pieces.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#pieces.shift();
    if (!value) {
      if (this.#error) throw this.#error;
      return { done: true, value: undefined };
    }
    this.#waiting -= value.length;
    this.#press();
    return { done: false, value };
  }

  #cancel(): void {
    this.#pieces = [];
    this.#waiting = 0;
    this.#press();
    if (this.#ended) return;
    this.#ended = true;
    this.#owner.onCancel();
  }

  #press(): void {
    const slow = this.#slow ? this.#waiting > HIGH_WATER / 2 : this.#waiting > HIGH_WATER;
    if (slow === this.#slow) return;
    this.#slow = slow;
    this.#owner.onPressure(slow);
  }
}

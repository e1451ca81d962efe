import type { Clock, Timer } from '../../util/clock.js';

/**
 * Milliseconds between an echo and what may follow it in its transaction or dialog. drachtio-srf settles promises on
 * the echo; a frame in the same read would be handled before the code behind the `await` has attached its listeners.
 */
export const ECHO_LEAD = 5;

interface Hold {
  /** Holds end in the order in which they began. */
  readonly ordinal: number;
  readonly frames: Buffer[];
  /** Whose frames are among these. */
  readonly peers: Set<string>;
  readonly timer: Timer;
}

/**
 * Frames that wait behind an echo. What one peer sent stays in its order, as drachtio-server would tell it: behind a frame
 * that waits, all that comes from its peer waits as long. Else a SUBSCRIBE would overtake the ACK that was sent before
 * it, and be answered with a roster without its sender.
 */
export class HeldFrames {
  readonly #clock: Clock;
  readonly #write: (frame: Buffer) => void;
  /** By transaction or dialog id. */
  readonly #holds = new Map<string, Hold>();
  /** By peer, the last hold with a frame of it. */
  readonly #behind = new Map<string, Hold>();
  #ordinal = 0;

  constructor(clock: Clock, write: (frame: Buffer) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** From now on frames about `key` wait for `ECHO_LEAD`. */
  hold(key: string): void {
    if (this.#holds.has(key)) return;
    const timer = this.#clock.after(ECHO_LEAD, () => this.#release(key));
    this.#holds.set(key, { ordinal: ++this.#ordinal, frames: [], peers: new Set(), timer });
  }

  /**
   * Keeps a frame about these, if it has to wait; false when it may be written.
   *
   * @param source tokens 2 to 7 of the frame
   */
  keep(frame: Buffer, keys: readonly string[], source: readonly string[]): boolean {
    if (this.#holds.size === 0) return false;
    const peer = peerOf(source);
    const hold = later(this.#own(keys), this.#behind.get(peer));
    if (!hold) return false;
    hold.frames.push(frame);
    if (peer !== '') {
      hold.peers.add(peer);
      this.#behind.set(peer, hold);
    }
    return true;
  }

  clear(): void {
    for (const { timer } of this.#holds.values()) timer.cancel();
    this.#holds.clear();
    this.#behind.clear();
  }

  #own(keys: readonly string[]): Hold | undefined {
    for (const key of keys) {
      const hold = this.#holds.get(key);
      if (hold) return hold;
    }
    return undefined;
  }

  #release(key: string): void {
    const hold = this.#holds.get(key);
    if (!hold) return;
    this.#holds.delete(key);
    for (const peer of hold.peers) if (this.#behind.get(peer) === hold) this.#behind.delete(peer);
    for (const frame of hold.frames) this.#write(frame);
  }
}

const later = (one: Hold | undefined, other: Hold | undefined): Hold | undefined =>
  one && other ? (one.ordinal > other.ordinal ? one : other) : (one ?? other);

/** Address and port that a frame came from; empty for what the stack made up. */
const peerOf = ([from, , , host = '', port = '']: readonly string[]): string =>
  from === 'network' && host !== '' ? `${host} ${port}` : '';

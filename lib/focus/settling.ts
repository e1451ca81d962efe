import type { Clock, Timer } from '../util/clock.js';
import type { Room } from './room.js';

/** Milliseconds that messages which have begun may take when their room is to end (BYE-09). */
const PATIENCE = 2_000;

/** Milliseconds between two looks. */
const LOOK = 20;

export interface SettlingOptions {
  clock: Clock;
  /** No message of the room is under way. */
  isSettled: (room: Room) => boolean;
}

/** Rooms about to end, which let messages finish that have begun: "finish MSRP messages already begun (≤ 2 s)" (BYE-09). */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #ends = new Map<Room, { timer: Timer; end: () => void }>();

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Calls `end` once: at once when nothing is under way. */
  wait(room: Room, end: () => void, waited = 0): void {
    this.#ends.delete(room);
    if (waited >= PATIENCE || this.#options.isSettled(room)) return end();
    const timer = this.#options.clock.after(LOOK, () => this.wait(room, end, waited + LOOK));
    this.#ends.set(room, { timer, end });
  }

  /** There is no time left. */
  flush(): void {
    for (const { timer, end } of this.#ends.values()) {
      timer.cancel();
      end();
    }
    this.#ends.clear();
  }
}

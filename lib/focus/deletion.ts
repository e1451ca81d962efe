/** When rooms end by themselves (7701-5.3-02). */
import type { Clock, Timer } from '../util/clock.js';
import type { RoomConfig } from './policy.js';
import type { Room } from './room.js';

export interface DeletionOptions {
  clock: Clock;
  /** Ends a room; nothing when it ends already. */
  close: (room: Room, reason: string) => void;
}

/** A room that nobody is in. */
interface Deserted {
  /** In ms since the epoch. */
  since: number;
  timer: Timer;
}

/** Watches who comes and goes, and ends rooms as their policy says: `creator`, `empty` or `never`. */
export class Deletion {
  readonly #options: DeletionOptions;
  /** Rooms that nobody is in and that wait for somebody to join first, however long that takes. */
  readonly #waiting = new Set<Room>();
  /** Rooms that end unless somebody comes within their `linger`. */
  readonly #deserted = new Map<Room, Deserted>();

  constructor(options: DeletionOptions) {
    this.#options = options;
  }

  /** The room was made before anybody joined it. */
  created(room: Room): void {
    this.#waiting.add(room);
  }

  /** Somebody is about to join. */
  expecting(room: Room): void {
    this.#deserted.get(room)?.timer.cancel();
    this.#deserted.delete(room);
  }

  joined(room: Room): void {
    this.#waiting.delete(room);
  }

  /**
   * An endpoint is gone, or an invitation came to nothing.
   *
   * @param creator with it the participant who joined first left the room
   */
  left(room: Room, creator: boolean): void {
    const { deletion } = room.config;
    if (deletion === 'creator' && creator) this.#options.close(room, 'its creator left');
    // BYE-08.
    else if (room.headcount.tooFew) this.#options.close(room, 'too few members');
    else if (room.deserted && !this.#waiting.has(room)) this.#emptied(room);
  }

  /** The configuration changed. */
  configured(room: Room, before: RoomConfig['deletion']): void {
    const { deletion } = room.config;
    const deserted = this.#deserted.get(room);
    if (deserted && deletion === 'empty') this.#linger(room, deserted.since);
    else if (deserted) this.expecting(room);
    if (!room.deserted || deletion === before) return;
    if (deletion === 'empty') {
      this.#waiting.delete(room);
      this.#emptied(room);
    } else this.#waiting.add(room);
  }

  /** The room has ended. */
  closed(room: Room): void {
    this.#waiting.delete(room);
    this.expecting(room);
  }

  #emptied(room: Room): void {
    const { deletion } = room.config;
    if (deletion === 'empty') this.#linger(room, this.#options.clock.now());
    // Its creator never came.
    else if (deletion === 'creator') this.#options.close(room, 'empty');
  }

  /** FAC-22. */
  #linger(room: Room, since: number): void {
    const { clock, close } = this.#options;
    this.expecting(room);
    const delay = since + room.config.linger - clock.now();
    if (delay <= 0) return close(room, 'empty');
    const timer = clock.after(delay, () => {
      this.#deserted.delete(room);
      close(room, 'empty');
    });
    this.#deserted.set(room, { since, timer });
  }
}

/** Tells the other switches which endpoints here read too slowly, for who sends there is to be slowed down by a majority (RFC 7701 §6.4). */
import type { Clock, Timer } from '../../util/clock.js';
import { Backlog, type Relieved } from '../backlog.js';
import type { Recipient } from '../relayed.js';
import type { Elsewhere } from './elsewhere.js';

/** Milliseconds between two reports about one that still lags: whether it takes anything has to be known within 30 s. */
const REPEAT = 10_000;

/** The room of who lags. */
export interface LaggardsRoom {
  readonly elsewhere: Elsewhere;
}

class Laggard implements Relieved {
  readonly #member: Recipient;
  readonly #room: LaggardsRoom;
  readonly #clock: Clock;
  readonly #over: () => void;
  #timer: Timer | undefined;

  constructor(member: Recipient, room: LaggardsRoom, clock: Clock, over: () => void) {
    this.#member = member;
    this.#room = room;
    this.#clock = clock;
    this.#over = over;
    member.outbox.backlog.wait(this);
    this.#report();
  }

  /** It has caught up, or was removed: then nothing waits for it any more. */
  relieved(): void {
    this.#timer?.cancel();
    this.#tell(null);
    this.#over();
  }

  #report(): void {
    this.#tell(Math.max(0, this.#clock.now() - this.#member.outbox.progressAt));
    this.#timer = this.#clock.after(REPEAT, () => this.#report());
  }

  #tell(idle: number | null): void {
    for (const { link } of this.#room.elsewhere.reaches)
      link.tell({ kind: 'lagging', endpoint: this.#member.id, idle });
  }
}

export class Laggards {
  readonly #clock: Clock;
  readonly #known = new Map<string, Laggard>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something from another switch was handed to these. */
  handed(recipients: readonly Recipient[], room: LaggardsRoom): void {
    if (!Backlog.someFull) return;
    for (const member of recipients) {
      if (!member.outbox.backlog.full || this.#known.has(member.id)) continue;
      const over = (): void => void this.#known.delete(member.id);
      this.#known.set(member.id, new Laggard(member, room, this.#clock, over));
    }
  }
}

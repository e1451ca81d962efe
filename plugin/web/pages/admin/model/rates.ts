/** Messages a second, from counters that are read now and then. */

/** Since the start of the server. */
export interface Counters {
  /** Messages that were let through. */
  received: number;
  /** Copies of them that were written. */
  sent: number;
}

/** Between two readings. */
export interface Rate {
  /** Milliseconds, of the reading before; where that is not the one of the rate before, nothing is known of what was between. */
  since: number;
  /** Milliseconds, of the later reading. */
  time: number;
  received: number;
  sent: number;
}

/** Milliseconds that are remembered, and at most so many readings of them. */
export const WINDOW = 5 * 60_000;
const MOST = 600;
/** Milliseconds between two readings that say something: a few messages in a moment are not hundreds a second. */
const APART = 1000;

const NONE: Counters = { received: 0, sent: 0 };

export class Rates {
  #points: Rate[] = [];
  #last: (Counters & { time: number }) | undefined;

  /** @param time milliseconds, of a clock that does not go back */
  add(time: number, { received, sent }: Counters): void {
    const last = this.#last;
    if (last && time < last.time + APART) return;
    this.#last = { time, received, sent };
    this.#points = this.#points.filter((point) => point.time > time - WINDOW).slice(1 - MOST);
    // It was started anew, and counts from nothing.
    if (!last || received < last.received || sent < last.sent) return;
    const seconds = (time - last.time) / 1000;
    this.#points.push({
      since: last.time,
      time,
      received: (received - last.received) / seconds,
      sent: (sent - last.sent) / seconds,
    });
  }

  /** The oldest first. */
  get points(): readonly Rate[] {
    return this.#points;
  }

  /** Of the last reading. */
  get now(): Counters {
    return this.#points.at(-1) ?? NONE;
  }

  get most(): Counters {
    return this.#points.reduce<Counters>(
      (most, { received, sent }) => ({
        received: Math.max(most.received, received),
        sent: Math.max(most.sent, sent),
      }),
      NONE,
    );
  }
}

/** The counters in `stats` of `/status`, which may be of a server that counts otherwise. */
export function countersOf(stats: Readonly<Record<string, unknown>>): Counters {
  const traffic = (typeof stats.traffic === 'object' && stats.traffic !== null ? stats.traffic : {}) as Record<
    string,
    unknown
  >;
  return { received: count(traffic.toRoom) + count(traffic.toParticipant), sent: count(traffic.copies) };
}

const count = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

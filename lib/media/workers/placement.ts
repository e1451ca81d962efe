import type { Clock } from '../../util/clock.js';
import type { Directory } from './directory.js';

/** Milliseconds that a place which was given away counts before its session is there, or never will be. */
const EXPECTED = 1_000;

/** Decides at which worker a new session is: participants of one room are spread first, then all. */
export class Placement {
  readonly #clock: Clock;
  readonly #directory: Directory;
  /** Places given away lately, that no endpoint has taken yet. */
  #expected: { room: string; worker: number }[] = [];
  #since = 0;

  constructor(clock: Clock, directory: Directory) {
    this.#clock = clock;
    this.#directory = directory;
  }

  /** One of `candidates` (indexes of workers); undefined when there is none. */
  pick(room: string, candidates: readonly number[]): number | undefined {
    const now = this.#clock.now();
    if (now - this.#since > EXPECTED) {
      this.#expected = [];
      this.#since = now;
    }
    const inRoom = this.#directory.rooms.get(room)?.counts;
    const load = this.#directory.counts.map((all, worker) => ({ room: inRoom?.[worker] ?? 0, all }));
    for (const expected of this.#expected) {
      load[expected.worker].all++;
      if (expected.room === room) load[expected.worker].room++;
    }
    let best: number | undefined;
    for (const worker of candidates) if (best === undefined || isLess(load[worker], load[best])) best = worker;
    if (best !== undefined) this.#expected.push({ room, worker: best });
    return best;
  }

  /** An endpoint took its place. */
  taken(room: string, worker: number): void {
    const index = this.#expected.findIndex((expected) => expected.room === room && expected.worker === worker);
    if (index >= 0) this.#expected.splice(index, 1);
  }
}

const isLess = (one: { room: number; all: number }, other: { room: number; all: number }): boolean =>
  one.room === other.room ? one.all < other.all : one.room < other.room;

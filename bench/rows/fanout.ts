import type { Running, Setup } from '../harness/contender.js';
import type { LoadPoint, LoadResult } from '../harness/driver.js';
import type { Options } from '../options.js';
import type { PointName, Scenario } from '../scenarios.js';
import { ratios, type Summary, summarize } from '../stats.js';

/** Of the slowest system's saturation. */
const PACED_SHARE = 1 / 5;
/** Copies a second of the fixed rate. */
export const FIXED_RATE = 20_000;
/** Of peers, whose cost is many times ours. */
const PEER_ROUNDS = 3;
/** Who saturates below that many times the fixed rate is not measured at it. */
const FIXED_RESERVE = 1.25;
/** At a given rate at least so many messages are measured: in a large room they are rare. */
const MIN_MESSAGES = 12;
/** … as far as they come in this time. */
const MAX_MEASURE_MS = 5000;
const SAT_SENDERS = 4;
const SAT_WINDOW = 4;
/** Many rooms are measured for so many times longer when saturated. */
const LONG_QUEUE = 3;

/** Which rooms at which load. */
export interface Place extends Setup {
  textOctets: number;
  point: PointName;
}

export interface Measured extends Place {
  system: string;
  /** Who gets a copy never answers it, whatever `confirm` is: the protocol of a peer has no such answer. */
  unconfirmed: boolean;
  /** CPU of the system a delivered copy, one value a round. */
  cpuMicrosPerCopy: Summary & { rounds: number[] };
  /** CPU of the driver a delivered copy, median. */
  driverMicrosPerCopy: number;
  /** Delivered copies a second, median. */
  copiesPerSecond: number;
  /** Octets of frames delivered a second, in millions, median. */
  megabytesPerSecond: number;
  /** From the moment a message was due until its copy was read, medians of the rounds. */
  p50Micros: number;
  p99Micros: number;
  p99Rounds: number[];
  bytesPerCopy: number;
  /** Copies that were delivered and measured, all rounds; and those that were compared octet by octet. */
  copies: number;
  verified: number;
  /** Of all that were sent, not only of the measured part. */
  lost: number;
  doubled: number;
  disordered: number;
}

/** How many times what `base` needs the server needs, round by round. */
export interface Ratio extends Place {
  subject: string;
  base: string;
  cpu: Summary;
  p99: Summary;
}

/** A contender in its room, with everybody in it. */
export interface Entrant {
  name: string;
  /** See `Contender.sameProtocol`. */
  sameProtocol: boolean;
  running: Running;
}

export type Timing = Pick<Options, 'warmupMs' | 'measureMs'>;

/** What happens on the way. */
export interface FanoutEvents {
  roundDone(done: number): void;
  /** It takes no more part in these rooms. */
  failed(entrant: Entrant, error: unknown): void;
  /** It is not measured at this point, for this reason. */
  skipped(entrant: Entrant, point: PointName, reason: string): void;
}

type Results = Map<PointName, LoadResult[]>;

const cpuMicros = (result: LoadResult): number => (result.cpuSeconds / result.copies) * 1e6;
const driverMicros = (result: LoadResult): number => (result.driverCpuSeconds / result.copies) * 1e6;
const rate = (result: LoadResult): number => result.copies / result.seconds;

/** What a closed loop is made of. */
type Crowd = Pick<Scenario, 'participants' | 'rooms' | 'textOctets'>;

/** The load point of closed loops: `sat` or `serial`. */
export function closedLoop(name: PointName, crowd: Crowd, { warmupMs, measureMs }: Timing): LoadPoint {
  const { participants, rooms, textOctets } = crowd;
  const common = { textOctets, rate: 0, warmupMs, measureMs };
  if (name === 'serial') return { ...common, senders: 1, window: 1 };
  // Many rooms are saturated together; with more in flight what they share would be the length of the queue. Even so a
  // message is long under way.
  if (rooms > 1) return { ...common, senders: 2, window: 1, measureMs: LONG_QUEUE * measureMs };
  return { ...common, senders: Math.min(SAT_SENDERS, participants), window: SAT_WINDOW };
}

/** The rounds of one scenario. */
class Race {
  readonly #scenario: Scenario;
  readonly #timing: Timing;
  readonly #events: FanoutEvents;
  readonly #results = new Map<Entrant, Results>();
  /** Copies a second of the round that goes on. */
  readonly #saturation = new Map<Entrant, number>();

  constructor(entrants: readonly Entrant[], scenario: Scenario, timing: Timing, events: FanoutEvents) {
    this.#scenario = scenario;
    this.#timing = timing;
    this.#events = events;
    for (const entrant of entrants) this.#results.set(entrant, new Map());
  }

  async run(): Promise<void> {
    for (let done = 1; done <= this.#scenario.rounds; done += 1) {
      for (const name of this.#scenario.points) {
        // Every system in turn, so that a busy moment of the machine weighs on all of them; and back in the next round,
        // so that none always follows the same one.
        const entrants = [...this.#results.keys()].filter(({ sameProtocol }) => sameProtocol || done <= PEER_ROUNDS);
        for (const entrant of done % 2 === 1 ? entrants : entrants.toReversed()) await this.#attempt(entrant, name);
      }
      this.#events.roundDone(done);
    }
  }

  async #attempt(entrant: Entrant, name: PointName): Promise<void> {
    const point = this.#point(entrant, name);
    if (typeof point === 'string') {
      this.#events.skipped(entrant, name, point);
      return;
    }
    if (point === undefined) return;
    try {
      const result = await entrant.running.run(point);
      if (result.copies === 0) throw new Error(`no copy was delivered in the measured ${result.seconds} s`);
      if (name === 'sat') this.#saturation.set(entrant, rate(result));
      const results = this.#results.get(entrant);
      results?.set(name, [...(results.get(name) ?? []), result]);
    } catch (error) {
      this.#results.delete(entrant);
      this.#saturation.delete(entrant);
      this.#events.failed(entrant, error);
    }
  }

  /** What it is asked for; nothing when this is not for it, or why it is not measured. */
  #point(entrant: Entrant, name: PointName): LoadPoint | string | undefined {
    const point = closedLoop(name, this.#scenario, this.#timing);
    if (name === 'sat' || name === 'serial') return point;
    if (name === 'paced') {
      if (!entrant.sameProtocol) return undefined;
      const same = [...this.#saturation].filter(([{ sameProtocol }]) => sameProtocol);
      return this.#spaced(point, PACED_SHARE * Math.min(...same.map(([, copies]) => copies)));
    }
    const saturation = this.#saturation.get(entrant) ?? Number.POSITIVE_INFINITY;
    if (saturation < FIXED_RATE * FIXED_RESERVE) return `saturated at ${Math.round(saturation)} copies/s already`;
    return this.#spaced(point, FIXED_RATE);
  }

  #spaced(point: LoadPoint, copiesPerSecond: number): LoadPoint {
    const messages = copiesPerSecond / Math.max(1, this.#scenario.participants - 1);
    const wanted = Math.min(MAX_MEASURE_MS, Math.ceil((MIN_MESSAGES / messages) * 1000));
    const measureMs = Math.max(point.measureMs, wanted);
    return { ...point, window: 0, rate: copiesPerSecond, measureMs };
  }

  measured(): Measured[] {
    return [...this.#results].flatMap(([entrant, points]) =>
      [...points].map(([point, results]) => summary(entrant, this.#place(point), results)),
    );
  }

  #place(point: PointName): Place {
    const { points: _, rounds: __, ...setup } = this.#scenario;
    return { ...setup, point };
  }
}

function summary(entrant: Entrant, place: Place, results: readonly LoadResult[]): Measured {
  const median = (value: (result: LoadResult) => number): number => summarize(results.map(value)).median;
  const sum = (value: (result: LoadResult) => number): number => results.reduce((all, each) => all + value(each), 0);
  const rounds = results.map(cpuMicros);
  return {
    system: entrant.name,
    unconfirmed: !entrant.sameProtocol,
    ...place,
    cpuMicrosPerCopy: { ...summarize(rounds), rounds },
    driverMicrosPerCopy: median(driverMicros),
    copiesPerSecond: median(rate),
    megabytesPerSecond: median((result) => (rate(result) * result.bytesPerCopy) / 1e6),
    p50Micros: median((result) => result.p50Micros),
    p99Micros: median((result) => result.p99Micros),
    p99Rounds: results.map((result) => result.p99Micros),
    bytesPerCopy: median((result) => result.bytesPerCopy),
    copies: sum((result) => result.copies),
    verified: sum((result) => result.verified),
    lost: sum((result) => result.lost),
    doubled: sum((result) => result.doubled),
    disordered: sum((result) => result.disordered),
  };
}

const samePlace = (a: Place, b: Place): boolean =>
  a.point === b.point &&
  a.link === b.link &&
  a.rooms === b.rooms &&
  a.participants === b.participants &&
  a.confirm === b.confirm &&
  a.textOctets === b.textOctets;

/** `subject` by each of the others, wherever both were measured. */
export function compared(measured: readonly Measured[], subject: string): Ratio[] {
  return measured
    .filter(({ system }) => system === subject)
    .flatMap((own) =>
      measured
        .filter((other) => other.system !== subject && samePlace(own, other))
        .map(({ system, cpuMicrosPerCopy, p99Rounds }) => ({
          subject,
          base: system,
          link: own.link,
          rooms: own.rooms,
          participants: own.participants,
          confirm: own.confirm,
          textOctets: own.textOctets,
          point: own.point,
          cpu: summarize(ratios(own.cpuMicrosPerCopy.rounds, cpuMicrosPerCopy.rounds)),
          p99: summarize(ratios(own.p99Rounds, p99Rounds)),
        })),
    );
}

/** All rounds of one scenario; every system has its participants already. */
export async function fanout(
  entrants: readonly Entrant[],
  scenario: Scenario,
  timing: Timing,
  events: FanoutEvents,
): Promise<Measured[]> {
  const race = new Race(entrants, scenario, timing, events);
  await race.run();
  return race.measured();
}

import type { Clock, Timer } from './clock.js';
import { Emitter } from './events.js';
import type { Logger } from './log.js';

/** Something was refused or put off because there was too much of it. */
export interface LimitReport {
  /** Name of the option. */
  readonly limit: string;
  /** URI of the room it was about. @defaultValue none */
  readonly room?: string;
  /** URI of the participant, as others see it. @defaultValue none, or not known yet */
  readonly participant?: string;
  /** Address it came from. @defaultValue not known */
  readonly source?: string;
  /** What was answered, in SIP or MSRP. @defaultValue nothing: a connection was closed, or read no further for a while */
  readonly status?: number;
}

/** Several of the same kind in one. */
export interface LimitEvent extends LimitReport {
  /** How often since the last event of this limit, room, participant and source. */
  readonly count: number;
}

interface Counted {
  readonly report: LimitReport;
  /** Since the last event. */
  count: number;
  /** When that was. */
  at: number;
}

/** Least milliseconds between two events about the same. */
const INTERVAL = 1000;
/** So many who go beyond a limit are told apart; those beyond are told as one. */
const MAX_TOLD_APART = 1000;

export interface LimitReportsOptions {
  clock: Clock;
  log: Logger;
}

/**
 * What went beyond the limits: counted each time, told (by `limit` and in the log) at once and then at most once a second for
 * the same limit and source, so that who floods a server does not flood its operator too.
 */
export class LimitReports extends Emitter<{ limit: [LimitEvent] }> {
  readonly #options: LimitReportsOptions;
  readonly #totals = new Map<string, number>();
  /** By what is told apart, the one told last at the end. */
  readonly #recent = new Map<string, Counted>();
  #timer: Timer | undefined;

  constructor(options: LimitReportsOptions) {
    super();
    this.#options = options;
  }

  /** By limit, since the start. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#totals);
  }

  /** It happened, so many times. */
  exceeded(report: LimitReport, times = 1): void {
    const { limit, room = '', participant = '', source = '' } = report;
    this.#totals.set(limit, (this.#totals.get(limit) ?? 0) + times);
    const key = `${limit} ${room} ${participant} ${source}`;
    const known = this.#recent.get(key);
    if (known) known.count += times;
    else if (this.#recent.size < MAX_TOLD_APART) this.#begin(key, report, times);
    else this.#overflow(report, times);
  }

  /** What was counted last is told, and nothing more. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const rest = [...this.#recent.values()].filter(({ count }) => count > 0);
    this.#recent.clear();
    for (const counted of rest) this.#tell(counted);
  }

  #begin(key: string, report: LimitReport, count: number): void {
    const counted = { report, count, at: this.#options.clock.now() };
    this.#recent.set(key, counted);
    this.#timer ??= this.#watch(INTERVAL);
    this.#tell(counted);
  }

  /** Too many at once to say who they all are. */
  #overflow({ limit }: LimitReport, times: number): void {
    const others = this.#recent.get(limit);
    if (others) others.count += times;
    else this.#begin(limit, { limit }, times);
  }

  #watch(delay: number): Timer {
    return this.#options.clock.after(delay, () => {
      this.#timer = undefined;
      this.#review();
    });
  }

  /** Those told a second ago: told again when there is something to tell, else forgotten. */
  #review(): void {
    const { clock } = this.#options;
    const now = clock.now();
    const due = [...this.#recent].filter(([, { at }]) => at + INTERVAL <= now || at > now);
    for (const [key, counted] of due) {
      this.#recent.delete(key);
      if (counted.count === 0) continue;
      counted.at = now;
      this.#recent.set(key, counted);
      this.#tell(counted);
    }
    const [oldest] = this.#recent.values();
    if (oldest) this.#timer ??= this.#watch(Math.max(1, oldest.at + INTERVAL - now));
  }

  /** A listener that throws must not become the failure of who was only counted. */
  #tell(counted: Counted): void {
    const { log } = this.#options;
    const event = { ...counted.report, count: counted.count };
    counted.count = 0;
    log.warn({ ...event }, 'limit reached');
    try {
      this.emit('limit', event);
    } catch (error) {
      log.error({ error }, 'listener of limit failed');
    }
  }
}

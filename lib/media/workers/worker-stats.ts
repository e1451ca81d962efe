import type { MediaStats } from '../media-plane.js';

const NONE: MediaStats = {
  rooms: 0,
  endpoints: 0,
  congested: 0,
  pendingOctets: 0,
  partialOctets: 0,
  connections: 0,
  sessions: 0,
  congestion: { marks: 0, dropped: 0, ended: 0, notices: 0 },
};

/** What the workers said of themselves last, summed; what was counted stays counted when a thread ends. */
export class WorkerStats {
  readonly #last: MediaStats[];
  #past = NONE;

  constructor(workers: number) {
    this.#last = Array.from({ length: workers }, () => NONE);
  }

  report(worker: number, stats: MediaStats): void {
    this.#last[worker] = stats;
  }

  /** Its thread ended. */
  lost(worker: number): void {
    this.#past = { ...NONE, congestion: sum(this.#past.congestion, this.#last[worker].congestion) };
    this.#last[worker] = NONE;
  }

  get sum(): MediaStats {
    return this.#last.reduce((all, stats) => sum(all, stats), this.#past);
  }
}

/** Number by number, also those in objects inside. */
function sum<T extends object>(one: T, other: T): T {
  const total = (value: unknown, name: string): unknown => {
    const added: unknown = Reflect.get(one, name);
    if (typeof value === 'object' && value !== null) return sum<object>(added ?? {}, value);
    return Number(value) + Number(added ?? 0);
  };
  return Object.fromEntries(Object.entries(other).map(([name, value]) => [name, total(value, name)])) as T;
}

import { NO_TRAFFIC } from '../../switch/traffic.js';
import { added } from '../../util/added.js';
import type { MediaStats } from '../media-plane.js';

const NONE: MediaStats = {
  rooms: 0,
  endpoints: 0,
  congested: 0,
  pendingOctets: 0,
  partialOctets: 0,
  transports: {},
  connections: 0,
  sessions: 0,
  congestion: { marks: 0, dropped: 0, ended: 0, notices: 0 },
  traffic: NO_TRAFFIC,
  octets: { in: 0, out: 0 },
  refusedRequests: {},
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
    const { congestion, traffic, octets, refusedRequests } = added(this.#past, this.#last[worker]);
    this.#past = { ...NONE, congestion, traffic, octets, refusedRequests };
    this.#last[worker] = NONE;
  }

  get sum(): MediaStats {
    return this.#last.reduce((all, stats) => added(all, stats), this.#past);
  }
}

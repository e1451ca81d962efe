import type { SwitchLimit } from '../../focus-switch.js';
import type { Clock } from '../../util/clock.js';
import { LimitReports } from '../../util/limit-reports.js';
import { silent } from '../../util/log.js';
import type { ToFocus } from './to-focus.js';

/** What went beyond the limits in a worker; the focus' thread hears of it at most once a second for each who did it. */
export class Exceeded extends LimitReports {
  constructor(clock: Clock, post: (message: ToFocus) => void) {
    super({ clock, log: silent });
    this.on('limit', ({ count: times, ...report }) => {
      const { limit, participant: endpoint, status = null } = report;
      if (endpoint === undefined) post({ is: 'crowded', report, times });
      else post({ is: 'limited', endpoint, limit: limit as SwitchLimit, status, times });
    });
  }

  /** An endpoint did, whose participant is known to the focus alone. */
  endpoint(endpoint: string, limit: SwitchLimit, status: number | null): void {
    this.exceeded({ limit, participant: endpoint, ...(status !== null && { status }) });
  }
}

/** What operators look at first when something is wrong: who moderated, and what was refused or failed. */
import type { AuditEntry as AuditRecord } from '../../lib/chat-server.js';
import type { Clock } from '../../lib/util/clock.js';
import type { Chatrooms } from '../index.js';
import type { Refusal } from '../limits/refused.js';
import { Ring } from './ring.js';
import type { AuditEntry, ErrorEntry } from './schemas/index.js';

/** Entries kept of each; the log has them all. */
export const KEPT = 500;
/** Characters of the longest text in one: others wrote it, and it is kept for long. */
const MAX_TEXT = 500;

export class RecentEntries {
  readonly audit = new Ring<AuditEntry>(KEPT);
  readonly errors = new Ring<ErrorEntry>(KEPT);
  readonly #clock: Clock;

  constructor(rooms: Pick<Chatrooms, 'on'>, clock: Clock) {
    this.#clock = clock;
    rooms.on('audit', (_, entry) => this.audit.add(auditEntry(entry)));
    rooms.on('refused', (refusal) => this.errors.add(errorEntry(refusal)));
  }

  /** A request to this API met a defect. */
  failed(error: Error, source: string | null): void {
    const time = this.#clock.date().toISOString();
    const detail = short(error.message);
    const nobody = { room: null, participant: null, endpoint: null, callId: null };
    this.errors.add({ time, method: 'HTTP', ...nobody, status: 500, code: null, detail, source });
  }
}

function auditEntry({ time, room, actor, act, target, allowed, detail }: AuditRecord): AuditEntry {
  return {
    time: time.toISOString(),
    room,
    actor,
    act,
    ...(target !== undefined && { target: short(target) }),
    allowed,
    ...(detail && { detail: Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, plain(value)])) }),
  };
}

const plain = (value: unknown): unknown => {
  if (typeof value === 'string') return short(value);
  return value instanceof Date ? value.toISOString() : value;
};

const errorEntry = ({ time, detail, callId, ...refusal }: Refusal): ErrorEntry => ({
  ...refusal,
  time: time.toISOString(),
  detail: short(detail),
  callId: callId === null ? null : short(callId),
});

const short = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);

import { parseUri, reasonPhrase } from '../../lib/embedded-drachtio/message/index.js';
import type { Clock } from '../../lib/util/clock.js';
import type { ErrorCode } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import { asError } from '../drachtio/drachtio-error.js';
import type { Answerable, Reply } from '../drachtio/srf-adapter.js';
import { roomOf } from '../room-uri.js';

/** A SIP request that was answered with 400 or more; challenges (401, 407) are none. */
export interface Refusal {
  readonly time: Date;
  /** SIP method. */
  readonly method: string;
  /** URI of the room it was sent to; null when its Request-URI names none, as in most dialogs. */
  readonly room: string | null;
  /** What it was answered. */
  readonly status: number;
  /** Of docs/errors.md; null where the status says it all. */
  readonly code: ErrorCode | null;
  /** Cause, for people. */
  readonly detail: string;
  /** Address it came from. */
  readonly source: string | null;
  readonly callId: string | null;
}

interface RefusedEmitter {
  emit(event: 'refused', refusal: Refusal): boolean;
  listenerCount(event: 'refused'): number;
}

/** Tells of refusals those who listen; what one of them throws does not keep the answer from who asked. */
export function refusals(
  events: RefusedEmitter,
  clock: Clock,
  log: Logger,
): (req: Answerable, status: number, reply: Reply) => void {
  return (req, status, reply) => {
    if (events.listenerCount('refused') === 0) return;
    try {
      events.emit('refused', refusalOf(req, status, reply, clock.date()));
    } catch (error) {
      log.error({ error: asError(error).stack }, 'listener of refused failed');
    }
  };
}

function refusalOf(req: Answerable, status: number, { reason, error }: Reply, time: Date): Refusal {
  const uri = parseUri(req.uri ?? '');
  return {
    time,
    method: req.method,
    room: (uri && roomOf(uri)?.uri) ?? null,
    status,
    code: error?.code ?? null,
    detail: error?.message ?? reason ?? reasonPhrase(status),
    source: req.source_address ?? null,
    callId: req.get('Call-ID') ?? null,
  };
}

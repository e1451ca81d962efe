import { parseUri, reasonPhrase } from '../../lib/embedded-drachtio/message/index.js';
import type { Clock } from '../../lib/util/clock.js';
import type { RefusedRequest } from '../../lib/focus-switch.js';
import { COMMENTS } from '../../lib/msrp/index.js';
import type { ErrorCode } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import { asError } from '../drachtio/drachtio-error.js';
import type { Answerable, Reply } from '../drachtio/srf-adapter.js';
import { roomOf } from '../sip/room-uri.js';

/**
 * A SIP request that was answered with 400 or more, or a request by MSRP that was refused; challenges (401, 407) are none. Of a
 * device that has many refused by MSRP only some are told: five at once, and one a second.
 */
export interface Refusal {
  readonly time: Date;
  /** SIP method; of MSRP `SEND` or `NICKNAME`. */
  readonly method: string;
  /** URI of the room it was sent to; null when a Request-URI names none, as in most dialogs. */
  readonly room: string | null;
  /** URI of the participant whose request it was, as others see it; null for SIP, where nobody may be in yet. */
  readonly participant: string | null;
  /** Id of the device, likewise. */
  readonly endpoint: string | null;
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
  return (req, status, reply) => tell(events, log, () => refusalOf(req, status, reply, clock.date()));
}

/** The same of requests by MSRP: what they are told by the focus. */
export function msrpRefusals(events: RefusedEmitter, clock: Clock, log: Logger): (...refused: RefusedByMsrp) => void {
  return (...refused) => tell(events, log, () => msrpRefusalOf(refused, clock.date()));
}

type RefusedByMsrp = [room: Named, participant: Named, device: Device, request: RefusedRequest];

interface Named {
  readonly uri: string;
}

interface Device {
  readonly id: string;
  readonly callId: string;
  readonly link: { readonly remote: string | null } | null;
}

function tell(events: RefusedEmitter, log: Logger, refusal: () => Refusal): void {
  if (events.listenerCount('refused') === 0) return;
  try {
    events.emit('refused', refusal());
  } catch (error) {
    log.error({ error: asError(error).stack }, 'listener of refused failed');
  }
}

function refusalOf(req: Answerable, status: number, { reason, error }: Reply, time: Date): Refusal {
  const uri = parseUri(req.uri ?? '');
  return {
    time,
    method: req.method,
    room: (uri && roomOf(uri)?.uri) ?? null,
    participant: null,
    endpoint: null,
    status,
    code: error?.code ?? null,
    detail: error?.message ?? reason ?? reasonPhrase(status),
    source: req.source_address ?? null,
    callId: req.get('Call-ID') ?? null,
  };
}

function msrpRefusalOf([room, participant, device, { method, status, byProgram }]: RefusedByMsrp, time: Date): Refusal {
  const { code = null, detail } = (!byProgram && MSRP[`${method} ${status}`]) || {
    detail: otherwise(byProgram, status),
  };
  return {
    time,
    method,
    room: room.uri,
    participant: participant.uri,
    endpoint: device.id,
    status,
    code,
    detail,
    source: device.link?.remote?.replace(/:\d+$/, '') ?? null,
    callId: device.callId === '' ? null : device.callId,
  };
}

const otherwise = (byProgram: boolean, status: number): string =>
  byProgram ? 'A handler of the program refused it; the log says why.' : (COMMENTS[status] ?? 'Refused');

/** What the switch and the focus mean by a status; docs/errors.md has these too. */
const MSRP: Readonly<Record<string, { code?: ErrorCode; detail: string }>> = {
  'SEND 400': { detail: 'The message is malformed.' },
  'SEND 403': {
    code: 'CHAT_ERR_FORBIDDEN',
    detail:
      'He may not: muted, a visitor, written under another name, to several, or in private where that is not permitted.',
  },
  'SEND 404': { code: 'CHAT_ERR_NO_PARTICIPANT', detail: 'Nobody of that URI is in the room.' },
  'SEND 408': {
    code: 'CHAT_ERR_HANDLER_TIMEOUT',
    detail: 'No handler of the program said in time whether it may pass.',
  },
  'SEND 413': {
    code: 'CHAT_ERR_MESSAGE_STOPPED',
    detail: 'Too large, too fast or too many, or the server is overloaded.',
  },
  'SEND 415': {
    code: 'CHAT_ERR_TYPE_NOT_ACCEPTED',
    detail: 'Content of a type that the room, or its recipient, does not take.',
  },
  'SEND 428': { code: 'CHAT_ERR_PRIVATE_UNSUPPORTED', detail: 'Whom it was to takes no private messages.' },
  'NICKNAME 400': { detail: 'The request is malformed.' },
  'NICKNAME 403': {
    code: 'CHAT_ERR_NICKNAME_REFUSED',
    detail: 'Nicknames are not permitted, or were changed too often.',
  },
  'NICKNAME 424': { code: 'CHAT_ERR_NICKNAME_MALFORMED', detail: 'It can be no nickname.' },
  'NICKNAME 425': { code: 'CHAT_ERR_NICKNAME_REFUSED', detail: 'The nickname is taken, or reserved.' },
};

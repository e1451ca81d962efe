/** The Reason header field (RFC 3326): why a peer hung up. */
import type { EndReason, InviteOutcome } from '../../lib/chat-server.js';
import { isToken, param, parseParams, splitOutside } from '../../lib/embedded-drachtio/message/index.js';
import { header } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** One value of the header. */
export interface Reason {
  /** In lower case: `sip`, `q.850`. */
  protocol: string;
  /** Null where there is none, or no number. */
  cause: number | null;
  text: string | null;
}

/** Values that are looked at; nobody has more reasons. */
const MAX_REASONS = 16;

/**
 * BYE-04: reads what is there and leaves out what is not. "Each Reason header field … MAY contain several values", "one for
 * each protocol" (RFC 3326 §2), in any order, their parameters too; of two values of a protocol the first one counts.
 */
export function parseReasons(value: string | undefined): ReadonlyMap<string, Reason> {
  const reasons = new Map<string, Reason>();
  for (const each of splitOutside(value ?? '', ',').slice(0, MAX_REASONS)) {
    const [name, ...rest] = splitOutside(each, ';');
    const protocol = name?.toLowerCase() ?? '';
    if (!isToken(protocol) || reasons.has(protocol)) continue;
    const params = parseParams(rest.join(';'));
    const cause = /^\d{1,5}$/.exec(param(params, 'cause')?.trim() ?? '');
    reasons.set(protocol, { protocol, cause: cause && Number(cause[0]), text: param(params, 'text') ?? null });
  }
  return reasons;
}

/** How a dialog ended that its peer, or the stack for it, has hung up. */
export interface Parting {
  how: EndReason;
  /** What the header said; undefined for nothing. */
  cause?: InviteOutcome;
}

/** Cause of the BYE of a handset whose user left the group for good: `SIP;cause=200;text="Call completed"`. */
const LEFT = 200;

/**
 * What a BYE means for who sent it.
 *
 * @param membership of the room, whose members may be away
 */
export function partingOf(bye: Pick<SipRequest, 'get' | 'source'>, membership: boolean): Parting {
  // The stack itself sends BYE when no ACK came or the session timer ran out. BYE-02: "only if the BYE came from the
  // network", as drachtio-server says cause=200 then, too.
  if (bye.source === 'application') return { how: 'failed' };
  const reason = parseReasons(header(bye, 'Reason')).get('sip');
  const cause =
    reason && reason.cause !== null ? { cause: { status: reason.cause, reason: reason.text ?? '' } } : undefined;
  // BYE-01.
  if (!membership) return { how: 'departed', ...cause };
  // BYE-02, BYE-03: whatever else it says, he has not said that he left.
  return { how: reason?.cause === LEFT ? 'departed' : 'disconnected', ...cause };
}

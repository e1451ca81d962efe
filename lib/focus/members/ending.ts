/** What an INVITE or a leg came to, for the list of members and for the roster (INV-17). */
import type { DisconnectionMethod } from '../../conference-event/index.js';
import type { EndReason, Identity, InviteOutcome } from '../types.js';
import type { Standing } from './invitee.js';

/** How an endpoint ended. */
export interface Ending {
  how: EndReason;
  /** What its BYE said. */
  cause?: InviteOutcome | null;
  /** Who removed its participant. */
  by?: Identity | null;
}

/** Refused by him or by his device, which will not have it otherwise next time. */
const REFUSED: ReadonlySet<number> = new Set([403, 415, 487, 488, 606]);
/** There is nobody of that name. */
const NOBODY: ReadonlySet<number> = new Set([404, 410, 484, 604]);
const BUSY: ReadonlySet<number> = new Set([486, 600]);

/**
 * Whether he belongs to the room, whatever became of his last leg or INVITE: he may come by himself, and counts to the
 * maximum (JOIN-06).
 */
const BELONGING: ReadonlySet<Standing> = new Set([
  'dialing-out',
  'alerting',
  'pending',
  'connected',
  'disconnected',
  'busy',
]);

export const belongs = (standing: Standing): boolean => BELONGING.has(standing);

/** An INVITE is on its way to him. */
export const isRinging = (standing: Standing): boolean => standing === 'dialing-out' || standing === 'alerting';

/**
 * What an invited one is after the final response, in a room with membership.
 *
 * @param outcome null when the call was accepted and no session came of it
 * @param wasIn he was connected before
 */
export function standingAfter(outcome: InviteOutcome | null, wasIn: boolean): Standing {
  if (outcome === null) return wasIn ? 'disconnected' : 'failed';
  const { status } = outcome;
  if (BUSY.has(status)) return 'busy';
  // BYE-13: who leaves while he has no session can say so in no other way.
  if (status === 603) return wasIn ? 'departed' : 'declined';
  if (NOBODY.has(status)) return 'failed';
  if (REFUSED.has(status)) return wasIn ? 'disconnected' : 'failed';
  // INV-17: 408, 480, 430, 5xx and whatever else may go better next time.
  return 'pending';
}

/** What a member is after his last leg. */
export const standingWithout = (how: EndReason): Standing =>
  // BYE-02, BYE-03.
  how === 'departed' || how === 'booted' ? how : 'disconnected';

/**
 * How others see that a participant is gone (4575-5.7-02); undefined for a member who is only away: "status
 * `disconnected` without disconnection-method" (BYE-03).
 */
export function disconnectionMethod(how: EndReason, isMember: boolean): DisconnectionMethod | undefined {
  if (how === 'departed' || how === 'booted') return how;
  if (isMember) return undefined;
  // BYE-01.
  if (how === 'failed') return 'failed';
  return how === 'idle' ? 'booted' : 'departed';
}

/** RFC 4575 §5.7.6: `busy` is for a 486; 600 says the same (INV-17). */
export const unreachedMethod = (outcome: InviteOutcome | null): DisconnectionMethod =>
  outcome !== null && BUSY.has(outcome.status) ? 'busy' : 'failed';

/** DOC-23: "`reason` in RFC 3326 form". */
export function reasonText({ status, reason }: InviteOutcome): string {
  // oxlint-disable-next-line no-control-regex -- controls are what must not get in
  const text = reason.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/["\\]/g, '\\$&');
  return `Reason: SIP;cause=${status};text="${text}"`;
}

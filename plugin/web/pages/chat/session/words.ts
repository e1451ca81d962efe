import type { End } from '../../../../../lib/client/participant-types.js';
import { ChatroomsError } from '../../../../../lib/util/errors.js';
import { oneLine } from '../../shared/text.js';
import { strings } from '../strings.js';

/** Whatever `join`, `send` and the others throw, for people. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof ChatroomsError)) return error instanceof Error ? error.message : String(error);
  const { code, sipStatus, msrpStatus, message } = error;
  if (code === 'CHAT_ERR_JOIN_REFUSED' && sipStatus !== undefined) return strings.refusedJoin(sipStatus, message);
  if (code === 'CHAT_ERR_NICKNAME_REFUSED') return strings.refusedNickname(msrpStatus ?? 0, message);
  return strings.error(code, message);
}

/** The room lets us have no nickname, this one or any (7701-7.1: 403). */
export const isForbidden = (error: unknown): boolean =>
  error instanceof ChatroomsError && error.code === 'CHAT_ERR_NICKNAME_REFUSED' && error.msrpStatus === 403;

/** The nickname is of somebody else (7701-7.1: 425). */
export const isTaken = (error: unknown): boolean =>
  error instanceof ChatroomsError && error.code === 'CHAT_ERR_NICKNAME_REFUSED' && error.msrpStatus === TAKEN;

/** RFC 7701 §7.1. */
export const TAKEN = 425;

/** Statuses after which the same INVITE would be refused again. */
const FINAL = new Set([401, 403, 404, 407, 410, 433, 488]);

/** Whether another attempt to join makes sense. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ChatroomsError)) return false;
  if (error.code === 'CHAT_ERR_NOT_A_ROOM' || error.code === 'CHAT_ERR_USAGE') return false;
  return error.sipStatus === undefined || !FINAL.has(error.sipStatus);
}

/** Cause of the BYE that removes somebody (RFC 3326); the server says so too when it stops, with other words. */
const REMOVED = 403;
/** Causes of the BYE by which the server gives up a session that does not answer any more, as that of a machine that slept. */
const GIVEN_UP: ReadonlySet<number | undefined> = new Set([408, 480]);
const STOPS = /\bserver stops\b/i;
/** What is said to all when a room is closed, where nobody gave another reason. */
const CLOSED = 'Room closed';

/** What to do about an end of the session that was not asked for, and what to say of it. */
export function judgeEnd({ kind, reason, cause }: End): { comeBack: boolean; text: string } {
  if (STOPS.test(reason)) return { comeBack: true, text: strings.status.stopping };
  if (kind === 'lost' || GIVEN_UP.has(cause)) return { comeBack: true, text: strings.status.lost };
  if (reason === CLOSED) return { comeBack: false, text: strings.ended.closed };
  const said = oneLine(reason);
  if (cause === REMOVED) return { comeBack: false, text: strings.ended.removedBecause(said) };
  return { comeBack: false, text: strings.ended.hungUp(said) };
}

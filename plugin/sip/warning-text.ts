import type { ChatroomsError, ErrorCode } from '../../lib/util/errors.js';
import type { ChatroomSettings } from '../options/options.js';

/** JOIN-06, FAC-11, REF-11: as handsets know it. */
const TOO_MANY = '102 Too many participants';

/** FAC-24: what a handset looks for to tell that somebody is not provisioned for group chat from being kept out of one. */
const NOT_AUTHORISED = '127 Service not authorised';

const TEXTS: Partial<Record<ErrorCode, string>> = {
  CHAT_ERR_ROOM_FULL: TOO_MANY,
  CHAT_ERR_TOO_MANY_RECIPIENTS: TOO_MANY,
  // JOIN-05.
  CHAT_ERR_ROOM_LOCKED: 'Conference is locked',
};

/**
 * Text of the Warning of a refusal: one that user agents know, else what is wrong, for the people who read traces. Handsets
 * search the text for codes, so that with profile `rcs` nothing else is said; null for no Warning then (FAC-24).
 */
export function warningText(error: ChatroomsError, profile: ChatroomSettings['profile']): string | null {
  const known = TEXTS[error.code];
  if (known !== undefined || profile !== 'rcs') return known ?? error.warning ?? error.message;
  return error.code === 'CHAT_ERR_FORBIDDEN' ? NOT_AUTHORISED : null;
}

import { ChatroomsError } from '../../lib/util/errors.js';
import { header, tokens } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** Levels of RFC 3323 §4.2, RFC 3325 §9.3 and RFC 7044 that hiding the identity from the others amounts to. */
const GRANTED = new Set(['id', 'user', 'header', 'session', 'history']);

/**
 * Whether the Privacy header asks to hide the caller. HDR-08: `none` shows; of what is `critical` nothing is left out.
 *
 * @throws ChatroomsError `CHAT_ERR_SIP_PRIVACY` with `sipStatus` 500 for critical privacy that cannot be given
 */
export function privacyAsked(req: Pick<SipRequest, 'get'>): boolean {
  const value = header(req, 'Privacy');
  const levels = tokens(value?.replaceAll(';', ','));
  const wanted = levels.filter((level) => level !== 'critical' && level !== 'none');
  // 3323-4.2-01: "if the room cannot give every level asked for, fail the INVITE with 500", when it is critical.
  if (levels.includes('critical') && wanted.some((level) => !GRANTED.has(level))) {
    throw new ChatroomsError('CHAT_ERR_SIP_PRIVACY', `Privacy ${JSON.stringify(value)} cannot be given.`, {
      sipStatus: 500,
    });
  }
  return wanted.some((level) => GRANTED.has(level));
}

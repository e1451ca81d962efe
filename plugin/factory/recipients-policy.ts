/** Who may have how many others invited by a list (FAC-10, FAC-11). */
import type { Identity } from '../../lib/chat-server.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import type { Face } from '../face.js';
import { isLoopback } from '../sip/host-port.js';
import { modeOf } from '../identity/check-options.js';

/**
 * FAC-10, RFC 5366 §7 with RFC 5363 §6: one INVITE with a list causes many, so it is taken only from who was authenticated.
 * Where From is believed (`auth: 'open'`) that is nobody but what comes from this machine or from a trusted peer.
 *
 * @throws ChatroomsError `CHAT_ERR_LIST_SENDER` with `sipStatus` 403
 */
export function checkSender(
  { source_address: source }: Pick<SipRequest, 'source_address'>,
  domain: string,
  { settings, authenticator }: Pick<Face, 'settings' | 'authenticator'>,
): void {
  const isAuthenticated = settings.authenticate !== undefined || (modeOf(settings.auth, domain) ?? 'open') !== 'open';
  if (isAuthenticated || isLoopback(source) || authenticator.trusts(source)) return;
  throw new ChatroomsError(
    'CHAT_ERR_LIST_SENDER',
    'Lists of recipients are taken from authenticated users only; set auth, or an authenticate handler.',
    { sipStatus: 403 },
  );
}

/**
 * IDN-10: handsets take no invitation that does not tell who sent it.
 *
 * @throws ChatroomsError `CHAT_ERR_ANONYMITY_DISALLOWED` with `sipStatus` 433
 */
export function checkNamed({ anonymous }: Identity): void {
  if (!anonymous) return;
  throw new ChatroomsError('CHAT_ERR_ANONYMITY_DISALLOWED', 'Who invites others to a group cannot hide.', {
    sipStatus: 433,
  });
}

/**
 * FAC-11: refused as a whole, before anything is created.
 *
 * @throws ChatroomsError `CHAT_ERR_TOO_MANY_RECIPIENTS` with `sipStatus` 486
 */
export function checkNumber(
  count: number,
  limit: number,
  option: 'invitations.maxListEntries' | 'maxParticipants',
): void {
  if (count <= limit) return;
  throw new ChatroomsError(
    'CHAT_ERR_TOO_MANY_RECIPIENTS',
    `The list has ${count} recipients, and ${limit} is the limit (${option}).`,
    { sipStatus: 486, limit: option },
  );
}

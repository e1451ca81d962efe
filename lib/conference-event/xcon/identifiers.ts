import { createHmac } from 'node:crypto';
import { ChatroomsError } from '../../util/errors.js';

/** `conf-object-id` of RFC 6501 §3.3.1, in lower case, but for the `=` that escapes here. */
const OUTSIDE_OBJECT_ID = /[^a-z0-9\-._~+/]/gu;

/**
 * The conference object identifier of a room, `xcon:room@domain` (RFC 6501 §3.3.1): "all the components of the
 * identifiers MUST be converted to lowercase" (§3.3.2). So that rooms whose names differ in case only stay two, an octet
 * of the user part that cannot stand there is `=` with two hex digits. Port and parameters have no place in it.
 *
 * @param room SIP URI of the room
 */
export function conferenceObjectUri(room: string): string {
  const [, user, host = ''] = /^[^:]*:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?]*)/.exec(room) ?? [];
  const id = user === undefined ? '' : `${user.replace(OUTSIDE_OBJECT_ID, escaped)}@`;
  return `xcon:${id}${host.toLowerCase()}`;
}

const escaped = (character: string): string =>
  Array.from(Buffer.from(character), (octet) => `=${octet.toString(16).padStart(2, '0')}`).join('');

/** RFC 6501 §4.6.5: "XCON-USERID = "xcon-userid" ":" conf-user-id", 1*unreserved, in lower case. */
const USER_ID = /^xcon-userid:[a-z0-9\-._~]+$/;

/**
 * 6501-4.6-01: an XCON-USERID, as it is; one that is none would also break the selectors it is written into.
 *
 * @throws ChatroomsError `CHAT_ERR_BAD_XCON_USER_ID`
 */
export function checkedUserId(id: string): string {
  if (USER_ID.test(id)) return id;
  const shape = 'xcon-userid: and lower-case letters, digits, "-", ".", "_" or "~"';
  throw new ChatroomsError(
    'CHAT_ERR_BAD_XCON_USER_ID',
    `${JSON.stringify(id)} is no XCON-USERID: it has to be ${shape}`,
  );
}

/** Octets of the hash that make an id: two users of a room do not meet in them. */
const ID_OCTETS = 16;

/**
 * XCON-USERIDs of one room, by entity in its roster (`User.entity`): stable as long as the secret is, unique, and telling
 * nothing about the user without the secret.
 *
 * @param secret of the room, at least 16 random octets; the same on every node that serves it
 */
export const xconUserIds =
  (secret: Uint8Array) =>
  (entity: string): string =>
    `xcon-userid:${createHmac('sha256', secret)
      .update(entity)
      .digest('hex')
      .slice(0, 2 * ID_OCTETS)}`;

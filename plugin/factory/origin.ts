import { randomBytes } from 'node:crypto';
import type { Identity, RoomOrigin } from '../../lib/chat-server.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { header } from '../sip/header-values.js';

/** Octets of the longest Subject kept (FAC-17). */
const MAX_SUBJECT = 255;

/** What the ids of OMA CPM are made of: a UUID, or a token with perhaps a host. */
const ID = /^[\x21-\x7e]{1,255}$/;

/**
 * What the INVITE to a factory says of the room it makes (FAC-15, FAC-17, FAC-19). Contribution-ID and the others are those
 * of profile `rcs`; without it, and where there is none, the room gets one of its own.
 *
 * @throws ChatroomsError `CHAT_ERR_SIP_HEADER` with `sipStatus` 400 for a header that could not be written into an INVITE
 */
export function originOf(req: Pick<SipRequest, 'get'>, creator: Identity, rcs: boolean): RoomOrigin {
  const id = (name: string): string | null => (rcs ? idIn(req, name) : null);
  return {
    // FAC-15: "Missing Contribution-ID → generate one (UUID hex) rather than refuse".
    contributionId: id('Contribution-ID') ?? randomBytes(16).toString('hex'),
    conversationId: id('Conversation-ID'),
    inReplyTo: id('InReplyTo-Contribution-ID'),
    subject: subjectOf(req),
    creator: creator.uri,
  };
}

/** Contribution-ID of a request, of one that has a usable one. */
export function idIn(req: Pick<SipRequest, 'get'>, name: string): string | null {
  const value = header(req, name)?.trim() ?? '';
  if (value === '') return null;
  if (!ID.test(value)) throw unusable(name);
  return value;
}

/** FAC-17: octet for octet, as clients write it raw or percent-encoded; cut after 255 octets. */
function subjectOf(req: Pick<SipRequest, 'get'>): string | null {
  const subject = header(req, 'Subject', 's')?.trim() ?? '';
  // oxlint-disable-next-line no-control-regex -- controls are what must not get in
  if (/[\u0000\r\n]/.test(subject)) throw unusable('Subject');
  let cut = '';
  let octets = 0;
  for (const character of subject) {
    octets += Buffer.byteLength(character);
    if (octets > MAX_SUBJECT) break;
    cut += character;
  }
  return cut === '' ? null : cut;
}

const unusable = (name: string): ChatroomsError =>
  new ChatroomsError(
    'CHAT_ERR_SIP_HEADER',
    `${name} cannot be used; it has to be one line of at most 255 characters.`,
    {
      sipStatus: 400,
    },
  );

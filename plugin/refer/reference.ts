/** What a REFER asks a room for. */
import type { Identity } from '../../lib/chat-server.js';
import { cpimUriKey } from '../../lib/cpim/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { header, SUPPORTED, TOKEN, tokens, warning } from '../sip/header-values.js';
import type { Invitee } from '../invitations/invitations.js';
import { inviteesOf } from '../lists/invitees.js';
import { type ListEntry, parseResourceLists } from '../lists/resource-lists.js';
import { bodyParts } from '../sip/multipart.js';
import type { Reply } from '../drachtio/srf-adapter.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { contentId, leadingThere, parseReferTo, type ReferTo, referTos, wantsNoSubscription } from './refer-to.js';

export interface Reference {
  invite: Invitee[];
  /** URIs of those to be removed. */
  remove: string[];
  /** The request names a list. */
  several: boolean;
  /** Nobody is to be told how it goes (RFC 4488). */
  silent: boolean;
}

export interface ReferenceContext {
  /** Domain of the room, for Warning. */
  host: string;
  by: Identity;
  /** Whether a URI names a room or factory of ours. */
  own: (uri: string) => boolean;
  rcs: boolean;
  /** Entries of the longest list. */
  maxListEntries: number;
}

export type Refused = { status: number; reply: Reply };

const LIST_TYPE = 'application/resource-lists+xml';

/**
 * Reads a REFER, or says what it is refused with.
 *
 * @throws ChatroomsError with `sipStatus` 400 for a list that cannot be used, 403 for one that is too long
 */
export function readReference(req: SipRequest, context: ReferenceContext): Reference | Refused {
  // RFC 3261 §8.2.2.3. Of REF-06 and REF-07 all is known; `Require: norefersub` alone only says what the sender knows.
  const unsupported = tokens(header(req, 'Require')).filter((tag) => !SUPPORTED.has(tag));
  if (!unsupported.every((tag) => TOKEN.test(tag))) return bad('Bad Require');
  if (unsupported.length > 0) return { status: 420, reply: { headers: { Unsupported: unsupported.join(', ') } } };
  // REF-02, RFC 3515 §2.4.2: "An agent responding to a REFER method MUST return a 400 (Bad Request) if the request contained
  // zero or more than one Refer-To header field values."
  const [value, ...more] = referTos(req);
  if (value === undefined) return bad('Missing Refer-To');
  if (more.length > 0) return bad('More Than One Refer-To');
  const referTo = parseReferTo(value);
  if (!referTo) return bad('Bad Refer-To');
  switch (referTo.is) {
    // REF-15: a room calls people, and nothing else.
    case 'elsewhere':
      return forbidden(context, 'Only sip, sips and tel URIs are called here');
    case 'target':
      return single(referTo, wantsNoSubscription(req), context);
    default:
      return several(req, referTo, context);
  }
}

function single(
  { uri, displayName, method, headers }: Extract<ReferTo, { is: 'target' }>,
  silent: boolean,
  context: ReferenceContext,
): Reference | Refused {
  const base = { several: false, silent };
  if (method === 'BYE') return { ...base, invite: [], remove: [uri] };
  // REF-04, also for a method that RFC 3515 would allow.
  if (method !== 'INVITE') return forbidden(context, 'REFER here invites (INVITE) or removes (BYE)');
  const invitee = {
    uri,
    ...(displayName !== undefined && { displayName }),
    // FAC-18: for handsets.
    ...(context.rcs && Object.keys(headers).length > 0 && { headers }),
  };
  return { ...base, invite: [invitee], remove: [] };
}

/** REF-07, RFC 5368 §8. */
function several(
  req: SipRequest,
  { contentId: wanted, method }: Extract<ReferTo, { is: 'list' }>,
  context: ReferenceContext,
): Reference | Refused {
  if (method !== 'INVITE' && method !== 'BYE') {
    return forbidden(context, 'REFER here invites (INVITE) or removes (BYE)');
  }
  const document = listOf(req, wanted);
  // REF-08.
  if (document === undefined) return bad('Refer-To Names No List');
  const entries = parseResourceLists(document);
  if (entries.length === 0) return bad('Empty List');
  // FAC-10.
  const { maxListEntries } = context;
  if (entries.length > maxListEntries) {
    throw new ChatroomsError('CHAT_ERR_TOO_MANY_INVITATIONS', `Lists have at most ${maxListEntries} entries here`, {
      sipStatus: 403,
      limit: 'invitations.maxListEntries',
    });
  }
  const removed = entries.filter((entry) => (entry.method ?? method) === 'BYE');
  const invited = entries.filter((entry) => (entry.method ?? method) === 'INVITE').map((entry) => safe(entry, context));
  // RFC 5368 §8: "SHOULD not create an implicit subscription".
  return {
    invite: inviteesOf(invited, { ...context, creator: context.by }),
    remove: distinct(removed),
    several: true,
    silent: true,
  };
}

/** @throws ChatroomsError for a URI that only looks like one that can be called */
function safe(entry: ListEntry, { rcs }: ReferenceContext): ListEntry {
  // Of other schemes it is left out (FAC-09).
  if (!/^(?:sips?|tel):/i.test(entry.uri)) return entry;
  const uri = leadingThere(entry.uri);
  if (uri !== undefined) return { ...entry, uri, headers: rcs ? entry.headers : {} };
  throw new ChatroomsError('CHAT_ERR_RESOURCE_LIST', `${JSON.stringify(entry.uri)} in the list cannot be called.`, {
    sipStatus: 400,
  });
}

const distinct = (entries: readonly ListEntry[]): string[] => [
  ...new Map(entries.map(({ uri }) => [cpimUriKey(uri) ?? uri, uri])).values(),
];

/** The list that `cid` names: the body, or a part of it. */
function listOf(req: SipRequest, wanted: string): string | undefined {
  const { body } = req;
  if (body === undefined) return undefined;
  const contentType = header(req, 'Content-Type', 'c') ?? '';
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type === LIST_TYPE) return isNamed(req.get('Content-ID'), wanted) ? body : undefined;
  if (!type.startsWith('multipart/')) return undefined;
  return bodyParts(contentType, body).find(
    (part) => part.header('Content-Type') === LIST_TYPE && isNamed(part.header('Content-ID'), wanted),
  )?.content;
}

const isNamed = (id: string | undefined, wanted: string): boolean => id !== undefined && contentId(id) === wanted;

const bad = (reason: string): Refused => ({ status: 400, reply: { reason } });

const forbidden = ({ host }: ReferenceContext, text: string): Refused => ({
  status: 403,
  reply: { headers: { Warning: warning(host, text) } },
});

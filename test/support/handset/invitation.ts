import type { SipRequest } from '../../../lib/embedded-drachtio/sip.js';

/** A final response of a handset to an INVITE that is not what it takes for one to a group. */
export interface Refusal {
  status: number;
  reason: string;
}

/** What a handset keeps of an INVITE to a group. */
export interface GroupInvitation {
  /** Contact: the name of the group for ever (FAC-14). */
  room: string;
  contributionId: string;
  subject: string;
  sdp: string;
  /** Number of who invited. */
  inviter: string;
  /** URIs of the list of who else is invited. */
  list: string[];
}

const NUMBER = /\+\d{3,15}/;

/** What rcsjta does with an INVITE, in its order. */
export function readInvitation(invite: SipRequest, instance: string): GroupInvitation | Refusal {
  const all = (name: string): string => invite.headers.getAll(name).join(', ');
  const header = (name: string): string => invite.headers.get(name) ?? '';
  // INV-09: somebody else's device is called.
  const asked = /\+sip\.instance="([^"]*)"/.exec(all('Accept-Contact'))?.[1];
  if (asked !== undefined && asked !== instance) return { status: 486, reason: 'Busy Here' };
  const body = invite.body.toString();
  const sdp = partOf(header('Content-Type'), body, 'application/sdp');
  // INV-10.
  if (sdp === undefined || sdp.trim() === '') return { status: 606, reason: 'Not Acceptable' };
  // INV-05: the one-to-one store and forward.
  if (/rcse-standfw@/.test(all('P-Asserted-Identity'))) return { status: 403, reason: 'Not a group' };
  // INV-07.
  if (!/;\+g\.oma\.sip-im(?=[;,]|$)/.test(header('Contact'))) return { status: 403, reason: 'Unsupported Extension' };
  // FT-07, INV-10: a file, not a group.
  if (sdp.includes('a=file-selector')) return { status: 603, reason: 'Decline' };
  // INV-04: `"name" <…+33…>`.
  const inviter = /<([^>]*)>/.exec(header('Referred-By'))?.[1] ?? '';
  const number = NUMBER.exec(inviter)?.[0];
  if (number === undefined) return { status: 603, reason: 'Decline' };
  // INV-06.
  const contributionId = header('Contribution-ID');
  const subject = header('Subject');
  if (contributionId === '' || subject === '' || header('Conversation-ID') === '') {
    return { status: 603, reason: 'Decline' };
  }
  if (!usableOffer(sdp)) return { status: 488, reason: 'Not Acceptable Here' };
  const list = partOf(header('Content-Type'), body, 'application/resource-lists+xml') ?? '';
  return {
    room: /<([^>]*)>/.exec(header('Contact'))?.[1] ?? '',
    contributionId,
    subject,
    sdp,
    inviter: number,
    list: [...list.matchAll(/uri="([^"]*)"/g)].map(([, uri]) => uri),
  };
}

/** SDP-19: the message line is the first one and has its own path; there is `c=`, `actpass`, `sendrecv`. */
function usableOffer(sdp: string): boolean {
  const [session, first = ''] = sdp.split(/\r\n(?=m=)/);
  if (!first.startsWith('m=message ')) return false;
  if (!/\r\nc=IN /.test(session) && !/\r\nc=IN /.test(first)) return false;
  return ['a=path:', 'a=setup:actpass', 'a=sendrecv'].every((line) => first.includes(`\r\n${line}`));
}

/**
 * INV-12: rcsjta cuts at the boundary taken as a regular expression, and knows a part by its header spelt exactly so, with no
 * parameter behind.
 */
function partOf(contentType: string, body: string, type: string): string | undefined {
  if (!contentType.startsWith('multipart')) return contentType === type ? body : undefined;
  const boundary = /boundary=(.*)$/.exec(contentType)?.[1].replaceAll('"', '') ?? '';
  for (const part of body.split(new RegExp(`--${boundary}(?:--)?`)).slice(1)) {
    const blank = part.indexOf('\r\n\r\n');
    if (blank < 0) continue;
    if (part.slice(0, blank).split('\r\n').includes(`Content-Type: ${type}`)) return part.slice(blank + 4);
  }
  return undefined;
}

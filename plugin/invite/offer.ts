import type { Refusal } from '../../lib/sdp/index.js';
import { header } from '../sip/header-values.js';
import { bodyParts } from '../sip/multipart.js';
import type { Reply } from '../drachtio/srf-adapter.js';
import type { SipHeaders, SipRequest } from '../drachtio/srf-types.js';

/** What the body of an INVITE or UPDATE is. */
export type Offer =
  | { is: 'sdp'; sdp: string }
  /** No body: the 200 carries our offer (RFC 3261 §13.3.1.4), an UPDATE only refreshes. */
  | { is: 'none' }
  | { is: 'unsupported'; status: 415; headers: SipHeaders };

const NOT_TAKEN: Offer = { is: 'unsupported', status: 415, headers: { Accept: 'application/sdp' } };

/** Reads the body of a request as an offer; of an ACK or of a response as an answer. */
export function offerOf(req: Pick<SipRequest, 'body' | 'get'>): Offer {
  const { body } = req;
  if (body === undefined || body.trim() === '') return { is: 'none' };
  const encoding = header(req, 'Content-Encoding', 'e')?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    return { is: 'unsupported', status: 415, headers: { 'Accept-Encoding': 'identity' } };
  }
  const contentType = header(req, 'Content-Type', 'c') ?? '';
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type === 'application/sdp') return { is: 'sdp', sdp: body };
  // RFC 5621 §3.1: multipart/mixed has to be understood. What comes beside the offer, such as the list of a group chat's
  // members or its first message, is for servers that do more; it does not keep anybody out.
  if (!type.startsWith('multipart/')) return NOT_TAKEN;
  const part = bodyParts(contentType, body).find((each) => each.header('Content-Type') === 'application/sdp');
  const sdp = part?.text;
  return sdp === undefined ? NOT_TAKEN : { is: 'sdp', sdp };
}

/** Why none of the m-lines was taken, for the people who read traces: code and text of a Warning. */
const REASONS: Partial<Record<Refusal, string>> = {
  'port-zero': 'the message line has port 0',
  proto: 'the message line is not TCP/MSRP',
  format: 'the format of the message line is not *',
  'tls-required': 'MSRP without TLS is not taken here',
  'no-listener': 'MSRP over this transport is not offered here',
  path: 'a=path is missing or cannot be read',
  'accept-types': 'a=accept-types is missing',
  'no-cpim': 'a=accept-types does not list message/cpim',
  'no-chatroom': 'a=chatroom is missing, and only clients that know chat rooms are taken here',
  fingerprint: 'no a=fingerprint with a usable hash',
  'file-transfer': 'file transfer is not supported',
  setup: 'a=setup does not fit',
  unreachable: 'a=path names nothing that can be connected to',
};

/** JOIN-10: 488 with what was wrong (RFC 3261 §21.4.26: the body of Warning says why). */
export function notAcceptable(refusals: ReadonlyMap<number, Refusal>, host: string): Reply {
  const reason = [...refusals.values()].find((refusal) => refusal !== 'media');
  // RFC 3261 §20.43: 304 "Media type not available", 305 "Incompatible media format", 399 anything else.
  const text =
    reason === undefined ? `304 ${host} "Media type not available"` : `399 ${host} "${REASONS[reason] ?? reason}"`;
  return { headers: { Warning: text } };
}

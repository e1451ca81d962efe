import { Headers } from './headers.js';
import { tagOf, withTag } from './name-addr.js';
import { reasonPhrase } from './status.js';

export interface SipRequest {
  kind: 'request';
  /** Case-sensitive (RFC 3261 §7.1), as on the wire. */
  method: string;
  uri: string;
  headers: Headers;
  /** Empty if there is none. Not shared with the receive buffer. */
  body: Buffer;
}

export interface SipResponse {
  kind: 'response';
  /** 100 to 699. */
  status: number;
  reason: string;
  headers: Headers;
  body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

export const EMPTY: Buffer = Buffer.alloc(0);

export interface ResponseOptions {
  reason?: string;
  /** Set as To tag when the request has none. */
  toTag?: string;
  headers?: Iterable<readonly [string, string]>;
  body?: Buffer;
}

/** The response to `request` with the headers RFC 3261 §8.2.6.2 has copied: Via, From, To, Call-ID, CSeq. */
export function createResponse(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  const headers = new Headers();
  for (const via of request.headers.getAll('Via')) headers.add('Via', via);
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    const value = request.headers.get(name);
    if (value !== undefined) headers.add(name, value);
  }
  const to = request.headers.get('To');
  // "the UAS MUST add a tag to the To header field in the response (with the exception of the 100 (Trying) response …)"
  if (to !== undefined && options.toTag !== undefined && status > 100 && tagOf(to) === undefined) {
    headers.set('To', withTag(to, options.toTag));
  }
  // RFC 3261 §8.2.6.1: "any Timestamp header field present in the request MUST be copied into this 100 (Trying) response".
  const timestamp = request.headers.get('Timestamp');
  if (status === 100 && timestamp !== undefined) headers.add('Timestamp', timestamp);
  for (const [name, value] of options.headers ?? []) headers.add(name, value);
  return {
    kind: 'response',
    status,
    reason: options.reason ?? reasonPhrase(status),
    headers,
    body: options.body ?? EMPTY,
  };
}

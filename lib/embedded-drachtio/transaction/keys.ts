import { branchOf, MAGIC_COOKIE, type SipRequest, tagOf, topVia } from '../message/index.js';

/**
 * RFC 3261 §17.2.3: a request matches a server transaction by branch, sent-by and method, "except for ACK, where the
 * method of the request that created the transaction is INVITE". Without the magic cookie the RFC 2543 rules compare
 * Request-URI, tags, Call-ID, CSeq number and the whole top Via.
 */
export function serverKey(request: SipRequest, method: string = request.method): string {
  const { headers } = request;
  const via = topVia(headers);
  const wanted = method === 'ACK' ? 'INVITE' : method;
  const branch = via && branchOf(via);
  if (via && branch?.startsWith(MAGIC_COOKIE)) {
    return `${branch}|${via.host.toLowerCase()}:${via.port ?? ''}|${wanted}`;
  }
  // An ACK's To tag is that of the response, so To is left out for INVITE; From tag, Call-ID and CSeq still single it out.
  const sequence = (headers.get('CSeq') ?? '').split(/\s/)[0];
  const to = wanted === 'INVITE' ? '' : tagOf(headers.get('To'));
  return [
    request.uri,
    to,
    tagOf(headers.get('From')),
    headers.get('Call-ID'),
    sequence,
    headers.get('Via'),
    wanted,
  ].join('|');
}

/**
 * RFC 3261 §8.2.2.2: a request without a To tag whose From tag, Call-ID and CSeq equal those of an ongoing transaction
 * that it does not match has come by another path: "the UAS core SHOULD generate a 482 (Loop Detected)".
 */
export function mergeKey({ headers, method }: SipRequest): string | undefined {
  // A registrar may send the third-party REGISTERs of a user under one Call-ID and CSeq, and one that came twice does no harm.
  if (method === 'REGISTER') return undefined;
  if (method === 'ACK' || method === 'CANCEL' || tagOf(headers.get('To')) !== undefined) return undefined;
  return `${tagOf(headers.get('From')) ?? ''}|${headers.get('Call-ID')}|${headers.get('CSeq')}`;
}

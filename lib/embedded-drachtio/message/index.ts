// The SIP message: RFC 3261 §7, §19, §20, §25. Bytes in, values out; no sockets, no time, nothing throws on bad input.
export { type CSeq, MAX_SEQUENCE, parseCSeq } from './cseq.js';
export { type FramerEvent, StreamFramer } from './framer.js';
export { bracketed, isHeaderValue, isToken, quote, splitOutside, unbracketed, unquote } from './grammar.js';
export { canonicalName, expandName, Headers } from './headers.js';
export { DEFAULT_LIMITS, type MessageLimits } from './limits.js';
export {
  createResponse,
  EMPTY,
  type ResponseOptions,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.js';
export { formatNameAddr, type NameAddr, parseNameAddr, parseNameAddrs, tagOf, withTag } from './name-addr.js';
export { formatParams, type Params, param, parseParams } from './params.js';
export { isAnswerable, type ParseFailure, type ParseResult, parseMessage } from './parser.js';
export { serialize, serializeOnce } from './serializer.js';
export { reasonPhrase } from './status.js';
export { formatUri, parseUri, type SipUri, uriHost } from './uri.js';
export { branchOf, formatVia, MAGIC_COOKIE, parseVia, replaceTopVia, topVia, type Via } from './via.js';

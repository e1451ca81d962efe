/** message/cpim, the envelope of instant messages: RFC 3862, and what RFC 4975 §13 and RFC 7701 ask of it. */
export {
  type Address,
  type ContentHeader,
  contentHeaderValue,
  type CpimError,
  type Envelope,
  headerValue,
  type OtherHeader,
  type Subject,
} from './envelope.js';
export { CORE_NAMESPACE, IMDN_NAMESPACE, MAX_HEADER_BYTES, MAX_HEADER_LINES } from './grammar.js';
export { parseAddress } from './header-block.js';
export { type CpimResult, EnvelopeParser, parseCpim } from './parser.js';
export { withText, withTo } from './rewrite.js';
export { type CpimMessage, formatAddress, serializeCpim } from './serializer.js';
export { cpimUriKey, matchCpimUri } from './uri-match.js';

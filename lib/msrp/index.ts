/** MSRP: RFC 4975, 4976 (as seen by an endpoint), 7701 §7. Sans-IO: bytes in, events out. */
export { type ByteRange, formatByteRange, parseByteRange, type Position } from './byte-range.js';
export { Coverage } from './coverage.js';
export {
  authorization,
  type Challenge,
  chooseChallenge,
  type Credentials,
  type DigestAlgorithm,
  type DigestHash,
  type DigestRequest,
} from './digest.js';
export { INTERRUPTIBLE_ABOVE, isContentType, isIdent, mediaType } from './grammar.js';
export { newMessageId, newSessionId, randomId, TransactionIds } from './ids.js';
export type {
  FailureReport,
  FatalError,
  Flag,
  FrameEnd,
  FrameError,
  Head,
  Header,
  Message,
  MessageSink,
  Request,
  Response,
} from './message.js';
export { type IncomingChunk, Reassembler, type ReassemblerOptions, type Reassembly } from './reassembly.js';
export { DEFAULT_LIMITS, Parser, type ParserLimits } from './parser.js';
export { RelayAuth, type RelayAuthOptions, relayHops, type RelayVerdict } from './relay-auth.js';
export {
  endLine,
  formatBodilessSend,
  formatNickname,
  formatReport,
  formatRequestHead,
  formatResponse,
  formatSendHead,
  mayCarry,
  octets,
  type ReportHead,
  type RequestHead,
  type SendHead,
} from './serializer.js';
export { SendCopy, SendTemplate, sharedRest } from './send-copy.js';
export { Connection, type ConnectionOptions, type ConnectionOutput, type CloseReason } from './connection.js';
export { type Admission, type Binding, Session, type SessionHandler } from './session.js';
export { type SessionMatch, Sessions } from './sessions.js';
export { parseUseNickname } from './use-nickname.js';
export { COMMENTS, parseReportStatus, type ReportStatus } from './status.js';
export { type MsrpUri, parseMsrpUri, uriKey, urisEqual } from './uri.js';

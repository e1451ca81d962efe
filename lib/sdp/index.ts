/**
 * SDP of MSRP sessions: RFC 4975 §8, RFC 4145 and 6135 (who connects), RFC 7701 §8 (chat rooms), RFC 8122 (certificate
 * fingerprints), RFC 6714 (middleboxes), RFC 5547 (file lines, refused). MSRP itself negotiates nothing: what both sides
 * have to know stands here (4975-12-03). Pure: text in, text and facts out.
 */
export { bareType, listTakes, WrappedTypes, wrappedTypes } from './accept-types.js';
export {
  type AnswerResult,
  answerOffer,
  type LineVerdict,
  type NegotiatedSession,
  refuseOffer,
  type Verdicts,
} from './answer.js';
export {
  type Chatroom,
  type Direction,
  type ExpectedFingerprint,
  type Fingerprint,
  formatChatroom,
  parseChatroom,
  preferredFingerprint,
  type Setup,
} from './attributes.js';
export { type Listener, type LocalMedia, type LocalSession, sessionUri, type Stream, type Streams } from './local.js';
export {
  formatSdp,
  MAX_MEDIA_LINES,
  MAX_SDP_LENGTH,
  type MediaLine,
  type MsrpAttributes,
  parseSdp,
  type SessionDescription,
} from './media.js';
export { buildOffer, evaluateAnswer, type OfferOptions, type OfferResult } from './offer.js';
export { parsePathUri, type PathUri, sameHost } from './path-uri.js';
export { audioLine, isAudio, onlyLine, streamsOf } from './splice.js';
export type { PeerSession, Refusal, Target } from './peer.js';

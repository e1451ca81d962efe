import { ChatroomsError } from '../util/errors.js';
import type { LineVerdict, NegotiatedSession } from './answer.js';
import { reverse } from './attributes.js';
import { cemaOfAnswer } from './cema.js';
import { compareHosts, type LocalSession, localUri, messageLine, ownEnd, refusedLine, writeLocal } from './local.js';
import { type MediaLine, parseSdp, type SessionDescription } from './media.js';
import {
  type AcceptableLine,
  checkLine,
  firstHop,
  isReachable,
  opensWebSocket,
  type Refusal,
  type Target,
} from './peer.js';

/** What `buildOffer` cannot tell from the session. */
export interface OfferOptions {
  /** Offer `TCP/TLS/MSRP`. @defaultValue as in `previous`; else only where TCP has no listener or TLS is forced */
  readonly secure?: boolean;
}

/** 6135-4.2-02: "In offers: actpass if the written address is reachable, else active; never passive, never holdconn." */
const offeredSetup = (local: LocalSession): 'actpass' | 'active' => (local.behindNat ? 'active' : 'actpass');

/**
 * Builds an offer with one MSRP line: of the focus that dials out or offers anew, or of a client that joins. With
 * `previous` the m-lines of that description keep their places (RFC 3264 §8), those besides ours with port 0.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_LISTENER` when the session has no listener for that transport
 */
export function buildOffer(local: LocalSession, options: OfferOptions = {}): string {
  const { media: before, timing } = local.previous === undefined ? NOTHING : parseSdp(local.previous);
  const ours = before.findIndex((line) => line.msrp !== null && line.port !== 0);
  const secure = options.secure ?? (ours < 0 ? defaultSecure(local) : isTls(before[ours]));
  const webSocket = ours < 0 ? (secure ? local.tls : local.tcp) === undefined : isWebSocket(before[ours]);
  const end = ownEnd(local, secure, webSocket);
  if (!end) {
    throw new ChatroomsError(
      'CHAT_ERR_SDP_LISTENER',
      `An offer of ${secure ? 'TCP/TLS/MSRP' : 'TCP/MSRP'} needs a listener for it; give the session one.`,
    );
  }
  const media = messageLine(local, {
    end,
    proto: secure ? 'TCP/TLS/MSRP' : 'TCP/MSRP',
    setup: offeredSetup(local),
    direction: 'sendrecv',
    // 6714-4.2-01: with CEMA an offer has a=msrp-cema and a=setup.
    cema: local.cema ?? false,
  });
  const { streams } = local;
  const lines = before.map((line, index) => (index === ours ? media : (streams?.get(index) ?? refusedLine(line))));
  if (ours < 0) lines.push(media);
  // RFC 3264 §8.1: "New media streams are created by new additional media descriptions below the existing ones".
  for (let added = streams?.get(lines.length); added; added = streams?.get(lines.length)) lines.push(added);
  return writeLocal(local, end.listener.host, lines, timing);
}

/** Before the first description. */
const NOTHING: Pick<SessionDescription, 'media' | 'timing'> = { media: [], timing: { start: 0, stop: 0 } };

/** Does an offer of this session use TLS when the caller does not say? */
const defaultSecure = (local: LocalSession): boolean =>
  (local.tcp ?? local.plainWs) === undefined || local.forceTls === true;

/** The own URI of a line we wrote names a WebSocket. */
const isWebSocket = (line: MediaLine): boolean => line.msrp?.path?.at(-1)?.endsWith(';ws') ?? false;

const isTls = (line: MediaLine): boolean => line.proto.toUpperCase() === 'TCP/TLS/MSRP';

/** What the answer to our offer means. */
export type OfferResult =
  | { readonly result: 'accept'; readonly lines: readonly LineVerdict[]; readonly session: NegotiatedSession }
  /** 6714-4.2-02: send a new offer without `msrp-cema`, that is with `cema: false`. */
  | { readonly result: 'new-offer'; readonly lines: readonly LineVerdict[] }
  /** Nothing usable came back; 7701-5.2-11: ACK, then BYE. */
  | { readonly result: '488'; readonly lines: readonly LineVerdict[]; readonly refusals: ReadonlyMap<number, Refusal> };

/**
 * Evaluates the peer's answer to an offer made by `buildOffer` from the same session.
 *
 * @param current the session there is, when the offer was another one about it
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when the answer is no SDP
 */
export function evaluateAnswer(answer: string, local: LocalSession, current?: NegotiatedSession): OfferResult {
  const { media } = parseSdp(answer);
  const refusals = new Map<number, Refusal>();
  const verdicts = (room: number): LineVerdict[] => media.map((_line, index) => (index === room ? 'room' : 'refuse'));
  for (const [index, line] of media.entries()) {
    const outcome = evaluateLine(index, line, local, current);
    if (typeof outcome === 'object') return { result: 'accept', lines: verdicts(index), session: outcome };
    if (outcome === 'new-offer') return { result: 'new-offer', lines: verdicts(-1) };
    refusals.set(index, outcome);
  }
  return { result: '488', lines: verdicts(-1), refusals };
}

function evaluateLine(
  index: number,
  line: MediaLine,
  local: LocalSession,
  current?: NegotiatedSession,
): NegotiatedSession | Refusal | 'new-offer' {
  const acceptable = checkLine(line, local);
  if (typeof acceptable === 'string') return acceptable;
  const { end, peer, hops } = acceptable;
  // 4975-8.4-03: an unchanged path keeps the session and its connection, whoever opened that; `a=setup` is about a new one.
  if (current && peer.path.join(' ') === current.peer.path.join(' ')) {
    return { ...current, line: index, peer, direction: reverse(peer.direction) };
  }
  const connector = connectorOf(acceptable, local);
  if (!connector) return 'setup';

  let target: Target | null = null;
  if (local.cema) {
    const decision = cemaOfAnswer(line, acceptable, connector === 'us', compareHosts(local));
    if (decision === 'new-offer') return decision;
    target = decision.target;
  }
  const connectTo = connector === 'us' ? (target ?? firstHop(hops)) : null;
  if (connectTo && !opensWebSocket(end, local) && !isReachable(hops, connectTo)) return 'unreachable';
  return {
    line: index,
    localUri: localUri(local, end),
    peer,
    connector,
    connectTo,
    secure: connectTo?.tls ?? end.secure,
    // 4975-8.9-01: we offered both ways, so that what the peer leaves of it is ours.
    direction: reverse(peer.direction),
    cema: (local.cema ?? false) && acceptable.msrp.cema,
  };
}

/**
 * 4975-5.4-01: by default the offerer opens the connection. 6135-4.2-06: a missing `a=setup` in an answer means that
 * the answerer is passive; `actpass` and `holdconn` have no place there and count as missing.
 */
function connectorOf(line: AcceptableLine, local: LocalSession): 'us' | 'peer' | null {
  if (line.msrp.setup !== 'active') return 'us';
  // RFC 4145 §4.1: an `active` offer admits `passive` only.
  return offeredSetup(local) === 'active' ? null : 'peer';
}

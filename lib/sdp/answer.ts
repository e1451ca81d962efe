import { type Direction, reverse, type Setup } from './attributes.js';
import { cemaOfOffer } from './cema.js';
import {
  compareHosts,
  type LocalMedia,
  type LocalSession,
  localUri,
  messageLine,
  refusedLine,
  writeLocal,
} from './local.js';
import { type MediaLine, parseSdp } from './media.js';
import {
  checkLine,
  firstHop,
  isReachable,
  opensWebSocket,
  type PeerSession,
  type Refusal,
  type Target,
} from './peer.js';

/** An MSRP session both sides agreed on. */
export interface NegotiatedSession {
  /** Which m-line, from 0. */
  readonly line: number;
  /** Our session URI: To-Path of what the peer sends. */
  readonly localUri: string;
  readonly peer: PeerSession;
  /** Who opens the connection. */
  readonly connector: 'peer' | 'us';
  /** Where to, when it is us; null when we wait. */
  readonly connectTo: Target | null;
  /** The connection we wait for or open is TLS. */
  readonly secure: boolean;
  /** Our direction: the other half of what the peer wrote last. */
  readonly direction: Direction;
  /** RFC 6714 is in use. */
  readonly cema: boolean;
}

/** What happens to each m-line of the peer, in order. */
export type LineVerdict = 'room' | 'refuse';

/** What became of the m-lines of an offer. */
export interface Verdicts {
  readonly lines: readonly LineVerdict[];
  /** Reason per refused m-line. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  /** 5547-8.3-01: attributes of the offer repeated on a refused file line, by its index. */
  readonly mirror: ReadonlyMap<number, readonly string[]>;
}

/** The answer to an offer: the SDP and what was agreed, or that there is none (488). */
export type AnswerResult = Verdicts &
  (
    | {
        readonly result: 'accept';
        readonly sdp: string;
        readonly setup: 'active' | 'passive';
        readonly session: NegotiatedSession;
      }
    | { readonly result: '488' }
  );

/**
 * Answers an offer: the first acceptable MSRP line becomes the session, every other line is refused with port 0
 * (4975-8.7-01, 4975-8-02), and every answer has a path valid now (4975-8.4-01). Without an acceptable line the INVITE is
 * to be answered 488 (4975-8.6-04).
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when the offer is no SDP
 */
export function answerOffer(offer: string, local: LocalSession): AnswerResult {
  const description = parseSdp(offer);
  const refusals = new Map<number, Refusal>();
  const mirror = new Map<number, readonly string[]>();
  let chosen: Chosen | null = null;
  for (const [index, line] of description.media.entries()) {
    const verdict: Chosen | Refusal = chosen ? 'second-line' : choose(index, line, local);
    if (typeof verdict !== 'string') chosen = verdict;
    else refusals.set(index, line.msrp ? verdict : 'media');
    if (line.msrp?.fileTransfer) mirror.set(index, mirroredAttributes(line));
  }
  const lines = description.media.map((_line, index): LineVerdict => (index === chosen?.index ? 'room' : 'refuse'));
  if (!chosen) return { result: '488', lines, refusals, mirror };

  const room = chosen;
  // SDP-12, RFC 3264 §6: as many m-lines as in the offer, in its order; whatever nobody takes has port 0.
  const media = description.media.map((line, index) =>
    index === room.index ? room.media : (local.streams?.get(index) ?? refusedLine(line, mirror.get(index) ?? [])),
  );
  const sdp = writeLocal(local, room.address, media, description.timing);
  return { result: 'accept', lines, refusals, mirror, sdp, setup: room.setup, session: room.session };
}

/**
 * Answers an offer with every line at port 0: nothing in it is taken, or the peer ended the stream, and the dialog stays.
 * RFC 3264 §8.2: "A stream that is offered with a port of zero MUST be marked with port zero in the answer."
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when the offer is no SDP
 */
export function refuseOffer(offer: string, local: LocalSession): string {
  const { media, timing } = parseSdp(offer);
  const { host } = local.tcp ?? local.tls ?? { host: '0.0.0.0' };
  const refused = media.map((line) => refusedLine(line, line.msrp?.fileTransfer ? mirroredAttributes(line) : []));
  return writeLocal(local, host, refused, timing);
}

interface Chosen {
  index: number;
  address: string;
  setup: 'active' | 'passive';
  media: LocalMedia;
  session: NegotiatedSession;
}

function choose(index: number, line: MediaLine, local: LocalSession): Chosen | Refusal {
  const acceptable = checkLine(line, local);
  if (typeof acceptable === 'string') return acceptable;
  const { end, peer, hops } = acceptable;
  const setup = answerSetup(acceptable.msrp.setup, local.behindNat ?? false);

  let anchored: { cema: boolean; target: Target | null } = { cema: false, target: null };
  if (local.cema) {
    const decision = cemaOfOffer(line, acceptable, compareHosts(local));
    if (decision === 'refuse') return 'address-mismatch';
    anchored = decision;
  }
  const connectTo = setup === 'active' ? (anchored.target ?? firstHop(hops)) : null;
  if (connectTo && !opensWebSocket(end, local) && !isReachable(hops, connectTo)) return 'unreachable';

  const direction = reverse(line.direction);
  const media = messageLine(local, { end, proto: line.proto, setup, direction, cema: anchored.cema });
  return {
    index,
    address: end.listener.host,
    setup,
    media,
    session: {
      line: index,
      localUri: localUri(local, end),
      peer,
      connector: connectTo ? 'us' : 'peer',
      connectTo,
      secure: connectTo?.tls ?? end.secure,
      direction,
      cema: anchored.cema,
    },
  };
}

/**
 * 6135-4.2-04: "Answer actpass with passive when not behind NAT; answer active with passive; answer passive with
 * active." 6135-4.2-06: a missing `a=setup` in an offer means that the offerer is active; holdconn counts as missing.
 */
function answerSetup(offered: Setup | null, behindNat: boolean): 'active' | 'passive' {
  if (offered === 'passive') return 'active';
  return offered === 'actpass' && behindNat ? 'active' : 'passive';
}

/** 5547-8.3-01, 5547-6-01: "port 0, and mirror file-selector and file-transfer-id of the offer". */
const mirroredAttributes = (line: MediaLine): string[] =>
  line.lines.filter((text) => /^a=file-(?:selector|transfer-id)(?::|$)/i.test(text)).map((text) => text.slice(2));

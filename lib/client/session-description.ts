import { newSessionId } from '../msrp/index.js';
import {
  answerOffer,
  buildOffer,
  evaluateAnswer,
  type ExpectedFingerprint,
  type Fingerprint,
  type LocalSession,
  type NegotiatedSession,
  sessionUri,
  type Target,
  WrappedTypes,
} from '../sdp/index.js';
import { ChatroomsError } from '../util/errors.js';
import { webSocketEnd } from './web/web-socket-end.js';

/** What the room said of its MSRP session. */
export interface RoomMedia {
  /** Our session URI. */
  readonly ownUri: string;
  /** To-Path of what we send. */
  readonly path: readonly string[];
  /** Where to connect; null: the room connects to us. */
  readonly target: Target | null;
  /** What the certificate there has to match; null: PKI rules. */
  readonly fingerprint: ExpectedFingerprint | null;
  /** `a=chatroom:nickname`: NICKNAME may be used. */
  readonly nicknames: boolean;
  /** `a=chatroom:private-messages` */
  readonly privateMessages: boolean;
  /** Octets of the largest message, CPIM headers included; null: not said. */
  readonly maxSize: number | null;
  /** Content types the room takes. */
  readonly wrappedTypes: WrappedTypes;
  /** Whether it takes messages at all (`a=sendrecv`, `a=recvonly`). */
  readonly listens: boolean;
}

export interface ChatMediaOptions {
  /** Our address as the room sees it. */
  host: string;
  /** Offer TLS. */
  secure: boolean;
  /** What carries MSRP. @defaultValue `tcp` */
  carrier?: 'tcp' | 'ws';
  /** Octets of the largest message we take. */
  maxSize: number;
  /** Where we can be reached, ourselves or behind a relay. @defaultValue we cannot */
  port?: number;
  /** Of the certificate we show in TLS. @defaultValue none */
  fingerprints?: readonly Fingerprint[];
}

/** RFC 4145 §4.1: who only connects has no port to name; 9 is discard. */
const NO_PORT = 9;

/**
 * Our side of the offer/answer exchanges of one call: one MSRP line, which we open (`a=setup:active`, RFC 6135) unless we
 * can be reached (`actpass`).
 */
export class ChatMedia {
  readonly #secure: boolean;
  readonly #reachable: boolean;
  #local: LocalSession;
  #room: RoomMedia | undefined;

  constructor({ host, secure, carrier = 'tcp', maxSize, port, fingerprints }: ChatMediaOptions) {
    this.#secure = secure;
    this.#reachable = port !== undefined;
    const listener = { host, port: port ?? NO_PORT };
    this.#local = {
      sessionId: newSessionId(),
      ...(carrier === 'ws' ? webSocketEnd(secure) : { [secure ? 'tls' : 'tcp']: listener }),
      originId: Date.now(),
      // 7701-5.2-07, -08: CPIM is all a room sends, wrapped types and room features are declared
      acceptTypes: ['message/cpim'],
      acceptWrappedTypes: ['*'],
      chatroom: ['nickname', 'private-messages'],
      maxSize,
      // 6135-4.2-02: "actpass if the written address is reachable, else active"
      behindNat: !this.#reachable,
      ...(fingerprints ? { fingerprint: fingerprints } : {}),
    };
  }

  /** URI of our session: From-Path of what we send, last one of our path. */
  get ownUri(): string {
    return sessionUri(this.#local, this.#secure);
  }

  /** Our SDP names the fingerprint of our certificate. */
  get namesCertificate(): boolean {
    return this.#local.fingerprint !== undefined;
  }

  /** URIs in front of our own in `a=path`, next hop of the peer first (4976-5.1-02). */
  set relays(relays: readonly string[]) {
    this.#local = { ...this.#local, relays };
  }

  offer(): string {
    const sdp = buildOffer(this.#local, { secure: this.#secure });
    this.#local = { ...this.#local, previous: sdp };
    return sdp;
  }

  /** Reads the answer to the first offer. @throws ChatroomsError `CHAT_ERR_NOT_A_ROOM`, `CHAT_ERR_SDP_SYNTAX` */
  accept(answer: string): RoomMedia {
    const result = evaluateAnswer(answer, this.#local);
    if (result.result !== 'accept') {
      const reasons = result.result === '488' ? [...result.refusals.values()].join(', ') : 'a middlebox changed it';
      throw new ChatroomsError(
        'CHAT_ERR_NOT_A_ROOM',
        `the other side answered, but without a usable chat session (${reasons})`,
      );
    }
    this.#room = roomMedia(result.session);
    return this.#room;
  }

  /**
   * Answers an offer: the first one, or a re-INVITE or UPDATE. One that moves the session elsewhere is refused: RFC 3261
   * §14.1 lets the old one go on.
   * @returns our SDP and what the room now says, or `undefined` for 488
   */
  answer(offer: string): { sdp: string; room: RoomMedia } | undefined {
    try {
      const before = this.#room;
      const result = answerOffer(offer, this.#local);
      if (result.result !== 'accept') return undefined;
      const { peer, connector } = result.session;
      if (before && peer.path.join(' ') !== before.path.join(' ')) return undefined;
      // who wants to connect to us finds nobody
      if (!before && connector === 'peer' && !this.#reachable) return undefined;
      this.#local = { ...this.#local, previous: result.sdp };
      this.#room = roomMedia(result.session, before?.target);
      return { sdp: result.sdp, room: this.#room };
    } catch (error) {
      if (error instanceof ChatroomsError) return undefined;
      throw error;
    }
  }
}

function roomMedia(session: NegotiatedSession, connected?: Target | null): RoomMedia {
  const { peer, localUri } = session;
  const target = session.connectTo ?? connected ?? null;
  return {
    ownUri: localUri,
    path: peer.path,
    target,
    fingerprint: peer.fingerprint,
    nicknames: peer.chatroom?.nickname ?? false,
    privateMessages: peer.chatroom?.privateMessages ?? false,
    maxSize: peer.maxSize,
    // a room that takes CPIM and does not say with what inside has said nothing; it will answer 415 if need be
    wrappedTypes: new WrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes ?? ['*']),
    listens: peer.direction === 'sendrecv' || peer.direction === 'recvonly',
  };
}

import { randomInt } from 'node:crypto';
import { type ChatServer, type Declarations, type PeerProfile, sameDeclarations } from '../../lib/chat-server.js';
import { isHandset } from '../handset/feature-tags.js';
import { newSessionId } from '../../lib/msrp/index.js';
import {
  type AnswerResult,
  answerOffer,
  buildOffer,
  evaluateAnswer,
  type LocalSession,
  type MediaLine,
  type NegotiatedSession,
  parseSdp,
  refuseOffer,
  type Streams,
} from '../../lib/sdp/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';

/** Largest o-line id: RFC 8866 wants a number, and many readers take 2^47 as it stands. */
const MAX_ORIGIN = 2 ** 47;

/** Our side of the descriptions in one INVITE dialog (RFC 3264): what was said last, and what an SDP of the peer makes of it. */
export class DialogMedia {
  readonly #chat: ChatServer;
  readonly #room: string;
  #profile: PeerProfile;
  #local: LocalSession;
  /** What our last description declared. */
  #declared: Declarations;
  #session: NegotiatedSession | null = null;

  /** @param explicitDirection write `a=sendrecv` too (SDP-19) */
  constructor(chat: ChatServer, room: string, profile: PeerProfile, explicitDirection = false) {
    this.#chat = chat;
    this.#room = room;
    this.#profile = profile;
    this.#local = { ...chat.localSession(room), originId: randomInt(1, MAX_ORIGIN), explicitDirection };
    this.#declared = chat.declarations(room);
  }

  /** What was agreed on last. */
  get session(): NegotiatedSession | null {
    return this.#session;
  }

  /** 6714-4.4-01: names in the peer's descriptions have to be resolved before those are looked at. */
  get cema(): boolean {
    return this.#local.cema ?? false;
  }

  /** What the other lines of our next description say. */
  set streams(streams: Streams) {
    this.#local = { ...this.#local, streams };
  }

  /** m-lines of our last description. */
  get lines(): readonly MediaLine[] {
    const { previous } = this.#local;
    return previous === undefined ? [] : parseSdp(previous).media;
  }

  /** Of whom we called nothing is known before he answers. */
  set profile(profile: PeerProfile) {
    this.#profile = profile;
  }

  set sameHost(sameHost: LocalSession['sameHost']) {
    this.#local = { ...this.#local, sameHost };
  }

  /** The room declares something else than we said last (7701-8-08). */
  get stale(): boolean {
    return !sameDeclarations(this.#declared, this.#chat.declarations(this.#room));
  }

  /** 6714-4.2-02: offers from now on are without `msrp-cema`. */
  withoutCema(): void {
    this.#local = { ...this.#local, cema: false };
  }

  /** Judges an offer by what the room permits now; nothing is said yet. @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` */
  answer(offer: string): AnswerResult {
    this.#describe();
    this.#resettle();
    let answer = answerOffer(offer, this.#local);
    if (answer.result === '488') return answer;
    // 4975-8.4-03: a new session URI of the peer replaces the session, so ours is new too (4975-8.2-01).
    if (this.#session && this.#session.peer.path.at(-1) !== answer.session.peer.path.at(-1)) {
      this.#local = { ...this.#local, sessionId: newSessionId() };
      answer = answerOffer(offer, this.#local);
    }
    return answer;
  }

  /** Where our end was nobody listens any more: the session is re-created elsewhere, under a new URI (4975-8.2-01). */
  #resettle(): void {
    const ends = this.#chat.moved(this.#room, this.#local);
    if (ends) this.#local = { ...this.#local, ...ends, sessionId: newSessionId() };
  }

  /** The answer in which every line has port 0. @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` */
  refuse(offer: string): string {
    return refuseOffer(offer, this.#local);
  }

  /** Whether the peer ends the stream there is, with port 0 on its line (RFC 3264 §8.2). */
  ended(answer: AnswerResult): boolean {
    return this.#session !== null && answer.refusals.get(this.#session.line) === 'port-zero';
  }

  /** The next one begins anew, under a URI of its own (4975-8.2-01). */
  forget(): void {
    this.#session = null;
    this.#local = { ...this.#local, sessionId: newSessionId() };
  }

  /** What we would offer. Of the session there is only what the room declares changes. */
  offer(): string {
    this.#describe();
    return buildOffer(this.#local);
  }

  /** URI of the session that this offer of ours would make; undefined when it is about the one there is. */
  newSession(offer: string): string | undefined {
    if (this.#session) return undefined;
    return parseSdp(offer)
      .media.find((line) => line.port !== 0 && line.msrp?.path)
      ?.msrp?.path?.at(-1);
  }

  /** This description of ours counts from now on; as an answer with the session that it makes. */
  said(sdp: string, session?: NegotiatedSession): void {
    this.#session = session ?? this.#session;
    this.#local = { ...this.#local, previous: sdp };
    this.#declared = { chatroom: this.#local.chatroom ?? [], acceptWrappedTypes: this.#local.acceptWrappedTypes ?? [] };
  }

  /** The certificate may have been renewed, and one that connects anew gets the present one. */
  renewFingerprint(): void {
    this.#local = { ...this.#local, fingerprint: this.#chat.fingerprint };
  }

  /** What the peer's answer to our offer comes to; null when it cannot be used, `plain` when RFC 6714 wants another offer. */
  evaluate(answer: string): NegotiatedSession | 'plain' | null {
    try {
      // A stream that goes on does not end for want of `a=chatroom`: 7701-8-08 only takes the support of it back.
      const requireChatroom = !this.#session && this.#requiresChatroom;
      const local = { ...this.#local, requireChatroom, known: this.#known };
      const result = evaluateAnswer(answer, local, this.#session ?? undefined);
      if (result.result === 'new-offer') return 'plain';
      if (result.result === '488') return null;
      this.#session = result.session;
      return result.session;
    } catch (error) {
      if (error instanceof ChatroomsError) return null;
      throw error;
    }
  }

  /** What the room declares now. Whom it takes is asked of those that come; who is in stays by the rules of then. */
  #describe(): void {
    const local: LocalSession = { ...this.#local, ...this.#chat.declarations(this.#room), known: this.#known };
    const { tls } = this.#chat.focus.configOf(this.#room);
    const requireChatroom = this.#requiresChatroom;
    this.#local = this.#session ? local : { ...local, forceTls: tls === 'required', requireChatroom };
  }

  get #known(): LocalSession['known'] {
    return this.#session?.peer.fingerprint;
  }

  get #requiresChatroom(): boolean {
    const knowing = this.#profile.agProjects || isHandset(this.#profile.kind);
    return this.#chat.focus.configOf(this.#room).chatUnaware === 'refuse' && !knowing;
  }
}

import { randomInt } from 'node:crypto';
import type { JoinRequest } from '../../lib/chat-server.js';
import type { AnswerResult, Direction, LocalSession, NegotiatedSession, Streams } from '../../lib/sdp/index.js';
import { DialogMedia } from './dialog-media.js';
import type { Face } from '../face.js';
import type { AudioLeg, LegOwner } from '../media/leg.js';
import { capabilities } from '../sip/header-values.js';
import { notAcceptable, type Offer, offerOf } from './offer.js';
import { ANSWER_PATIENCE, OfferedSession } from './offered-session.js';
import { Reoffers } from './reoffers.js';
import { notUnderstood } from './require.js';
import type { RoomUri } from '../sip/room-uri.js';
import { sameTimer, sessionTimer, timerAgreed } from './session-timer.js';
import type { Leg, Outcome } from '../drachtio/srf-adapter.js';
import type { DialogRequest, SipHeaders, SipRequest, SipResponse, SrfDialog } from '../drachtio/srf-types.js';

/** Whose session is negotiated. */
export interface Party {
  /** The focus knows the session. */
  readonly connected: boolean;
  /** The dialog is. */
  readonly over: boolean;
  /** So, or will be with the next ACK. */
  readonly ending: boolean;
  /** `refuseMedia: 'port-0'`. */
  readonly mayBeWithoutMedia: boolean;
  /** Id of the endpoint in the room; undefined while it has no place there. */
  readonly endpoint: string | undefined;
  /** What audio there is beside the chat, as the participant sees it; null for none. */
  audio(status: Direction | null): void;
  /** Makes sure of a place in the room. @throws ChatroomsError with the SIP status of the refusal */
  join(): void;
  establish(session: NegotiatedSession): void;
  /** The peer ended the stream, and was told so. */
  streamEnded(): void;
  /** Nothing usable came back, or no answer at all; `cause` is for the Reason of the BYE. @defaultValue 480 */
  fail(reason: string, cause?: number): void;
}

/** The dialog, once there is one. */
interface Up {
  readonly dialog: SrfDialog;
  readonly leg: Leg;
}

interface Answer {
  sdp: string;
  headers: SipHeaders;
  session?: NegotiatedSession;
}

/**
 * Offers and answers in one INVITE dialog (RFC 3264 in INVITE, ACK and UPDATE). There is one exchange at a time: what an
 * offer of the other side meets is RFC 3261 §14, and §5.2 of RFC 3311.
 */
export class Negotiation {
  readonly #face: Face;
  readonly #room: RoomUri;
  readonly #party: Party;
  readonly #media: DialogMedia;
  readonly #reoffers: Reoffers;
  readonly #offered: OfferedSession;
  /** From the first answer on, where there is audio at all. */
  #audio: AudioLeg | undefined;
  /** What is said on it is for nobody. */
  #muted = false;
  #up: Up | undefined;
  /** Every 2xx of ours to an INVITE has its ACK. */
  confirmed = false;
  /** Names in the peer's SDP are being resolved, or its audio is being answered. */
  #resolving = false;
  /** Our offer in a 2xx waits for the answer in the ACK. */
  #awaitingAnswer = false;
  /** RFC 6714 wants an offer without `msrp-cema`. */
  #plain = false;
  /** Headers that say how it runs, as answered last. */
  #sessionTimer: SipHeaders = {};

  constructor(face: Face, room: RoomUri, request: JoinRequest, party: Party) {
    this.#face = face;
    this.#room = room;
    this.#party = party;
    this.#media = new DialogMedia(face.chat, room.uri, request.profile, face.settings.profile === 'rcs');
    this.#offered = new OfferedSession(face, this.#media);
    this.#reoffers = new Reoffers({
      clock: face.clock,
      turns: face.offerTurns,
      room: room.uri,
      mayOffer: () => this.#mayOffer,
      offer: () => (this.#media.stale || this.#plain || this.#audio?.stale ? this.#offer() : null),
      send: (sdp, done) => this.#reinvite(sdp, done),
      answered: (outcome, sdp) => this.#reinvited(outcome, sdp),
    });
  }

  /**
   * What to say to the first offer, or to none.
   *
   * @param headers of the 2xx, about the session timer
   */
  begin(
    offer: Exclude<Offer, { is: 'unsupported' }>,
    sameHost: LocalSession['sameHost'],
    headers: SipHeaders,
  ): { sdp: string; answer: AnswerResult | null } {
    this.#media.sameHost = sameHost;
    this.#sessionTimer = headers;
    this.#awaitingAnswer = offer.is === 'none';
    if (offer.is === 'none') return { sdp: this.#media.offer(), answer: null };
    const answer = this.#media.answer(offer.sdp);
    return { sdp: answer.result === 'accept' ? answer.sdp : this.#media.refuse(offer.sdp), answer };
  }

  /**
   * Completes the answer to an offer with what goes beside the chat, of a party that has a place: in the same turn unless
   * rtpengine has to be asked, and not at all when the dialog is over by then. No offer of either side comes between.
   */
  withAudio(
    answer: AnswerResult,
    offer: string,
    { req, res }: { req: SipRequest; res: SipResponse },
    known: (answer: AnswerResult) => void,
  ): void {
    this.#audio ??= this.#face.audio?.leg(this.#room.uri, this.#audioOwner());
    this.#audio?.mute(this.#muted, 'rights');
    const streams = this.#audio?.answer(offer);
    if (streams === undefined) return known(answer);
    const settle = (all: Streams): void => {
      this.#resolving = false;
      if (this.#party.over) return;
      this.#media.streams = all;
      known(this.#media.answer(offer));
      this.#reoffers.proceed();
    };
    if (!(streams instanceof Promise)) return settle(streams);
    this.#resolving = true;
    this.#face.adapter.after(streams, req, res, settle);
  }

  #audioOwner(): LegOwner {
    const party = this.#party;
    return {
      get endpoint() {
        return party.endpoint;
      },
      audio: (status) => party.audio(status),
      changed: () => this.#reoffers.want(),
    };
  }

  /** The others are not to hear it; it hears them. */
  mute(muted: boolean): void {
    this.#muted = muted;
    this.#audio?.mute(muted, 'rights');
  }

  /** The endpoint is to hear and be heard no more, whether or not its dialog can end yet. */
  silence(): void {
    this.#audio?.leave();
  }

  #offer(): string {
    if (this.#audio) this.#media.streams = this.#audio.offer(this.#media.lines);
    return this.#media.offer();
  }

  /** A description of ours is on its way; as an answer with the session that it makes. */
  said(sdp: string, session?: NegotiatedSession): void {
    if (this.#awaitingAnswer) this.#offered.announce(sdp, ANSWER_PATIENCE);
    this.#media.said(sdp, session);
  }

  up(dialog: SrfDialog, leg: Leg): void {
    this.#up = { dialog, leg };
  }

  /** What we offer in an INVITE of ours. */
  offer(): string {
    const sdp = this.#media.offer();
    this.#offered.announce(sdp);
    return sdp;
  }

  /** Our offer came to nothing. */
  withdraw(): void {
    this.#offered.withdraw();
  }

  /** The 2xx to that, which has its ACK; `up` was called. */
  accepted(request: JoinRequest, response: SipResponse): void {
    if (!this.#up) return;
    const { dialog } = this.#up;
    this.#media.profile = request.profile;
    this.#media.said(dialog.local.sdp);
    this.#sessionTimer = timerAgreed(response);
    this.confirmed = true;
    this.#answered(response, dialog.req);
    this.#reoffers.proceed();
  }

  /** What the room declares changed. */
  redeclared(): void {
    this.#reoffers.want();
  }

  stop(): void {
    this.#offered.withdraw();
    this.#reoffers.stop();
    this.#audio?.end();
  }

  /** re-INVITE and UPDATE: another offer, our turn to offer, or only a sign of life. */
  offered(req: SipRequest, res: SipResponse): void {
    const { adapter } = this.#face;
    if (!this.#up) return;
    const { dialog } = this.#up;
    const missing = notUnderstood(req, false);
    if (missing) return adapter.reply(req, res, missing.status, missing.reply);
    const offer = offerOf(req);
    // JOIN-18, RFC 3261 §14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that dialog is in
    // progress MUST return a 491". RFC 3311 §5.2: so is an UPDATE with an offer while ours has no answer.
    if ((this.#reoffers.pending || this.#awaitingAnswer) && (req.method === 'INVITE' || offer.is === 'sdp')) {
      return adapter.reply(req, res, 491);
    }
    const timer = sessionTimer(req);
    if ('tooShort' in timer) return adapter.reply(req, res, 422, { headers: timer.tooShort });
    if (offer.is === 'unsupported') return adapter.reply(req, res, offer.status, { headers: offer.headers });
    const live = this.#face.referrals.liveIn(dialog.id);
    const headers: SipHeaders = { ...capabilities(live), ...timer.headers, Contact: dialog.local.contact };
    // RFC 3261 §14.2: a second offer before the first one was answered gets 500 and a Retry-After "of a randomly chosen
    // value of between 0 and 10 seconds".
    if (this.#resolving) {
      return adapter.reply(req, res, 500, { headers: { 'Retry-After': String(randomInt(0, 11)) } });
    }
    this.#media.renewFingerprint();
    if (offer.is === 'none') {
      if (req.method === 'UPDATE') {
        this.#sessionTimer = headers;
        return adapter.reply(req, res, 200, { headers });
      }
      const sdp = this.#offer();
      this.#awaitingAnswer = true;
      this.#answer(dialog, req, res, { sdp, headers });
      return;
    }
    this.#compared(offer.sdp, req, res, () => this.#answerAgain(dialog, req, res, { sdp: offer.sdp, headers }));
  }

  /** 6714-4.4-01: with CEMA the names in an SDP of the peer are resolved before it is looked at. */
  #compared(sdp: string, req: DialogRequest, res: SipResponse | undefined, look: () => void): void {
    const { adapter, chat } = this.#face;
    if (!this.#media.cema) return look();
    this.#resolving = true;
    adapter.after(chat.sameHost(sdp), req, res, (sameHost) => {
      this.#resolving = false;
      this.#media.sameHost = sameHost;
      if (this.#party.over) return;
      look();
      this.#reoffers.proceed();
    });
  }

  #answerAgain(dialog: SrfDialog, req: SipRequest, res: SipResponse, offer: Answer): void {
    const answer = this.#media.answer(offer.sdp);
    if (answer.result === '488') return this.#answerWithoutMedia(dialog, req, res, offer, answer);
    // Without a session it may have lost its place.
    this.#party.join();
    this.withAudio(answer, offer.sdp, { req, res }, (whole) => {
      if (whole.result === 'accept') this.#accept(dialog, req, res, offer, whole);
      else this.#answerWithoutMedia(dialog, req, res, offer, whole);
    });
  }

  #accept(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    offer: Answer,
    { session, sdp }: Extract<AnswerResult, { result: 'accept' }>,
  ): void {
    if (session.connector === 'peer') this.#party.establish(session);
    this.#answer(dialog, req, res, { sdp, headers: offer.headers, session }, () => {
      if (session.connector === 'us') this.#party.establish(session);
    });
  }

  #answerWithoutMedia(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    { sdp, headers }: Answer,
    answer: AnswerResult,
  ): void {
    const { connected, mayBeWithoutMedia } = this.#party;
    const ended = this.#media.ended(answer);
    // RFC 3261 §14.2: the session stays as it was.
    if (!ended && (connected || !mayBeWithoutMedia)) {
      return this.#face.adapter.reply(req, res, 488, notAcceptable(answer.refusals, this.#room.domain));
    }
    this.#answer(dialog, req, res, { sdp: this.#media.refuse(sdp), headers }, () => {
      if (!ended) return;
      this.#media.forget();
      this.#audio?.leave();
      this.#party.streamEnded();
    });
  }

  #answer(dialog: SrfDialog, req: SipRequest, res: SipResponse, answer: Answer, sent: () => void = () => {}): void {
    const { sdp, session } = answer;
    this.said(sdp, session);
    this.#sessionTimer = answer.headers;
    // What srf offers when it is asked to refresh or hold the session.
    dialog.local.sdp = sdp;
    if (req.method === 'INVITE') this.confirmed = false;
    const headers = { ...answer.headers, 'Content-Type': 'application/sdp' };
    this.#face.adapter.reply(req, res, 200, { headers, body: sdp }, (error) => {
      // What was not sent is not acknowledged either.
      if (error) this.confirmed = true;
      else sent();
      this.#reoffers.proceed();
    });
  }

  /** An answer to our offer in the 2xx comes in the ACK (RFC 3261 §13.2.1). */
  acknowledged(req: SipRequest, res: SipResponse): void {
    this.confirmed = true;
    if (this.#awaitingAnswer) {
      this.#awaitingAnswer = false;
      this.#answered(req, req, res);
    }
    this.#reoffers.proceed();
  }

  /** @param message what the answer is in */
  #answered(message: Pick<SipRequest, 'body' | 'get'>, req: DialogRequest, res?: SipResponse): void {
    const answer = offerOf(message);
    if (answer.is !== 'sdp') return this.#agreed(null);
    this.#compared(answer.sdp, req, res, () => {
      const session = this.#media.evaluate(answer.sdp);
      this.#agreed(session);
      if (session !== null && session !== 'plain') this.#audio?.answered(answer.sdp);
    });
  }

  #agreed(session: NegotiatedSession | 'plain' | null): void {
    if (session === 'plain') {
      // 6714-4.2-02: the offerer "MUST send a new offer" without `msrp-cema`, as the answer fits neither way.
      this.#media.withoutCema();
      this.#plain = true;
      this.#reoffers.want();
    } else if (session) this.#party.establish(session);
    // 7701-5.2-11: an answer without message/cpim ends the attempt. JOIN-11: "BYE Reason: SIP;cause=488".
    else this.#party.fail('No usable answer', 488);
    if (session !== 'plain') this.#offered.withdraw();
  }

  /** RFC 3261 §14.1: no offer of either side is under way, and no INVITE of the peer waits for its ACK. */
  get #mayOffer(): boolean {
    if (this.#party.ending || this.#resolving || this.#awaitingAnswer) return false;
    return this.#up !== undefined && this.confirmed && (this.#party.connected || this.#plain);
  }

  #reinvite(sdp: string, done: (outcome: Outcome) => void): void {
    if (!this.#up) return;
    const { dialog, leg } = this.#up;
    this.#offered.announce(sdp, ANSWER_PATIENCE);
    const headers = { ...capabilities(), ...sameTimer(this.#sessionTimer), Contact: dialog.local.contact };
    this.#face.adapter.reinvite(leg, { sdp, headers }, done);
  }

  #reinvited(outcome: Outcome, sdp: string): void {
    // With the control connection the dialog ends.
    if (!this.#up || 'lost' in outcome) return;
    const { dialog } = this.#up;
    this.#plain = false;
    if (!('response' in outcome) || outcome.status > 299) {
      this.#offered.withdraw();
      this.#audio?.refused();
    }
    const status = 'status' in outcome ? outcome.status : 0;
    if ('response' in outcome && outcome.response && status < 300) {
      this.#media.said(sdp);
      dialog.local.sdp = sdp;
      return this.#answered(outcome.response, dialog.req);
    }
    // RFC 3261 §12.2.1.2: "If the response for a request within a dialog is a 481 … or a 408 …, the UAC SHOULD terminate
    // the dialog".
    if (status === 408 || status === 481 || !this.#party.connected) {
      // BYE-12.
      return this.#party.fail(`re-INVITE answered with ${status}`);
    }
    // RFC 3261 §14.1: "the session parameters MUST remain unchanged, as if no re-INVITE had been issued".
    const { endpoint } = this.#party;
    this.#face.log.debug({ endpoint, room: this.#room.uri, status }, 're-INVITE refused');
  }
}

import { randomInt } from 'node:crypto';
import type { EndpointHandle, EndpointOwner, EndReason, JoinRequest } from '../lib/chat-server.js';
import { tagOf } from '../lib/embedded-drachtio/message/index.js';
import type { AnswerResult, LocalSession, NegotiatedSession } from '../lib/sdp/index.js';
import type { Timer } from '../lib/util/clock.js';
import { DialogMedia } from './dialog-media.js';
import type { Face, OpenDialog } from './face.js';
import { ALLOW, capabilities, header, reasonHeader } from './header-values.js';
import { notAcceptable, type Offer, offerOf } from './offer.js';
import { answerOptions } from './options-request.js';
import { refuseRefer } from './refer.js';
import { Reoffers } from './reoffers.js';
import type { RoomUri } from './room-uri.js';
import { sameTimer, sessionTimer } from './session-timer.js';
import { type Leg, legOf, type Outcome } from './srf-adapter.js';
import type { ControlSocket, SipHeaders, SipRequest, SipResponse, SrfDialog } from './srf-types.js';

/** Cause of the Reason header in our BYE (RFC 3326): a SIP status. */
const CAUSE: Record<EndReason, number> = { departed: 200, booted: 403, failed: 480 };

/** Reason of the BYE in a dialog that cannot go on. */
const LOST = 'Signalling connection lost';

/** Milliseconds a dialog may be without a chat session until it gets BYE. */
const MEDIA_TIMEOUT = 30_000;

/** Why we hang up. */
interface Ending {
  cause: number;
  text: string;
  how: EndReason;
}

/** An offer of the peer, and the headers of the answer to it. */
interface PeerOffer {
  sdp: string;
  headers: SipHeaders;
}

/**
 * The INVITE dialog of one endpoint, from the moment it joins:
 *
 *     answering --200 sent--> up --BYE of either side, ACK or session timeout--> over
 *         '------ CANCEL, response not sent ----------------------------------> over
 *
 * With `refuseMedia: 'port-0'` it may be up without a session, and then is in the room only when an offer brings one.
 */
export class InviteDialog implements EndpointOwner, OpenDialog {
  readonly room: RoomUri;
  readonly #face: Face;
  readonly #contact: string;
  readonly #request: JoinRequest;
  readonly #media: DialogMedia;
  readonly #reoffers: Reoffers;
  #handle: EndpointHandle | undefined;
  #dialog: SrfDialog | undefined;
  /** The INVITE. */
  #invite: SipRequest | undefined;
  /** Every 2xx of ours to an INVITE has its ACK. */
  #confirmed = false;
  #over = false;
  /** The focus knows the session. */
  #connected = false;
  /** Names in the peer's SDP are being resolved. */
  #resolving = false;
  /** Our offer in a 2xx waits for the answer in the ACK. */
  #offered = false;
  /** RFC 6714 wants an offer without `msrp-cema`. */
  #plain = false;
  /** Runs while there is no session. */
  #mediaTimer: Timer | undefined;
  /** Session timer, as answered last. */
  #sessionTimer: SipHeaders = {};
  /** We are to hang up as soon as the dialog is confirmed. */
  #ending: Ending | undefined;

  constructor(face: Face, room: RoomUri, contact: string, request: JoinRequest) {
    this.#face = face;
    this.room = room;
    this.#contact = contact;
    this.#request = request;
    this.#media = new DialogMedia(face.chat, room.uri, request.profile);
    this.#reoffers = new Reoffers({
      clock: face.clock,
      turns: face.offerTurns,
      room: room.uri,
      mayOffer: () => this.#mayOffer,
      offer: () => (this.#media.stale || this.#plain ? this.#media.offer() : null),
      send: (sdp, done) => this.#reinvite(sdp, done),
      answered: (outcome, sdp) => this.#reinvited(outcome, sdp),
    });
  }

  /**
   * Joins and answers the INVITE with 200; with 488 when nothing in the offer can be used, unless the room refuses lines
   * rather than INVITEs.
   *
   * @throws ChatroomsError with the SIP status of the refusal when the focus does not admit the endpoint
   */
  accept(
    req: SipRequest,
    res: SipResponse,
    joining: {
      offer: Exclude<Offer, { is: 'unsupported' }>;
      sameHost: LocalSession['sameHost'];
      headers: SipHeaders;
    },
  ): void {
    const { adapter, chat, dialogs } = this.#face;
    const { offer } = joining;
    this.#media.sameHost = joining.sameHost;
    const answer = offer.is === 'sdp' ? this.#media.answer(offer.sdp) : null;
    const refused = answer?.result === '488';
    if (refused && !this.#mayBeWithoutMedia) return this.#notAcceptable(req, res, answer);
    const session = answer?.result === 'accept' ? answer.session : undefined;
    const sdp = this.#description(offer, answer);
    this.#offered = answer === null;
    this.#invite = req;
    this.#sessionTimer = joining.headers;
    // Also without a session it has a place, so that who may not come hears it now.
    this.#handle = chat.focus.join(this.#request, this);
    dialogs.add(this);
    this.#media.said(sdp, session);
    // The peer may connect the moment it has the 200, so the switch must know the session before (7701-5.2-06).
    if (session?.connector === 'peer') this.#establish(session);
    if (refused) this.#awaitMedia();
    const headers = { ...capabilities(), ...joining.headers, Contact: this.#contact };
    adapter.accept(req, res, { sdp, headers }, (error, dialog) => {
      if (!dialog) {
        this.#face.log.debug({ callId: this.#request.callId, error: error?.message }, 'INVITE not answered');
        this.#finish('failed');
        return;
      }
      this.#up(dialog);
      // We may connect only when the peer knows our path.
      if (session?.connector === 'us') this.#establish(session);
    });
  }

  /** The focus ended the endpoint. */
  ended(how: EndReason, reason: string): void {
    this.#hangUp({ cause: CAUSE[how], text: reason, how });
  }

  /** 7701-8-08: "A later offer/answer replaces earlier values"; nobody would hear of it otherwise. */
  redeclared(): void {
    this.#reoffers.want();
  }

  stopping(): void {
    // Whoever is in a room was ended by the focus.
    if (!this.#handle) this.ended('departed', 'The server stops');
  }

  abandoned(lost: ReadonlySet<ControlSocket>): void {
    const [invite, dialog] = [this.#invite, this.#dialog];
    if (!invite || !lost.has(invite.socket)) return;
    this.#face.adapter.rebind(invite);
    if (!dialog) {
      // The 200 may have left although its echo never came. The server names a dialog by what the INVITE had.
      const id = `${header(invite, 'Call-ID', 'i')};from-tag=${tagOf(header(invite, 'From', 'f'))}`;
      const headers = { Reason: reasonHeader(CAUSE.failed, LOST) };
      this.#face.adapter.request(legOf(id, invite), 'BYE', { headers }, () => {});
      return this.#finish('failed');
    }
    this.#confirmed = true;
    // The BYE went down with the connection, or could not be sent while there was none.
    if (this.#over) return this.#bye(dialog, reasonHeader(CAUSE.failed, LOST));
    this.#fail(LOST);
  }

  /** Leaves the room, and the dialog. */
  #fail(reason: string): void {
    this.#handle?.leave('failed');
    this.ended('failed', reason);
  }

  #hangUp(ending: Ending): void {
    if (this.#over) return;
    const dialog = this.#dialog;
    const { draining, subscriptions } = this.#face;
    // RFC 3261 §15: the callee "MUST NOT send a BYE … until it has received an ACK for its 2xx response".
    // No ACK comes over a connection that is gone.
    // Whose 200 got lost is not told when nobody will be there to do so.
    if (!dialog && draining && this.#invite?.socket.destroyed) return this.#finish('failed');
    if (!dialog || !(this.#confirmed || dialog.req.socket.destroyed)) {
      this.#ending = ending;
      return;
    }
    this.#close();
    // A BYE ends the dialog and all usages of it at the server, so they say good-bye before.
    subscriptions.endIn(dialog.id, ending.how === 'booted' ? 'rejected' : 'deactivated');
    this.#bye(dialog, reasonHeader(draining ? 503 : ending.cause, ending.text));
  }

  #bye(dialog: SrfDialog, reason: string): void {
    const { adapter, dialogs } = this.#face;
    adapter.bye(dialog, { Reason: reason }, (result) => {
      // Without connection it is sent when there is one again, unless nobody will be there to do so.
      if (result === 'over' || this.#face.draining) dialogs.delete(this);
    });
  }

  #up(dialog: SrfDialog): void {
    this.#dialog = dialog;
    this.#face.adapter.takeOver(dialog, (req, res, byDefault) => this.#received(dialog, req, res, byDefault));
    dialog.on('destroy', (req) => {
      // The stack itself sends BYE when no ACK came or the session timer ran out.
      this.#finish(req.source === 'application' ? 'failed' : 'departed');
    });
  }

  #finish(how: EndReason): void {
    if (this.#over) return;
    this.#close();
    if (this.#dialog) this.#face.subscriptions.lost(this.#dialog.id);
    this.#handle?.leave(how);
    this.#face.dialogs.delete(this);
  }

  #close(): void {
    this.#over = true;
    this.#mediaTimer?.cancel();
    this.#reoffers.stop();
  }

  #establish(session: NegotiatedSession): void {
    if (this.#over) return;
    this.#mediaTimer?.cancel();
    if (this.#connected) this.#handle?.update(session);
    else this.#handle?.connect(session);
    this.#connected = true;
  }

  #received(dialog: SrfDialog, req: SipRequest, res: SipResponse, byDefault: () => void): void {
    const { adapter, subscriptions } = this.#face;
    switch (req.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#offerAgain(dialog, req, res);
        break;
      case 'ACK':
        this.#confirmed = true;
        this.#acknowledged(req, res);
        if (this.#ending) this.#hangUp(this.#ending);
        this.#reoffers.proceed();
        byDefault();
        break;
      case 'BYE':
        byDefault();
        break;
      case 'SUBSCRIBE':
        subscriptions.request(req, res, this.room, this.#leg(dialog), dialog.local.contact);
        break;
      case 'REFER':
        refuseRefer(this.#face, req, res, this.room);
        break;
      case 'OPTIONS':
        answerOptions(this.#face, req, res, this.room, dialog.local.contact);
        break;
      case 'NOTIFY':
        // RFC 6665 §4.1.3: we have no subscription at the peer.
        adapter.reply(req, res, 481, { reason: 'Subscription Does Not Exist' });
        break;
      default:
        adapter.reply(req, res, 405, { headers: { Allow: ALLOW } });
    }
  }

  #leg(dialog: SrfDialog): Leg {
    return legOf(dialog.id, dialog.req, (req, res) => dialog.handle(req, res));
  }

  // Offers of the peer.

  /** re-INVITE and UPDATE: another offer, our turn to offer, or only a sign of life. */
  #offerAgain(dialog: SrfDialog, req: SipRequest, res: SipResponse): void {
    const { adapter } = this.#face;
    const offer = offerOf(req);
    // JOIN-18, RFC 3261 §14.2: "A UAS that receives an INVITE on a dialog while an INVITE it had sent on that dialog is in
    // progress MUST return a 491". RFC 3311 §5.2: so is an UPDATE with an offer while ours has no answer.
    if ((this.#reoffers.pending || this.#offered) && (req.method === 'INVITE' || offer.is === 'sdp')) {
      return adapter.reply(req, res, 491);
    }
    const timer = sessionTimer(req);
    if ('tooShort' in timer) return adapter.reply(req, res, 422, { headers: timer.tooShort });
    if (offer.is === 'unsupported') return adapter.reply(req, res, offer.status, { headers: offer.headers });
    const headers: SipHeaders = { ...capabilities(), ...timer.headers, Contact: dialog.local.contact };
    // RFC 3261 §14.2: a second offer before the first one was answered gets 500 and a Retry-After "of a randomly chosen
    // value of between 0 and 10 seconds".
    if (this.#resolving) {
      return adapter.reply(req, res, 500, { headers: { 'Retry-After': String(randomInt(0, 11)) } });
    }
    this.#media.renewFingerprint();
    if (offer.is === 'none') {
      if (req.method === 'UPDATE') {
        this.#sessionTimer = timer.headers;
        return adapter.reply(req, res, 200, { headers });
      }
      const sdp = this.#media.offer();
      this.#offered = true;
      this.#sendSdp(dialog, req, res, { sdp, headers });
      return;
    }
    this.#compared(offer.sdp, req, res, () => this.#answerAgain(dialog, req, res, { sdp: offer.sdp, headers }));
  }

  /** 6714-4.4-01: with CEMA the names in an SDP of the peer are resolved before it is looked at. */
  #compared(sdp: string, req: SipRequest, res: SipResponse | undefined, look: () => void): void {
    const { adapter, chat } = this.#face;
    if (!this.#media.cema) return look();
    this.#resolving = true;
    adapter.after(chat.sameHost(sdp), req, res, (sameHost) => {
      this.#resolving = false;
      this.#media.sameHost = sameHost;
      if (this.#over) return;
      look();
      this.#reoffers.proceed();
    });
  }

  #answerAgain(dialog: SrfDialog, req: SipRequest, res: SipResponse, offer: PeerOffer): void {
    const answer = this.#media.answer(offer.sdp);
    if (answer.result === '488') return this.#answerWithoutMedia(dialog, req, res, offer, answer);
    const { session, sdp } = answer;
    // Without a session it may have lost its place.
    this.#handle ??= this.#face.chat.focus.join(this.#request, this);
    dialog.remote.sdp = offer.sdp;
    if (session.connector === 'peer') this.#establish(session);
    this.#sendSdp(dialog, req, res, { sdp, headers: offer.headers, session }, () => {
      if (session.connector === 'us') this.#establish(session);
    });
  }

  #answerWithoutMedia(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    { sdp, headers }: PeerOffer,
    answer: AnswerResult,
  ): void {
    const stays = this.#mayBeWithoutMedia;
    const ended = this.#media.ended(answer);
    // RFC 3261 §14.2: the session stays as it was.
    if (!ended && (this.#connected || !stays)) return this.#notAcceptable(req, res, answer);
    const refusal = this.#media.refuse(sdp);
    if (ended) {
      this.#handle?.leave('departed');
      this.#handle = undefined;
      this.#connected = false;
      this.#media.forget();
      if (stays) this.#awaitMedia();
    }
    dialog.remote.sdp = sdp;
    this.#sendSdp(dialog, req, res, { sdp: refusal, headers }, () => {
      if (!stays) this.ended('departed', 'The chat session was ended');
    });
  }

  /** What we say to an offer, or to none. */
  #description(offer: Exclude<Offer, { is: 'unsupported' }>, answer: AnswerResult | null): string {
    if (offer.is === 'none') return this.#media.offer();
    return answer?.result === 'accept' ? answer.sdp : this.#media.refuse(offer.sdp);
  }

  get #mayBeWithoutMedia(): boolean {
    return this.#face.chat.focus.configOf(this.room.uri).refuseMedia === 'port-0';
  }

  #awaitMedia(): void {
    this.#mediaTimer = this.#face.clock.after(MEDIA_TIMEOUT, () => {
      this.#handle?.leave('failed');
      this.#hangUp({ cause: 488, text: 'No chat session was offered', how: 'failed' });
    });
  }

  #notAcceptable(req: SipRequest, res: SipResponse, { refusals }: AnswerResult): void {
    this.#face.adapter.reply(req, res, 488, notAcceptable(refusals, this.room.domain));
  }

  #sendSdp(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    answer: PeerOffer & { session?: NegotiatedSession },
    sent: () => void = () => {},
  ): void {
    const { sdp, session } = answer;
    this.#media.said(sdp, session);
    // What srf offers when it is asked to refresh or hold the session.
    dialog.local.sdp = sdp;
    if (req.method === 'INVITE') this.#confirmed = false;
    const headers = { ...answer.headers, 'Content-Type': 'application/sdp' };
    this.#face.adapter.reply(req, res, 200, { headers, body: sdp }, (error) => {
      // What was not sent is not acknowledged either.
      if (error) this.#confirmed = true;
      else sent();
      this.#reoffers.proceed();
    });
  }

  // Offers of ours.

  /** The answer to our offer comes in the ACK (RFC 3261 §13.2.1). */
  #acknowledged(req: SipRequest, res: SipResponse): void {
    if (!this.#offered) return;
    this.#offered = false;
    this.#answered(req, req, res);
  }

  /** @param message what the answer is in */
  #answered(message: Pick<SipRequest, 'body' | 'get'>, req: SipRequest, res?: SipResponse): void {
    const answer = offerOf(message);
    if (answer.is === 'sdp') this.#compared(answer.sdp, req, res, () => this.#agreed(this.#media.evaluate(answer.sdp)));
    else this.#agreed(null);
  }

  #agreed(session: NegotiatedSession | 'plain' | null): void {
    if (session === 'plain') {
      // 6714-4.2-02: the offerer "MUST send a new offer" without `msrp-cema`, as the answer fits neither way.
      this.#media.withoutCema();
      this.#plain = true;
      this.#reoffers.want();
    } else if (session) this.#establish(session);
    // 7701-5.2-11: an answer without message/cpim ends the attempt.
    else this.#fail('No usable answer');
  }

  /** RFC 3261 §14.1: no offer of either side is under way, and no INVITE of the peer waits for its ACK. */
  get #mayOffer(): boolean {
    if (this.#over || this.#ending || this.#resolving || this.#offered) return false;
    return this.#dialog !== undefined && this.#confirmed && (this.#connected || this.#plain);
  }

  #reinvite(sdp: string, done: (outcome: Outcome) => void): void {
    const dialog = this.#dialog;
    if (!dialog) return;
    const headers = { ...capabilities(), ...sameTimer(this.#sessionTimer), Contact: dialog.local.contact };
    this.#face.adapter.reinvite(this.#leg(dialog), { sdp, headers }, done);
  }

  #reinvited(outcome: Outcome, sdp: string): void {
    const dialog = this.#dialog;
    // `abandoned` follows.
    if (!dialog || 'lost' in outcome) return;
    this.#plain = false;
    const status = 'status' in outcome ? outcome.status : 0;
    if ('response' in outcome && outcome.response && status < 300) {
      this.#media.said(sdp);
      dialog.local.sdp = sdp;
      dialog.remote.sdp = outcome.response.body ?? '';
      return this.#answered(outcome.response, dialog.req);
    }
    // RFC 3261 §12.2.1.2: "If the response for a request within a dialog is a 481 … or a 408 …, the UAC SHOULD terminate
    // the dialog".
    if (status === 408 || status === 481 || !this.#connected) return this.#fail(`re-INVITE answered with ${status}`);
    // RFC 3261 §14.1: "the session parameters MUST remain unchanged, as if no re-INVITE had been issued".
    this.#face.log.info({ room: this.room.uri, callId: this.#request.callId, status }, 're-INVITE refused');
  }
}

import { randomInt } from 'node:crypto';
import type { EndpointHandle, EndpointOwner, EndReason, JoinRequest } from '../lib/chat-server.js';
import { tagOf } from '../lib/embedded-drachtio/message/index.js';
import { newSessionId } from '../lib/msrp/index.js';
import {
  answerOffer,
  type AnswerResult,
  buildOffer,
  evaluateAnswer,
  type LocalSession,
  type NegotiatedSession,
} from '../lib/sdp/index.js';
import { ChatroomsError } from '../lib/util/errors.js';
import type { Face, OpenDialog } from './face.js';
import { ALLOW, capabilities, header, reasonHeader } from './header-values.js';
import { notAcceptable, type Offer, offerOf } from './offer.js';
import { answerOptions } from './options-request.js';
import { keepsNoState } from './peer-profile.js';
import { refuseRefer } from './refer.js';
import type { RoomUri } from './room-uri.js';
import { sessionTimer } from './session-timer.js';
import { type Leg, legOf } from './srf-adapter.js';
import type { ControlSocket, SipHeaders, SipRequest, SipResponse, SrfDialog } from './srf-types.js';

/** Cause of the Reason header in our BYE (RFC 3326): a SIP status. */
const CAUSE: Record<EndReason, number> = { departed: 200, booted: 403, failed: 480 };

/** Reason of the BYE in a dialog that cannot go on. */
const LOST = 'Signalling connection lost';

/** Largest o-line id: RFC 8866 wants a number, and many readers take 2^47 as it stands. */
const MAX_ORIGIN = 2 ** 47;

/**
 * The INVITE dialog of one endpoint, from the moment it joins:
 *
 *     answering --200 sent--> up --BYE of either side, ACK or session timeout--> over
 *         '------ CANCEL, response not sent ----------------------------------> over
 */
export class InviteDialog implements EndpointOwner, OpenDialog {
  readonly room: RoomUri;
  readonly #face: Face;
  readonly #contact: string;
  #local: LocalSession;
  #handle: EndpointHandle | undefined;
  #dialog: SrfDialog | undefined;
  /** The INVITE. */
  #invite: SipRequest | undefined;
  /** Who joins. */
  #joining: JoinRequest | undefined;
  /** The ACK to the first 200 came. */
  #confirmed = false;
  #over = false;
  /** The focus knows the session. */
  #connected = false;
  /** Session URI of the peer, as it last wrote it. */
  #peerPath: string | undefined;
  /** Names in the peer's SDP are being resolved. */
  #resolving = false;
  /** Our offer in a 2xx waits for the answer in the ACK. */
  #offered = false;
  /** The focus ended the endpoint before the dialog was confirmed. */
  #ending: { how: EndReason; reason: string } | undefined;

  constructor(face: Face, room: RoomUri, contact: string) {
    this.#face = face;
    this.room = room;
    this.#contact = contact;
    this.#local = { ...face.chat.localSession(room.uri), originId: randomInt(1, MAX_ORIGIN) };
  }

  /**
   * Joins and answers the INVITE with 200, or with 488 when nothing in the offer can be used.
   *
   * @throws ChatroomsError with the SIP status of the refusal when the focus does not admit the endpoint
   */
  accept(
    req: SipRequest,
    res: SipResponse,
    joining: {
      request: JoinRequest;
      offer: Exclude<Offer, { is: 'unsupported' }>;
      sameHost: LocalSession['sameHost'];
      headers: SipHeaders;
    },
  ): void {
    const { adapter, chat, dialogs } = this.#face;
    this.#local = { ...this.#local, sameHost: joining.sameHost };
    const answer = joining.offer.is === 'sdp' ? this.#answer(joining.offer.sdp) : null;
    if (answer?.result === '488') {
      adapter.reply(req, res, 488, notAcceptable(answer.refusals, this.room.domain));
      return;
    }
    const sdp = answer?.sdp ?? buildOffer(this.#local);
    this.#offered = answer === null;
    this.#invite = req;
    this.#joining = joining.request;
    this.#handle = chat.focus.join(joining.request, this);
    dialogs.add(this);
    this.#local = { ...this.#local, previous: sdp };
    // The peer may connect the moment it has the 200, so the switch must know the session before (7701-5.2-06).
    if (answer?.session.connector === 'peer') this.#establish(answer.session);
    const headers = { ...capabilities(), ...joining.headers, Contact: this.#contact };
    adapter.accept(req, res, { sdp, headers }, (error, dialog) => {
      if (!dialog) {
        this.#face.log.debug({ callId: joining.request.callId, error: error?.message }, 'INVITE not answered');
        this.#finish('failed');
        return;
      }
      this.#up(dialog);
      // We may connect only when the peer knows our path.
      if (answer?.session.connector === 'us') this.#establish(answer.session);
    });
  }

  /** The focus ended the endpoint. */
  ended(how: EndReason, reason: string): void {
    if (this.#over) return;
    const dialog = this.#dialog;
    // RFC 3261 §15: the callee "MUST NOT send a BYE … until it has received an ACK for its 2xx response".
    // No ACK comes over a connection that is gone.
    // Whose 200 got lost is not told when nobody will be there to do so.
    if (!dialog && this.#face.draining && this.#invite?.socket.destroyed) return this.#finish('failed');
    if (!dialog || !(this.#confirmed || dialog.req.socket.destroyed)) {
      this.#ending = { how, reason };
      return;
    }
    this.#over = true;
    const { draining, subscriptions } = this.#face;
    // A BYE ends the dialog and all usages of it at the server, so they say good-bye before.
    subscriptions.endIn(dialog.id, how === 'booted' ? 'rejected' : 'deactivated');
    this.#bye(dialog, reasonHeader(draining ? 503 : CAUSE[how], reason));
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
    this.#handle?.leave('failed');
    this.ended('failed', LOST);
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
    this.#face.adapter.takeOver(dialog, (req, res, byDefault) => this.#request(dialog, req, res, byDefault));
    dialog.on('destroy', (req) => {
      // The stack itself sends BYE when no ACK came or the session timer ran out.
      this.#finish(req.source === 'application' ? 'failed' : 'departed');
    });
  }

  #finish(how: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#dialog) this.#face.subscriptions.lost(this.#dialog.id);
    this.#handle?.leave(how);
    this.#face.dialogs.delete(this);
  }

  #establish(session: NegotiatedSession): void {
    if (this.#over) return;
    if (this.#connected) this.#handle?.update(session);
    else this.#handle?.connect(session);
    this.#connected = true;
  }

  #request(dialog: SrfDialog, req: SipRequest, res: SipResponse, byDefault: () => void): void {
    const { adapter } = this.#face;
    switch (req.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#offerAgain(dialog, req, res);
        break;
      case 'ACK':
        this.#confirmed = true;
        this.#acknowledged(req, res);
        if (this.#ending) this.ended(this.#ending.how, this.#ending.reason);
        byDefault();
        break;
      case 'BYE':
        byDefault();
        break;
      case 'SUBSCRIBE':
        this.#subscribe(dialog, req, res);
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

  #subscribe(dialog: SrfDialog, req: SipRequest, res: SipResponse): void {
    const [invite, joining] = [this.#invite, this.#joining];
    if (!invite || !joining) return this.#face.adapter.reply(req, res, 481);
    this.#face.subscriptions.request(req, res, {
      leg: this.#leg(dialog),
      room: this.room,
      contact: dialog.local.contact,
      identity: joining.identity,
      stateless: keepsNoState(invite),
    });
  }

  #leg(dialog: SrfDialog): Leg {
    return legOf(dialog.id, dialog.req, (req, res) => dialog.handle(req, res));
  }

  /** re-INVITE and UPDATE: another offer, our turn to offer, or only a sign of life. */
  #offerAgain(dialog: SrfDialog, req: SipRequest, res: SipResponse): void {
    const { adapter } = this.#face;
    const timer = sessionTimer(req);
    if ('tooShort' in timer) return adapter.reply(req, res, 422, { headers: timer.tooShort });
    const offer = offerOf(req);
    if (offer.is === 'unsupported') return adapter.reply(req, res, offer.status, { headers: offer.headers });
    const headers: SipHeaders = { ...capabilities(), ...timer.headers, Contact: dialog.local.contact };
    // RFC 3261 §14.2: a second offer before the first one was answered gets 500 and a Retry-After.
    if (this.#resolving) return adapter.reply(req, res, 500, { headers: { 'Retry-After': '1' } });
    // The certificate may have been renewed, and one that connects anew gets the present one.
    this.#local = { ...this.#local, fingerprint: this.#face.chat.fingerprint };
    if (offer.is === 'none') {
      if (req.method === 'UPDATE') return adapter.reply(req, res, 200, { headers });
      const sdp = buildOffer(this.#local);
      this.#offered = true;
      this.#sendSdp(dialog, req, res, { sdp, headers });
      return;
    }
    this.#compared(offer.sdp, req, res, () => this.#answerAgain(dialog, req, res, { sdp: offer.sdp, headers }));
  }

  /** 6714-4.4-01: with CEMA the names in an SDP of the peer are resolved before it is looked at. */
  #compared(sdp: string, req: SipRequest, res: SipResponse, look: () => void): void {
    const { adapter, chat } = this.#face;
    if (!this.#local.cema) return look();
    this.#resolving = true;
    adapter.after(chat.sameHost(sdp), req, res, (sameHost) => {
      this.#resolving = false;
      this.#local = { ...this.#local, sameHost };
      if (!this.#over) look();
    });
  }

  #answerAgain(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    offer: { sdp: string; headers: SipHeaders },
  ): void {
    const { adapter } = this.#face;
    const answer = this.#answer(offer.sdp);
    if (answer.result === '488') {
      // RFC 3261 §14.2: the session stays as it was.
      return adapter.reply(req, res, 488, notAcceptable(answer.refusals, this.room.domain));
    }
    dialog.remote.sdp = offer.sdp;
    const { session } = answer;
    if (session.connector === 'peer') this.#establish(session);
    this.#sendSdp(dialog, req, res, { sdp: answer.sdp, headers: offer.headers }, () => {
      if (session.connector === 'us') this.#establish(session);
    });
  }

  /** 4975-8.4-03: a new session URI of the peer replaces the session, so ours is new too (4975-8.2-01). */
  #answer(offer: string): AnswerResult {
    let answer = answerOffer(offer, this.#local);
    if (answer.result === '488') return answer;
    const peer = answer.session.peer.path.at(-1);
    if (this.#peerPath !== undefined && this.#peerPath !== peer) {
      this.#local = { ...this.#local, sessionId: newSessionId() };
      answer = answerOffer(offer, this.#local);
    }
    this.#peerPath = peer;
    return answer;
  }

  #sendSdp(
    dialog: SrfDialog,
    req: SipRequest,
    res: SipResponse,
    answer: { sdp: string; headers: SipHeaders },
    sent: () => void = () => {},
  ): void {
    this.#local = { ...this.#local, previous: answer.sdp };
    // What srf offers when it is asked to refresh or hold the session.
    dialog.local.sdp = answer.sdp;
    const headers = { ...answer.headers, 'Content-Type': 'application/sdp' };
    this.#face.adapter.reply(req, res, 200, { headers, body: answer.sdp }, (error) => {
      if (!error) sent();
    });
  }

  /** The answer to our offer comes in the ACK (RFC 3261 §13.2.1). */
  #acknowledged(req: SipRequest, res: SipResponse): void {
    if (!this.#offered) return;
    this.#offered = false;
    const answer = offerOf(req);
    if (answer.is === 'sdp') this.#compared(answer.sdp, req, res, () => this.#agreed(this.#evaluate(answer.sdp)));
    else this.#agreed(null);
  }

  /** 6714-4.2-02: the offerer "MUST send a new offer" without `msrp-cema`, as the answer fits neither way. */
  #offerPlain(dialog: SrfDialog): void {
    this.#local = { ...this.#local, cema: false };
    const sdp = buildOffer(this.#local);
    this.#local = { ...this.#local, previous: sdp };
    const headers = { ...capabilities(), Contact: dialog.local.contact };
    this.#face.adapter.reinvite(dialog, { sdp, headers }, (answer) => {
      if (!this.#over) this.#agreed(answer === null ? null : this.#evaluate(answer));
    });
  }

  #agreed(session: NegotiatedSession | 'new-offer' | null): void {
    if (session === 'new-offer' && this.#dialog) return this.#offerPlain(this.#dialog);
    if (session && session !== 'new-offer') {
      this.#peerPath = session.peer.path.at(-1);
      this.#establish(session);
      return;
    }
    // 7701-5.2-11: an answer without message/cpim ends the attempt.
    this.#handle?.leave('failed');
    this.ended('failed', 'No usable answer in the ACK');
  }

  #evaluate(answer: string): NegotiatedSession | 'new-offer' | null {
    try {
      const result = evaluateAnswer(answer, this.#local);
      if (result.result === 'accept') return result.session;
      return result.result === 'new-offer' ? 'new-offer' : null;
    } catch (error) {
      if (error instanceof ChatroomsError) return null;
      throw error;
    }
  }
}

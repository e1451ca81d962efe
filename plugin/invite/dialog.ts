import type {
  EndpointHandle,
  EndpointOwner,
  EndReason,
  InviteeHandle,
  InviteOutcome,
  JoinRequest,
} from '../../lib/chat-server.js';
import { tagOf } from '../../lib/embedded-drachtio/message/index.js';
import type { LossReason } from '../../lib/focus-switch.js';
import type { AnswerResult, Direction, LocalSession, NegotiatedSession } from '../../lib/sdp/index.js';
import type { Timer } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Face, OpenDialog, SubscribedDialog } from '../face.js';
import { ALLOW, capabilities, header, reasonHeader } from '../sip/header-values.js';
import { Negotiation, type Party } from './negotiation.js';
import { notAcceptable, type Offer } from './offer.js';
import { type Parting, partingOf } from './reason.js';
import { answerOptions } from '../sip/options-request.js';
import { keepsNoState } from '../sip/peer-profile.js';
import { referEvent } from '../refer/event.js';
import type { RoomUri } from '../sip/room-uri.js';
import { type Leg, legOf } from '../drachtio/srf-adapter.js';
import type {
  ControlSocket,
  DialogRequest,
  DialogTags,
  SipHeaders,
  SipRequest,
  SipResponse,
  SrfDialog,
} from '../drachtio/srf-types.js';

/** Cause of the Reason header in our BYE (RFC 3326): a SIP status; null for a BYE without one (BYE-07, JOIN-08). */
const CAUSE = {
  departed: 200,
  booted: 403,
  failed: 480,
  disconnected: null,
  idle: null,
  replaced: null,
} satisfies Record<EndReason, number | null>;

/** BYE-11: who is called off for it hears no Reason. */
const MSRP_LOST: LossReason = 'connection-lost';

const GONE = { cause: 410, text: 'Gone' } as const;

/** Reason of the BYE in a dialog that cannot go on. */
const LOST = 'Signalling connection lost';

/** What becomes of an invitation whose dialog ended before its session was there. */
const LOST_BEFORE = 'Call ended';

const FAILED: Parting = { how: 'failed' };

/** Milliseconds a dialog may be without a chat session until it gets BYE. */
const MEDIA_TIMEOUT = 30_000;

/** What an INVITE joins with; `headers` of the 2xx, about the session timer. */
interface Joining {
  offer: Exclude<Offer, { is: 'unsupported' }>;
  sameHost: LocalSession['sameHost'];
  headers: SipHeaders;
  /** The 200 was sent, or could not be. */
  answered?: (error: Error | null) => void;
}

/** Why we hang up. */
interface Ending {
  cause: number | null;
  text: string;
  how: EndReason;
}

/**
 * The INVITE dialog of one endpoint, from the moment it joins:
 *
 *     answering --200 sent----> up --BYE of either side, ACK or session timeout--> over
 *         '------ CANCEL, response not sent ------------------------------------> over
 *     calling ----2xx, ACK sent--> up
 *
 * With `refuseMedia: 'port-0'` it may be up without a session, and then is in the room only when an offer brings one.
 */
export class InviteDialog implements EndpointOwner, OpenDialog, Party {
  readonly room: RoomUri;
  readonly #face: Face;
  readonly #contact: string;
  #request: JoinRequest;
  readonly #negotiation: Negotiation;
  #handle: EndpointHandle | undefined;
  #dialog: SrfDialog | undefined;
  /** The INVITE that made it. */
  #invite: DialogRequest | undefined;
  /** The peer keeps no state of what it subscribed to, as its INVITE or its 2xx tells. */
  #stateless = false;
  /** Who called waits to hear what came of it. */
  #answered: ((outcome: InviteOutcome) => void) | undefined;
  #over = false;
  /** The 2xx is on its way. */
  #answering = false;
  #connected = false;
  /** Runs while there is no session. */
  #mediaTimer: Timer | undefined;
  /** We are to hang up as soon as the dialog is confirmed. */
  #ending: Ending | undefined;

  constructor(face: Face, room: RoomUri, contact: string, request: JoinRequest) {
    this.#face = face;
    this.room = room;
    this.#contact = contact;
    this.#request = request;
    this.#negotiation = new Negotiation(face, room, request, this);
  }

  /**
   * Joins and answers the INVITE with 200; with 488 when nothing in the offer can be used, unless the room refuses lines
   * rather than INVITEs.
   *
   * @throws ChatroomsError with the SIP status of the refusal when the focus does not admit the endpoint
   */
  accept(req: SipRequest, res: SipResponse, { offer, sameHost, headers: timer, answered }: Joining): void {
    const { adapter, chat, dialogs } = this.#face;
    const { sdp, answer } = this.#negotiation.begin(offer, sameHost, timer);
    // JOIN-16, PBX-11: a telephone that offers audio alone hears so at once.
    if (answer?.result === '488' && !this.mayBeWithoutMedia) {
      return adapter.reply(req, res, 488, notAcceptable(answer.refusals, this.room.domain));
    }
    this.#invite = req;
    this.#stateless = keepsNoState(req);
    // Also without a session it has a place, so that who may not come hears it now.
    this.#handle = chat.focus.join(this.#request, this);
    dialogs.add(this);
    const headers = { ...capabilities(), ...timer, Contact: this.#contact };
    if (offer.is !== 'sdp' || answer?.result !== 'accept')
      return this.#answer(req, res, { sdp, answer, headers, answered });
    // The server has answered the CANCEL, and the INVITE with it.
    req.on('cancel', () => {
      if (this.#answering) return;
      this.#finish(FAILED);
      answered?.(new Error('cancelled'));
    });
    this.#negotiation.withAudio(answer, offer.sdp, { req, res }, (whole) => {
      if (whole.result === 'accept')
        return this.#answer(req, res, { sdp: whole.sdp, answer: whole, headers, answered });
      this.#finish(FAILED);
      answered?.(new Error('not acceptable'));
      adapter.reply(req, res, 488, notAcceptable(whole.refusals, this.room.domain));
    });
  }

  #answer(
    req: SipRequest,
    res: SipResponse,
    {
      sdp,
      answer,
      headers,
      answered,
    }: { sdp: string; answer: AnswerResult | null; headers: SipHeaders; answered: Joining['answered'] },
  ): void {
    this.#answering = true;
    const session = answer?.result === 'accept' ? answer.session : undefined;
    this.#negotiation.said(sdp, session);
    // The peer may connect the moment it has the 200, so the switch must know the session before (7701-5.2-06).
    if (session?.connector === 'peer') this.establish(session);
    if (answer?.result === '488') this.#awaitMedia();
    this.#face.adapter.accept(req, res, { sdp, headers }, (error, dialog) => {
      if (!dialog) {
        this.#face.log.info({ ...this.#facts, error: error?.message }, 'INVITE not answered');
        this.#finish(FAILED);
        answered?.(error ?? new Error('no dialog'));
        return;
      }
      this.#up(dialog);
      // We may connect only when the peer knows our path.
      if (session?.connector === 'us') this.establish(session);
      answered?.(null);
    });
  }

  /** What to offer in an INVITE of ours. */
  offer(): string {
    return this.#negotiation.offer();
  }

  /** What was offered in an INVITE of ours came to nothing. */
  withdraw(): void {
    this.#negotiation.withdraw();
  }

  /**
   * Our INVITE was answered with a 2xx, which has its ACK. It joins, and what comes of that is told to `done`, once: 200;
   * 488 when the answer cannot be used, and BYE follows (7701-5.2-11); the status of the refusal when the room does not
   * take the invited one any more.
   *
   * @param request what the focus is asked, now that he has answered
   */
  accepted(
    call: { dialog: SrfDialog; response: SipResponse; request: JoinRequest },
    invitee: InviteeHandle,
    done: (outcome: InviteOutcome) => void,
  ): void {
    const { dialog, response, request } = call;
    this.#request = request;
    this.#stateless = keepsNoState(response);
    this.#answered = done;
    this.#face.dialogs.add(this);
    this.#up(dialog);
    // We are the caller: BYE is ours to send from here on (RFC 3261 §15).
    this.#negotiation.confirmed = true;
    try {
      this.#handle = invitee.join(request, this);
    } catch (error) {
      if (!(error instanceof ChatroomsError)) throw error;
      return this.#hangUp({ cause: error.sipStatus ?? CAUSE.failed, text: error.message, how: 'failed' });
    }
    this.#negotiation.accepted(request, response);
  }

  #tell(outcome: InviteOutcome): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(outcome);
  }

  /** The focus ended the endpoint. */
  ended(how: EndReason, reason: string): void {
    this.#negotiation.silence();
    const { settings, draining } = this.#face;
    // BYE-06: only 410 makes a handset stop coming back, to a group that removed it as to one that ended (BYE-05).
    const gone = how === 'booted' && settings.profile === 'rcs' && !draining;
    const cause = reason === MSRP_LOST ? null : CAUSE[how];
    this.#hangUp(gone ? { ...GONE, how } : { cause, text: reason, how });
  }

  /** 7701-8-08: "A later offer/answer replaces earlier values"; nobody would hear of it otherwise. */
  redeclared(): void {
    this.#negotiation.redeclared();
  }

  /** Who may not write is not heard either. */
  mayWrite(may: boolean): void {
    this.#negotiation.mute(!may);
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
      return this.#finish(FAILED);
    }
    // The BYE went down with the connection, or could not be sent while there was none.
    if (this.#over) return this.#bye(dialog, reasonHeader(CAUSE.failed, LOST));
    this.#negotiation.confirmed = true;
    this.fail(LOST);
  }

  /** For the log. */
  get #facts(): object {
    const { endpoint, room, callId } = this.#request;
    return { endpoint, room, callId };
  }

  // What the negotiation asks and tells.

  get connected(): boolean {
    return this.#connected;
  }

  get over(): boolean {
    return this.#over;
  }

  get ending(): boolean {
    return this.#over || this.#ending !== undefined;
  }

  get mayBeWithoutMedia(): boolean {
    return this.#face.chat.focus.configOf(this.room.uri).refuseMedia === 'port-0';
  }

  get tags(): DialogTags | undefined {
    return this.#dialog?.sip;
  }

  get endpoint(): string | undefined {
    return this.#handle?.id;
  }

  audio(status: Direction | null): void {
    this.#handle?.audio(status);
  }

  join(): void {
    this.#handle ??= this.#face.chat.focus.join(this.#request, this);
  }

  establish(session: NegotiatedSession): void {
    if (this.#over || !this.#seated()) return;
    this.#mediaTimer?.cancel();
    if (this.#connected) this.#handle?.update(session);
    // JOIN-17: "user `connected` once ACKed" (JOIN-01).
    else this.#handle?.connect(session, this.#negotiation.confirmed);
    this.#connected = true;
    this.#tell({ status: 200, reason: 'OK' });
  }

  /** False when the room does not take it back; then nobody waits for the answer that would say so. */
  #seated(): boolean {
    try {
      this.join();
      return true;
    } catch (error) {
      if (!(error instanceof ChatroomsError)) throw error;
      this.#hangUp({ cause: CAUSE.failed, text: error.message, how: 'failed' });
      return false;
    }
  }

  streamEnded(): void {
    const stays = this.mayBeWithoutMedia;
    this.#handle?.leave('departed');
    this.#handle = undefined;
    this.#connected = false;
    if (stays) this.#awaitMedia();
    else this.ended('departed', 'The chat session was ended');
  }

  fail(reason: string, cause: number = CAUSE.failed): void {
    this.#handle?.leave('failed');
    this.#negotiation.silence();
    // 7701-5.2-11, JOIN-17 the other way round: whoever answers an INVITE of ours with nothing to chat by never was in.
    this.#hangUp({ cause: this.#answered ? 488 : cause, text: reason, how: 'failed' });
  }

  #hangUp(ending: Ending): void {
    if (this.#over) return;
    const dialog = this.#dialog;
    const { draining, referrals, subscriptions } = this.#face;
    // RFC 3261 §15: the callee "MUST NOT send a BYE … until it has received an ACK for its 2xx response".
    // No ACK comes over a connection that is gone.
    // Whose 200 got lost is not told when nobody will be there to do so.
    if (!dialog && draining && this.#invite?.socket.destroyed) return this.#finish(FAILED);
    if (!dialog || !(this.#negotiation.confirmed || dialog.req.socket.destroyed)) {
      this.#ending = ending;
      return;
    }
    this.#close();
    this.#tell({ status: ending.cause ?? CAUSE.failed, reason: ending.text });
    // A BYE ends the dialog and all usages of it at the server, so they say good-bye before.
    const reason = ending.how === 'booted' ? 'rejected' : 'deactivated';
    subscriptions.endIn(dialog.id, reason);
    referrals.endIn(dialog.id, reason);
    this.#handle?.leave(ending.how);
    const cause = draining ? 503 : ending.cause;
    this.#bye(dialog, cause === null ? null : reasonHeader(cause, ending.text));
  }

  #bye(dialog: SrfDialog, reason: string | null): void {
    const { adapter, dialogs, log } = this.#face;
    log.debug({ ...this.#facts, reason }, 'BYE sent');
    adapter.bye(dialog, reason === null ? {} : { Reason: reason }, (result) => {
      // Without connection it is sent when there is one again, unless nobody will be there to do so.
      if (result === 'over' || this.#face.draining) dialogs.delete(this);
    });
  }

  #up(dialog: SrfDialog): void {
    this.#dialog = dialog;
    // Of an INVITE of the peer all but this is let go of.
    this.#invite = dialog.req;
    this.#negotiation.up(dialog, this.#leg(dialog));
    this.#face.adapter.takeOver(dialog, (req, res, byDefault) => this.#received(dialog, req, res, byDefault));
    dialog.on('destroy', (req) => {
      const { membership } = this.#face.chat.focus.configOf(this.room.uri);
      const parting = partingOf(req, membership);
      this.#face.log.debug({ ...this.#facts, ...parting }, 'BYE received');
      this.#finish(parting);
    });
  }

  #finish({ how, cause }: Parting): void {
    if (this.#over) return;
    this.#close();
    this.#tell({ status: CAUSE.failed, reason: LOST_BEFORE });
    for (const usages of [this.#face.subscriptions, this.#face.referrals]) {
      if (this.#dialog) usages.lost(this.#dialog.id);
    }
    this.#handle?.leave(how, cause);
    this.#face.dialogs.delete(this);
  }

  #close(): void {
    this.#over = true;
    this.#mediaTimer?.cancel();
    this.#negotiation.stop();
  }

  #awaitMedia(): void {
    this.#mediaTimer = this.#face.clock.after(MEDIA_TIMEOUT, () => {
      this.#handle?.leave('failed');
      this.#hangUp({ cause: 488, text: 'No chat session was offered', how: 'failed' });
    });
  }

  #received(dialog: SrfDialog, req: SipRequest, res: SipResponse, byDefault: () => void): void {
    const { adapter } = this.#face;
    switch (req.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#negotiation.offered(req, res);
        break;
      case 'ACK':
        this.#negotiation.acknowledged(req, res);
        this.#handle?.acknowledged();
        if (this.#ending) this.#hangUp(this.#ending);
        byDefault();
        break;
      case 'BYE':
        byDefault();
        break;
      case 'SUBSCRIBE':
        this.#subscribe(dialog, req, res);
        break;
      case 'REFER':
        // It crossed our BYE.
        if (this.#over) adapter.reply(req, res, 481);
        else this.#face.referrals.request(req, res, this.#subscribed(dialog));
        break;
      // CAP-03.
      case 'OPTIONS':
        answerOptions(this.#face, req, res, this.room, dialog.local.contact);
        break;
      case 'NOTIFY':
        // RFC 6665 §4.1.3: we have no subscription at the peer.
        adapter.reply(req, res, 481, { reason: 'Subscription Does Not Exist' });
        break;
      default:
        // CAP-07: INFO as well, which is not in our Allow.
        adapter.reply(req, res, 405, { headers: { Allow: ALLOW } });
    }
  }

  #subscribe(dialog: SrfDialog, req: SipRequest, res: SipResponse): void {
    const { referrals, subscriptions } = this.#face;
    if (referEvent(req) === undefined) subscriptions.request(req, res, this.#subscribed(dialog));
    else referrals.subscribe(req, res, this.#subscribed(dialog));
  }

  #subscribed(dialog: SrfDialog): SubscribedDialog {
    return {
      leg: this.#leg(dialog),
      room: this.room,
      contact: dialog.local.contact,
      identity: this.#request.identity,
      stateless: this.#stateless,
      kind: this.#request.profile.kind,
    };
  }

  #leg(dialog: SrfDialog): Leg {
    return legOf(dialog.id, dialog.req, (req, res) => dialog.handle(req, res));
  }
}

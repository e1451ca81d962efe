import type { Identity, InvitationOwner, InviteeHandle, InviteOutcome, JoinRequest } from '../../lib/chat-server.js';
import { parseNameAddr, reasonPhrase } from '../../lib/embedded-drachtio/message/index.js';
import type { Timer } from '../../lib/util/clock.js';
import type { CallResult, OutgoingInvite } from '../drachtio/outgoing-invite.js';
import type { SentRequest, SipHeaders, SipResponse, SrfDialog } from '../drachtio/srf-types.js';
import type { Face } from '../face.js';
import { header, isFocus, reasonHeader } from '../sip/header-values.js';
import { InviteDialog } from '../invite/dialog.js';
import type { OfferTurns } from '../invite/offer-turns.js';
import { writeMultipart } from '../sip/multipart.js';
import { deviceOf } from '../invite/device.js';
import { isHandset, legKind } from '../handset/feature-tags.js';
import { peerProfile, userAgent, userAgentName } from '../sip/peer-profile.js';
import type { RoomUri } from '../sip/room-uri.js';
import { type Attempt, credentialsHeaders, firstAttempt, nextAttempt, type RetryRules } from './attempt.js';
import type { Invitee, Progress } from './invitations.js';
import { timerHeaders } from './invite-headers.js';

/** Milliseconds the final response may take once the INVITE was cancelled: RFC 3261 §9.1 waits 64*T1, and that is 32 s. */
const CANCEL_PATIENCE = 40_000;

export interface InvitationPlan {
  room: RoomUri;
  invitee: Invitee;
  /** Whom the room will take him for: the URI dialled, as those who route to it vouch that it is his. */
  identity: Identity;
  by: Identity | null;
  contact: string;
  /** Of every INVITE; what changes from one to the next is added. */
  headers: SipHeaders;
  /** Who else is invited, as a document; null for none. */
  list: string | null;
  proxy: string | undefined;
  /** Milliseconds it may ring. */
  ringTimeout: number;
  rules: RetryRules;
}

/**
 * One invited person:
 *
 *     waiting --turn--> calling --2xx--> ACK, joins --usable answer--> over: 200
 *        |                | ^  |            '--------no session------> BYE, over: 488, or the room's refusal
 *        |                | '--'--3xx, 401, 407, 415, 420, 422: once more each (INV-16)
 *        |                '---other final response, ringTimeout--> over
 *        '---room closed--> over
 *
 * When it is over before the INVITE is, that is cancelled and keeps its turn until its final response.
 */
export class Invitation implements InvitationOwner {
  readonly #face: Face;
  readonly #plan: InvitationPlan;
  readonly #dialog: InviteDialog;
  /** Id that its endpoint has, or would have. */
  readonly #endpoint: string;
  readonly #watching: ((progress: Omit<Progress, 'invitee'>) => void)[] = [];
  #handle: InviteeHandle | undefined;
  #attempt: Attempt;
  #call: OutgoingInvite | undefined;
  #release: () => void = () => {};
  #timer: Timer | undefined;
  #over = false;

  constructor(face: Face, plan: InvitationPlan) {
    this.#face = face;
    this.#plan = plan;
    this.#endpoint = face.chat.focus.newEndpointId();
    this.#attempt = firstAttempt(plan.invitee.uri, face.settings.invitations.sessionTimer);
    // Who he is, but not by which user agent.
    const request = this.#joinRequest([], '', null);
    this.#dialog = new InviteDialog(face, plan.room, plan.contact, request);
  }

  /** @throws ChatroomsError as `Focus.invite` */
  reserve(): InviteeHandle['state'] {
    const { room, identity, by } = this.#plan;
    this.#handle = this.#face.chat.focus.invite({ room: room.uri, identity, by, owner: this });
    return this.#handle.state;
  }

  /** Calls `progress` with what comes, and once with something final. */
  watch(progress: (progress: Omit<Progress, 'invitee'>) => void): void {
    this.#watching.push(progress);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Sends the INVITE when it is its turn (INV-14). */
  enqueue(turns: OfferTurns): void {
    this.#release = turns.take(this.#plan.room.uri, (release) => {
      this.#release = release;
      // INV-13. INV-21: nobody waits for it meanwhile.
      this.#timer = this.#face.clock.after(this.#plan.ringTimeout, () => this.#giveUp(408, 'Request Timeout'));
      this.#invite();
    });
  }

  /** The room does not want him any more (INV-14, BYE-15). */
  cancelled(reason: string): void {
    this.#giveUp(487, reason);
  }

  #giveUp(status: number, reason: string): void {
    if (this.#over) return;
    const call = this.#call;
    this.#finish({ status, reason });
    if (!call) return this.#release();
    call.cancel({ Reason: reasonHeader(status, reason) });
    this.#timer = this.#face.clock.after(CANCEL_PATIENCE, () => call.abandon());
  }

  #invite(): void {
    const { adapter } = this.#face;
    const { headers, proxy } = this.#plan;
    const attempt = this.#attempt;
    const { type, body } = this.#body(attempt);
    const message = {
      uri: attempt.uri,
      proxy,
      headers: {
        ...headers,
        ...attempt.sequence,
        ...timerHeaders(attempt),
        ...credentialsHeaders(attempt, this.#plan.rules.credentials),
        'Content-Type': type,
      },
      body,
    };
    const facts = { endpoint: this.#endpoint, room: this.#plan.room.uri, uri: attempt.uri };
    this.#face.log.debug(facts, 'INVITE sent');
    this.#call = adapter.call(message, {
      progress: (status) => this.#progress(status),
      final: (result) => this.#settled(result, type !== SDP),
    });
  }

  /** INV-10, INV-11: SDP, or SDP first and the list behind it. */
  #body({ withList }: Attempt): { type: string; body: string } {
    const sdp = this.#dialog.offer();
    const { list } = this.#plan;
    if (list === null || !withList) return { type: SDP, body: sdp };
    const multipart = writeMultipart([
      { type: SDP, content: sdp },
      { type: LIST, headers: { 'Content-Disposition': 'recipient-list-history; handling=optional' }, content: list },
    ]);
    // DRA-G1: what drachtio-server cannot read is left out.
    return this.#face.adapter.fits(multipart.body) ? multipart : { type: SDP, body: sdp };
  }

  #progress(status: number): void {
    if (this.#over) return;
    if (status === 180) this.#handle?.ringing();
    this.#tell({ status, reason: reasonPhrase(status), final: false });
  }

  #settled(result: CallResult, hadList: boolean): void {
    this.#call = undefined;
    if (result.is === 'accepted') this.#accepted(result);
    else if (result.is === 'refused') this.#refused(result, hadList);
    else {
      this.#finish({ status: 503, reason: result.error.message });
    }
    if (!this.#call) this.#ended();
  }

  /** No INVITE of it is under way any more. */
  #ended(): void {
    this.#timer?.cancel();
    this.#release();
  }

  #refused({ request, response }: { request: SentRequest; response: SipResponse }, hadList: boolean): void {
    const { status, reason } = response;
    const next = this.#over ? null : nextAttempt(this.#attempt, { request, response, hadList }, this.#plan.rules);
    if (!next) return this.#finish({ status, reason: reason ?? reasonPhrase(status) });
    this.#attempt = next;
    this.#invite();
  }

  #accepted({ dialog, request, response }: { dialog: SrfDialog; request: SentRequest; response: SipResponse }): void {
    const { adapter } = this.#face;
    const handle = this.#handle;
    // INV-14: he accepted what was called off meanwhile. JOIN-17: nobody sees him as connected.
    if (this.#over || !handle)
      return adapter.bye(dialog, { Reason: reasonHeader(487, 'Request Terminated') }, () => {});
    // RFC 3261 §12.1.1: a dialog without remote target can carry nothing but our BYE.
    if (!header(response, 'Contact', 'm')) {
      adapter.bye(dialog, { Reason: reasonHeader(488, 'Missing Contact') }, () => {});
      return this.#finish({ status: 488, reason: 'Missing Contact' });
    }
    // What he is called by turned out to be a room.
    if (isFocus(header(response, 'Contact', 'm'))) {
      adapter.bye(dialog, { Reason: reasonHeader(482, 'Loop Detected') }, () => {});
      return this.#finish({ status: 482, reason: 'Loop Detected' });
    }
    const aliases = [header(request, 'From', 'f'), header(request, 'Contact', 'm')];
    const uris = aliases.flatMap((value) => parseNameAddr(value ?? '')?.uri ?? []);
    const callId = header(request, 'Call-ID', 'i') ?? '';
    const joining = { dialog, response, request: this.#joinRequest(uris, callId, response) };
    this.#dialog.accepted(joining, handle, (outcome) => this.#finish(outcome));
  }

  /** @param roomAliases how the room called itself in the INVITE: what he writes to it */
  #joinRequest(roomAliases: string[], callId: string, response: SipResponse | null): JoinRequest {
    const { room, identity } = this.#plan;
    const { interop, profile: network } = this.#face.settings;
    const kind = network && (response ? legKind(response) : 'plain');
    const profile = peerProfile(response ? userAgent(response) : undefined, interop, kind);
    const instance = response && deviceOf(response, isHandset(kind));
    const agent = response && userAgentName(response);
    const facts = { room: room.uri, endpoint: this.#endpoint, userAgent: agent };
    return { ...facts, identity, roomAliases, callId, method: 'dialed-out', profile, instance };
  }

  #finish(outcome: InviteOutcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#face.calls.dialled(outcome.status);
    if (outcome.status !== 200) {
      const { status, reason } = outcome;
      const facts = { endpoint: this.#endpoint, room: this.#plan.room.uri, uri: this.#attempt.uri };
      this.#face.log.info({ ...facts, status, reason }, 'invitation came to nothing');
      this.#dialog.withdraw();
      this.#handle?.ended(outcome);
    }
    this.#tell({ ...outcome, final: true });
  }

  #tell(progress: Omit<Progress, 'invitee'>): void {
    for (const watcher of this.#watching) {
      try {
        watcher(progress);
      } catch (error) {
        this.#face.log.error({ error }, 'listener of an invitation failed');
      }
    }
  }
}

const SDP = 'application/sdp';
const LIST = 'application/resource-lists+xml';

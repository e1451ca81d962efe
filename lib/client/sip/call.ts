import {
  AcceptedInvite,
  type ClientTransaction,
  createResponse,
  Dialog,
  type Flow,
  formatSessionExpires,
  param,
  parseNameAddr,
  parseParams,
  parseSessionExpires,
  type ServerTransaction,
  SessionTimer,
  type SipRequest,
  type SipResponse,
  splitOutside,
} from '../../embedded-drachtio/sip.js';
import { ChatroomsError } from '../../util/errors.js';
import type { CallEnd, InviteAnswer, SignallingDelegate } from './signalling.js';
import { ALLOW, type SipAgent } from './agent.js';

/** Milliseconds until a server that has not said a word counts as not there; RFC 3261 would wait 32 s. */
const SILENCE = 10_000;

const isSuccess = ({ status }: SipResponse): boolean => status >= 200 && status < 300;

function sdpOf({ headers, body }: SipRequest | SipResponse): string | undefined {
  const type = (headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/sdp' && body.length > 0 ? body.toString('utf8') : undefined;
}

/** Cause and text of a Reason header (RFC 3326), the SIP one if there are several. */
function reasonOf({ headers }: SipRequest): { cause?: number; text?: string } {
  for (const value of headers.list('Reason')) {
    const [protocol = '', ...rest] = splitOutside(value, ';');
    if (protocol.trim().toLowerCase() !== 'sip') continue;
    const params = parseParams(rest.join(';'));
    const cause = Number(param(params, 'cause'));
    const text = param(params, 'text');
    return { ...(cause > 0 ? { cause } : {}), ...(text ? { text } : {}) };
  }
  return {};
}

/** The INVITE dialog with the room: our call, its refreshes, its end (RFC 3261 §13-15, RFC 4028). */
export class SipCall {
  readonly #agent: SipAgent;
  readonly #delegate: SignallingDelegate;
  readonly #timer: SessionTimer;
  #invite: ClientTransaction | undefined;
  #dialog: Dialog | undefined;
  #accepted: AcceptedInvite | undefined;
  /** Our own re-INVITE is under way (RFC 3261 §14.2). */
  #refreshing = false;
  #peerTakesUpdate = false;
  #interval = 0;
  #offered = false;
  #cancelled = false;
  #ended = false;

  constructor(agent: SipAgent, delegate: SignallingDelegate) {
    this.#agent = agent;
    this.#delegate = delegate;
    this.#timer = new SessionTimer(
      agent.clock,
      () => void this.#refresh(),
      () => this.#expired(),
    );
  }

  /** @throws ChatroomsError `CHAT_ERR_JOIN_REFUSED`, `CHAT_ERR_SIP_TIMEOUT`, `CHAT_ERR_SIP_UNREACHABLE`, `CHAT_ERR_CLOSED` */
  invite(offer: string): Promise<InviteAnswer> {
    const agent = this.#agent;
    const request = agent.createRequest({
      method: 'INVITE',
      uri: agent.call.room,
      callId: agent.newCallId(),
      localTag: agent.newTag(),
      headers: [
        ['Supported', 'timer'],
        ['Content-Type', 'application/sdp'],
      ],
      body: Buffer.from(offer),
    });
    return new Promise((resolve, reject) => {
      const fail = (error: ChatroomsError): void => {
        silence.cancel();
        agent.answered();
        reject(error);
      };
      const giveUp = (error: ChatroomsError): void => {
        this.#invite?.terminate();
        fail(error);
      };
      const silence = agent.clock.after(SILENCE, () => giveUp(agent.timedOut()));
      agent.onRefused(giveUp);
      const send = (attempt: SipRequest): void => {
        const transaction = agent.transactions.request(attempt, agent.next);
        this.#invite = transaction;
        transaction
          .on('response', (response, flow) => {
            silence.cancel();
            agent.answered();
            if (isSuccess(response)) return this.#answered(attempt, response, flow, resolve, fail);
            if (response.status < 300) return;
            const again = this.#cancelled ? undefined : agent.authentication.retry(attempt, response);
            if (again) send(again);
            else fail(this.#refused(response));
          })
          .on('timeout', () => fail(agent.timedOut()))
          .on('transportError', (error) => fail(agent.unreachable(error)));
      };
      send(request);
    });
  }

  /**
   * Offers anew; an offer of the room that comes meanwhile is answered 491 (RFC 3261 §14.2).
   * @throws ChatroomsError `CHAT_ERR_OFFER_REFUSED`, `CHAT_ERR_SIP_TIMEOUT`, `CHAT_ERR_CLOSED`
   */
  async reinvite(offer: string): Promise<string> {
    const dialog = this.#dialog;
    if (!dialog || this.#ended) throw new ChatroomsError('CHAT_ERR_CLOSED', 'there is no call');
    if (this.#refreshing) throw offerRefused(491, 'another offer is under way');
    this.#refreshing = true;
    try {
      const answer = await this.#reinvite(dialog, offer);
      const sdp = sdpOf(answer);
      if (!isSuccess(answer) || sdp === undefined) throw offerRefused(answer.status, answer.reason);
      this.#startTimer(answer);
      return sdp;
    } finally {
      this.#refreshing = false;
    }
  }

  /** BYE, or CANCEL for a call not yet answered. Rejects when nobody answers. */
  async hangUp(): Promise<void> {
    const dialog = this.#dialog;
    if (dialog && !this.#ended) {
      this.end();
      await this.#agent.send(dialog.createRequest('BYE'), dialog.nextHop());
      return;
    }
    const invite = this.#invite;
    this.#cancelled = true;
    if (!invite || invite.finished || !this.#agent.transactions.cancel(invite)) return;
    await new Promise<void>((resolve) => {
      invite.on('response', ({ status }) => {
        if (status >= 200) resolve();
      });
      invite.on('timeout', () => resolve()).on('terminated', () => resolve());
    });
  }

  /** Forgets the call without a word. */
  end(): void {
    this.#ended = true;
    this.#timer.stop();
    this.#accepted?.stop();
  }

  /** Takes a request of this dialog. */
  receive(transaction: ServerTransaction): boolean {
    const { request, flow } = transaction;
    const dialog = this.#dialog;
    if (!dialog?.matches(request) || this.#ended) return false;
    if (!dialog.accept(request, flow)) return transaction.reply(500, { headers: [['Retry-After', '1']] });
    switch (request.method) {
      case 'BYE':
        transaction.reply(200);
        this.#byeReceived(request);
        return true;
      case 'INVITE':
      case 'UPDATE':
        return this.#renegotiate(transaction);
      default:
        return false;
    }
  }

  acknowledged(ack: SipRequest): void {
    if (!this.#dialog?.matches(ack)) return;
    this.#accepted?.stop();
    const answer = sdpOf(ack);
    if (this.#offered && answer !== undefined) this.#delegate.onAnswer(answer);
    this.#offered = false;
  }

  #answered(
    request: SipRequest,
    response: SipResponse,
    flow: Flow,
    resolve: (answer: InviteAnswer) => void,
    reject: (error: ChatroomsError) => void,
  ): void {
    const dialog = Dialog.fromResponse(request, response, flow);
    if (this.#dialog) {
      // RFC 3261 §13.2.2.4: each 2xx is acknowledged; another fork than ours is hung up on
      const known = this.#dialog.remoteTag === dialog.remoteTag;
      this.#acknowledge(known ? this.#dialog : dialog, request, response);
      if (!known) this.#dismiss(dialog);
      return;
    }
    this.#acknowledge(dialog, request, response);
    if (this.#cancelled || this.#ended) {
      this.#dismiss(dialog);
      reject(new ChatroomsError('CHAT_ERR_CLOSED', 'the room was left while joining'));
      return;
    }
    this.#dialog = dialog;
    this.#startTimer(response);
    this.#peerTakesUpdate = response.headers.list('Allow').some((method) => method.trim() === 'UPDATE');
    const contact = parseNameAddr(response.headers.list('Contact')[0] ?? '');
    const sdp = sdpOf(response);
    if (sdp === undefined) {
      void this.hangUp().catch(() => {});
      reject(new ChatroomsError('CHAT_ERR_NOT_A_ROOM', 'the other side answered without a session description'));
      return;
    }
    resolve({ sdp, contact: contact?.uri ?? this.#agent.call.room, isFocus: contact?.params.has('isfocus') ?? false });
  }

  #acknowledge(dialog: Dialog, invite: SipRequest, response: SipResponse): void {
    const ack = dialog.ackFor(response) ?? dialog.createAck(invite);
    // a lost ACK is asked for again by the next 2xx
    this.#agent.transactions.acknowledge(ack, dialog.nextHop()).catch(() => {});
  }

  #dismiss(dialog: Dialog): void {
    this.#agent.send(dialog.createRequest('BYE'), dialog.nextHop()).catch(() => {});
  }

  #refused({ status, reason, headers }: SipResponse): ChatroomsError {
    const warning = headers.get('Warning');
    const text = `cannot join ${this.#agent.call.room}: ${status} ${reason}${warning === undefined ? '' : ` (${warning})`}`;
    return new ChatroomsError('CHAT_ERR_JOIN_REFUSED', text, { sipStatus: status });
  }

  #startTimer({ headers }: SipResponse): void {
    const expires = parseSessionExpires(headers);
    if (!expires) return this.#timer.stop();
    this.#interval = expires.interval;
    this.#timer.start(expires.interval, expires.refresher === 'uac');
  }

  /** RFC 4028 §7.4: UPDATE needs no offer; a re-INVITE repeats ours. */
  async #refresh(): Promise<void> {
    const dialog = this.#dialog;
    if (!dialog || this.#ended || this.#refreshing) return;
    this.#refreshing = true;
    try {
      const answer = this.#peerTakesUpdate
        ? await this.#update(dialog)
        : await this.#reinvite(dialog, this.#delegate.onOffer(undefined) ?? '');
      const { status } = answer;
      if (isSuccess(answer)) this.#startTimer(answer);
      else if (status === 481 || status === 408) this.#lost(`the room no longer knows the call (${status})`, status);
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
    } finally {
      this.#refreshing = false;
    }
  }

  #refreshHeaders(): [string, string][] {
    return [
      ['Contact', this.#agent.contact],
      ['Supported', 'timer'],
      ['Session-Expires', formatSessionExpires({ interval: this.#interval, refresher: 'uac' })],
    ];
  }

  async #update(dialog: Dialog): Promise<SipResponse> {
    const request = dialog.createRequest('UPDATE', { headers: this.#refreshHeaders() });
    const { response, flow } = await this.#agent.send(request, dialog.nextHop());
    dialog.refresh(request, response, flow);
    return response;
  }

  #reinvite(dialog: Dialog, offer: string): Promise<SipResponse> {
    const headers: [string, string][] = [
      ...this.#refreshHeaders(),
      ['Allow', ALLOW],
      ['Content-Type', 'application/sdp'],
    ];
    const request = dialog.createRequest('INVITE', { headers, body: Buffer.from(offer) });
    return new Promise((resolve, reject) => {
      this.#agent.transactions
        .request(request, dialog.nextHop())
        .on('response', (response, flow) => {
          if (isSuccess(response)) {
            dialog.refresh(request, response, flow);
            this.#acknowledge(dialog, request, response);
          }
          if (response.status >= 200) resolve(response);
        })
        .on('timeout', () => reject(this.#agent.timedOut()))
        .on('transportError', reject);
    });
  }

  #renegotiate(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (this.#refreshing) return transaction.reply(491);
    const offer = sdpOf(request);
    const asksForOffer = request.method === 'INVITE' && offer === undefined;
    // a bodiless UPDATE only refreshes (RFC 3311 §5.1)
    const sdp = offer !== undefined || asksForOffer ? this.#delegate.onOffer(offer) : undefined;
    if (sdp === undefined && (offer !== undefined || asksForOffer)) return transaction.reply(488);
    const headers: [string, string][] = [
      ['Contact', this.#agent.contact],
      ['Allow', ALLOW],
      ['Supported', 'timer'],
      ...this.#answerTimer(request),
    ];
    if (sdp !== undefined) headers.push(['Content-Type', 'application/sdp']);
    const response = createResponse(request, 200, {
      headers,
      ...(sdp === undefined ? {} : { body: Buffer.from(sdp) }),
    });
    transaction.respond(response);
    if (request.method === 'INVITE') this.#awaitAck(transaction, response, asksForOffer);
    return true;
  }

  #awaitAck(transaction: ServerTransaction, response: SipResponse, offered: boolean): void {
    const { clock, transactions } = this.#agent;
    this.#offered = offered;
    this.#accepted?.stop();
    const resend = (): void => void transaction.respond(response);
    this.#accepted = new AcceptedInvite(clock, transactions.timers, resend, () => {
      // RFC 3261 §13.3.1.4: without an ACK the session SHOULD be terminated
      void this.hangUp().catch(() => {});
      this.#tell({ kind: 'lost', text: 'the room did not acknowledge our answer' });
    });
  }

  // RFC 4028 §9: the refresher stays as asked; a request that leaves it open makes its sender the refresher
  #answerTimer(request: SipRequest): [string, string][] {
    const asked = parseSessionExpires(request.headers);
    if (!asked) return [];
    const refresher = asked.refresher ?? 'uac';
    this.#interval = asked.interval;
    this.#timer.start(asked.interval, refresher === 'uas');
    const value = formatSessionExpires({ interval: asked.interval, refresher });
    return [['Session-Expires', value], ...(refresher === 'uac' ? [['Require', 'timer'] as [string, string]] : [])];
  }

  #byeReceived(request: SipRequest): void {
    this.end();
    const { cause, text } = reasonOf(request);
    this.#tell({ kind: 'removed', ...(cause === undefined ? {} : { cause }), text: text ?? 'it hung up' });
  }

  #expired(): void {
    void this.hangUp().catch(() => {});
    this.#tell({ kind: 'lost', cause: 408, text: 'the session timer expired' });
  }

  #lost(text: string, cause?: number): void {
    if (this.#ended) return;
    this.end();
    this.#tell({ kind: 'lost', ...(cause === undefined ? {} : { cause }), text });
  }

  #tell(end: CallEnd): void {
    this.#delegate.onEnd(end);
  }
}

function offerRefused(status: number, reason: string): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_OFFER_REFUSED', `the room refused our new offer: ${status} ${reason}`, {
    sipStatus: status,
  });
}

import { createResponse, Dialog, parseParams, type ServerTransaction, tagOf } from '../../embedded-drachtio/sip.js';
import type { Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { CONFERENCE_INFO_TYPE } from '../../conference-event/document.js';
import { endInWords, EXPIRES, MAX_ATTEMPTS, maySubscribeAgain } from './roster-subscription.js';
import type { SignallingDelegate } from './signalling.js';
import type { FinalResponse, SipAgent } from './agent.js';

/** The subscription to the roster of one room (RFC 4575, RFC 6665), in a dialog of its own. */
export class SipSubscription {
  readonly #agent: SipAgent;
  readonly #uri: string;
  readonly #delegate: SignallingDelegate;
  #callId = '';
  #localTag = '';
  #dialog: Dialog | undefined;
  #refresh: Timer | undefined;
  #attempts = 0;
  #ended = false;

  constructor(agent: SipAgent, uri: string, delegate: SignallingDelegate) {
    this.#agent = agent;
    this.#uri = uri;
    this.#delegate = delegate;
  }

  /** Subscribes, or, subscribed, asks for the full state anew. @throws ChatroomsError `CHAT_ERR_ROSTER_REFUSED` */
  async subscribe(): Promise<void> {
    if (this.#ended) return;
    this.#refresh?.cancel();
    const dialog = this.#dialog;
    const answer = dialog ? await this.#again(dialog) : await this.#begin(EXPIRES);
    const { status } = answer.response;
    if (status >= 200 && status < 300) return this.#accepted(answer);
    if (dialog && (status === 481 || status === 404)) {
      // RFC 6665 §4.1.2.2: 481 to a refresh ends the subscription; a new one may be had
      this.#dialog = undefined;
      return this.subscribe();
    }
    throw this.#refused(answer);
  }

  /** Takes a NOTIFY that is ours and answers it. */
  notify(transaction: ServerTransaction): boolean {
    const { request, flow } = transaction;
    const { headers } = request;
    if (headers.get('Call-ID') !== this.#callId || tagOf(headers.get('To')) !== this.#localTag) return false;
    // RFC 6665 §4.4.1: the NOTIFY that overtakes the 200 makes the dialog
    this.#dialog ??= Dialog.fromRequest(request, createResponse(request, 200), flow);
    if (!this.#dialog.matches(request)) return false;
    if (!this.#dialog.accept(request, flow)) return transaction.reply(500);
    transaction.reply(200, { headers: [['Contact', this.#agent.contact]] });
    if (this.#ended) return true;
    const type = (headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (type === CONFERENCE_INFO_TYPE && request.body.length > 0) {
      this.#attempts = 0;
      this.#delegate.onConferenceInfo(request.body.toString('utf8'));
    }
    this.#state(headers.get('Subscription-State') ?? '');
    return true;
  }

  /** Unsubscribes. */
  async stop(): Promise<void> {
    const dialog = this.#dialog;
    this.end();
    if (dialog)
      await this.#agent.send(dialog.createRequest('SUBSCRIBE', { headers: this.#headers(0) }), dialog.nextHop());
  }

  /** Forgets the subscription without a word. */
  end(): void {
    this.#ended = true;
    this.#refresh?.cancel();
  }

  async #begin(expires: number): Promise<FinalResponse> {
    if (++this.#attempts > MAX_ATTEMPTS) {
      throw new ChatroomsError(
        'CHAT_ERR_ROSTER_REFUSED',
        'the room accepts subscriptions to its roster but sends none',
      );
    }
    this.#callId = this.#agent.newCallId();
    this.#localTag = this.#agent.newTag();
    this.#delegate.onSubscribing();
    const request = this.#agent.createRequest({
      method: 'SUBSCRIBE',
      uri: this.#uri,
      callId: this.#callId,
      localTag: this.#localTag,
      headers: this.#headers(expires).filter(([name]) => name !== 'Contact'),
    });
    const answer = await this.#agent.send(request);
    const { response, flow } = answer;
    if (response.status >= 200 && response.status < 300) {
      this.#dialog ??= Dialog.fromResponse(answer.request, response, flow);
    }
    const minimum = Number(response.headers.get('Min-Expires'));
    // RFC 6665 §4.1.2.1: 423 names the shortest duration the notifier grants
    if (response.status === 423 && minimum > expires && minimum < 2 ** 31) return this.#begin(minimum);
    return answer;
  }

  #again(dialog: Dialog): Promise<FinalResponse> {
    return this.#agent.send(dialog.createRequest('SUBSCRIBE', { headers: this.#headers(EXPIRES) }), dialog.nextHop());
  }

  #headers(expires: number): [string, string][] {
    return [
      ['Event', 'conference'],
      ['Accept', CONFERENCE_INFO_TYPE],
      ['Expires', `${expires}`],
      ['Contact', this.#agent.contact],
    ];
  }

  #accepted({ response }: FinalResponse): void {
    const expires = Number(response.headers.get('Expires') ?? EXPIRES);
    this.#schedule(Number.isFinite(expires) ? expires : EXPIRES);
  }

  /** Refreshes in good time: a minute before the end, of a short subscription at half time. */
  #schedule(expires: number): void {
    this.#refresh?.cancel();
    if (this.#ended || expires <= 0) return;
    const seconds = expires > 120 ? expires - 60 : expires / 2;
    this.#refresh = this.#agent.clock.after(Math.min(seconds, 2 ** 31 / 1000 - 1) * 1000, () => this.#resubscribe());
  }

  #resubscribe(): void {
    this.subscribe().catch((error: unknown) => {
      if (!this.#ended) this.#delegate.onSubscriptionEnd(error instanceof Error ? error.message : String(error));
    });
  }

  #state(value: string): void {
    const [word = '', ...rest] = value.split(';');
    const params = parseParams(rest.join(';'));
    if (word.trim().toLowerCase() !== 'terminated') {
      const expires = params.get('expires');
      if (expires !== undefined && /^\d{1,9}$/.test(expires)) this.#schedule(Number(expires));
      return;
    }
    this.#refresh?.cancel();
    this.#dialog = undefined;
    const reason = params.get('reason')?.toLowerCase() ?? '';
    if (maySubscribeAgain(reason)) this.#resubscribe();
    else this.#delegate.onSubscriptionEnd(endInWords(reason));
  }

  #refused({ response }: FinalResponse): ChatroomsError {
    const text = `the room refused the roster: ${response.status} ${response.reason}`;
    return new ChatroomsError('CHAT_ERR_ROSTER_REFUSED', text, { sipStatus: response.status });
  }
}

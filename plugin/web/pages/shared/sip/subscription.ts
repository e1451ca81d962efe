import type { Core, URI, UserAgent } from 'sip.js';
import {
  endInWords,
  EXPIRES,
  MAX_ATTEMPTS,
  maySubscribeAgain,
} from '../../../../../lib/client/sip/roster-subscription.js';
import type { SignallingDelegate } from '../../../../../lib/client/sip/signalling.js';
import { CONFERENCE_INFO_TYPE } from '../../../../../lib/conference-event/document.js';
import { ChatroomsError } from '../../../../../lib/util/errors.js';

/**
 * The subscription to the roster of one room (RFC 4575, RFC 6665), on the core of SIP.js: its Subscriber tells neither with
 * which status a room refuses nor that a subscription begins anew.
 */
export class RosterSubscription {
  readonly #agent: UserAgent;
  readonly #room: URI;
  readonly #delegate: SignallingDelegate;
  #subscription: Core.Subscription | undefined;
  #request: Core.OutgoingSubscribeRequest | undefined;
  #attempts = 0;
  #ended = false;

  constructor(agent: UserAgent, room: URI, delegate: SignallingDelegate) {
    this.#agent = agent;
    this.#room = room;
    this.#delegate = delegate;
  }

  /** Subscribes, or, subscribed, asks for the full state anew. @throws ChatroomsError `CHAT_ERR_ROSTER_REFUSED` */
  async subscribe(): Promise<void> {
    if (this.#ended) return;
    if (this.#subscription) this.#watch(this.#subscription.refresh());
    else await this.#begin();
  }

  /** Unsubscribes. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#request?.waitNotifyStop();
    this.#subscription?.unsubscribe();
  }

  /** Forgets the subscription without a word. */
  end(): void {
    this.#ended = true;
    this.#request?.waitNotifyStop();
    this.#subscription?.dispose();
    this.#subscription = undefined;
  }

  #begin(): Promise<void> {
    if (++this.#attempts > MAX_ATTEMPTS) {
      return Promise.reject(refused('it accepts subscriptions but sends no roster'));
    }
    this.#delegate.onSubscribing();
    const { userAgentCore: core } = this.#agent;
    const message = core.makeOutgoingRequestMessage('SUBSCRIBE', this.#room, core.configuration.aor, this.#room, {}, [
      'Event: conference',
      `Expires: ${EXPIRES}`,
      `Accept: ${CONFERENCE_INFO_TYPE}`,
      `Contact: ${core.configuration.contact.toString()}`,
    ]);
    return new Promise((resolve, reject) => {
      const fail = ({ message: { statusCode = 0, reasonPhrase = '' } }: Core.IncomingResponse): void =>
        reject(refused(`${statusCode} ${reasonPhrase}`, statusCode));
      this.#request = core.subscribe(message, {
        onAccept: () => resolve(),
        onReject: fail,
        onRedirect: fail,
        onNotify: ({ request, subscription }) => {
          this.#begun(subscription);
          this.#notify(request);
          resolve();
        },
        onNotifyTimeout: () => {
          const error = refused('it sends no roster');
          reject(error);
          this.#lost(error.message);
        },
      });
    });
  }

  #begun(subscription: Core.Subscription | undefined): void {
    if (!subscription) return;
    this.#subscription = subscription;
    subscription.autoRefresh = true;
    subscription.delegate = {
      onNotify: (request) => this.#notify(request),
      onRefresh: (request) => this.#watch(request),
      onTerminated: () => {
        if (this.#subscription === subscription) this.#subscription = undefined;
      },
    };
  }

  /** RFC 6665 §4.1.2.2: 481 to a refresh ends the subscription; a new one may be had. */
  #watch(refresh: Core.OutgoingSubscribeRequest): void {
    refresh.delegate = {
      ...refresh.delegate,
      onReject: ({ message: { statusCode } }) => {
        if (statusCode !== 481 && statusCode !== 404) return;
        this.#subscription = undefined;
        this.#again();
      },
    };
  }

  #notify(request: Core.IncomingNotifyRequest): void {
    const { message } = request;
    request.accept();
    if (this.#ended) return;
    const type = message.getHeader('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (type === CONFERENCE_INFO_TYPE && message.body.length > 0) {
      this.#attempts = 0;
      this.#delegate.onConferenceInfo(message.body);
    }
    const state = message.getHeader('subscription-state') ?? '';
    if (!/^\s*terminated\b/i.test(state)) return;
    this.#subscription = undefined;
    const [, reason = ''] = /;\s*reason\s*=\s*([\w-]+)/i.exec(state) ?? [];
    if (maySubscribeAgain(reason)) this.#again();
    else this.#lost(endInWords(reason));
  }

  #again(): void {
    this.#begin().catch((error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)));
  }

  #lost(reason: string): void {
    if (!this.#ended) this.#delegate.onSubscriptionEnd(reason);
  }
}

function refused(why: string, status?: number): ChatroomsError {
  const details = status === undefined ? {} : { sipStatus: status };
  return new ChatroomsError('CHAT_ERR_ROSTER_REFUSED', `the room refused the roster: ${why}`, details);
}

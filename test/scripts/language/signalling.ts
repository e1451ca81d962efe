import { finalOf, SipPeer } from '../../support/sip-peer.js';
import {
  type ClientTransaction,
  Dialog,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from '../../../lib/embedded-drachtio/sip.js';
import { RosterView } from './roster-view.js';

/** An INVITE or SUBSCRIBE and what became of it. */
export interface Outcome {
  response: SipResponse;
  /** When it was a success. */
  dialog: Dialog | undefined;
}

/** A user agent of an actor: its requests, and the room's, answered as they come. */
export class Signalling {
  /** BYE, and whatever a room should not send, that no sentence has taken yet. */
  readonly requests: SipRequest[] = [];
  /** re-INVITEs likewise: a room may offer anew whenever its policy changes. */
  readonly offers: SipRequest[] = [];
  /** What NOTIFYs told. */
  readonly roster = new RosterView();
  /** Status of the response to the next NOTIFY. */
  nextAnswer = 200;
  #subscription: Dialog | undefined;
  #waiting: (() => void)[] = [];

  private constructor(
    readonly sip: SipPeer,
    private readonly answer: () => string,
  ) {}

  /** @param answer SDP with which a re-INVITE is answered */
  static async start(transport: 'tcp' | 'udp', proxy: string, answer: () => string): Promise<Signalling> {
    const sip = await SipPeer.start(transport);
    sip.proxy = proxy;
    const signalling = new Signalling(sip, answer);
    void signalling.#serve();
    return signalling;
  }

  /** Resolves when another request of the room came. */
  heard(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next one of either kind. */
  async request(from: 'requests' | 'offers'): Promise<SipRequest> {
    for (;;) {
      const request = this[from].shift();
      if (request) return request;
      await this.heard();
    }
  }

  /** Sends a request that may make a dialog. */
  async open(request: SipRequest): Promise<Outcome> {
    const transaction = this.sip.send(request);
    const response = await finalOf(transaction);
    return { response, dialog: dialogOf(request, response, transaction) };
  }

  /** The next SUBSCRIBE is to be one in this dialog. */
  subscribeIn(dialog: Dialog): void {
    this.#subscription = dialog;
  }

  /** SUBSCRIBE in a dialog of its own, or in that of the last one. */
  async subscribe(room: string, from: string, headers: Iterable<readonly [string, string]>): Promise<SipResponse> {
    const all: [string, string][] = [
      ['Event', 'conference'],
      ['Accept', 'application/conference-info+xml'],
      ['Expires', '600'],
    ];
    const given = new Map([...all, ...headers]);
    // A header without value is left out.
    const kept = [...given].filter(([, value]) => value !== '');
    const contact: [string, string] = ['Contact', `<${this.sip.uri}>`];
    if (this.#subscription) {
      const request = this.#subscription.createRequest('SUBSCRIBE', { headers: [contact, ...kept] });
      return this.sip.exchange(request, this.#subscription);
    }
    const request = this.sip.compose('SUBSCRIBE', room, { headers: kept });
    request.headers.set('From', (request.headers.get('From') ?? '').replace(/<[^>]*>/, `<${from}>`));
    const { response, dialog } = await this.open(request);
    this.#subscription = dialog;
    return response;
  }

  async close(): Promise<void> {
    await this.sip.close();
  }

  async #serve(): Promise<never> {
    for (;;) this.#take(await this.sip.next());
  }

  #take(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === 'INVITE') this.#accept(transaction);
    else if (request.method === 'NOTIFY') this.#notified(transaction);
    else {
      transaction.reply(200);
      this.requests.push(request);
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #accept(transaction: ServerTransaction): void {
    const headers: [string, string][] = [
      ['Contact', `<${this.sip.uri}>`],
      ['Content-Type', 'application/sdp'],
    ];
    transaction.reply(200, { headers, body: Buffer.from(this.answer()) });
    this.offers.push(transaction.request);
  }

  #notified(transaction: ServerTransaction): void {
    transaction.reply(this.nextAnswer);
    this.nextAnswer = 200;
    const { headers, body } = transaction.request;
    this.roster.take(headers.get('Subscription-State') ?? '', body.toString());
    if (this.roster.ended !== undefined) this.#subscription = undefined;
  }
}

function dialogOf(request: SipRequest, response: SipResponse, { flow }: ClientTransaction): Dialog | undefined {
  return response.status < 300 && flow ? Dialog.fromResponse(request, response, flow) : undefined;
}

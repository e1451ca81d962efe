import { DEFAULT_PORTS, type ServerTransaction, type StreamFactory, tagOf } from '../../embedded-drachtio/sip.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { type Logger, silent } from '../../util/log.js';
import type { Credentials } from '../../msrp/index.js';
import { within } from './deadline.js';
import { authorities } from './trust.js';
import { userPart } from '../roster.js';
import type { Call, InviteAnswer, LocalSide, Signalling, SignallingDelegate } from '../sip/signalling.js';
import { ALLOW, SipAgent, type SipTransport } from '../sip/agent.js';
import { SipCall } from '../sip/call.js';
import { SipSubscription } from '../sip/subscription.js';

/** Which way SIP goes. */
export interface NodeSignallingOptions {
  /** Where SIP goes. @defaultValue host of the room, port of its URI or 5060, over TLS 5061 */
  proxy?: { host: string; port: number };
  /**
   * `udp` sends by TCP what does not fit into a datagram; over TLS the certificate has to name the proxy's host.
   * @defaultValue `tls` for a SIPS URI, else `udp`
   */
  transport?: SipTransport;
  /** PEM of the authorities that vouch for SIP servers, in place of Node's. @defaultValue those of Node */
  ca?: string;
  /** What it runs over in place of UDP and TCP; `proxy` is numeric then. @defaultValue the sockets of Node */
  streams?: StreamFactory;
  /** Answers challenges (RFC 3261 §22). @defaultValue none: who asks for a password refuses us */
  credentials?: Credentials | undefined;
  /** @defaultValue the clock of the machine */
  clock?: Clock;
  /** @defaultValue silent */
  log?: Logger;
}

/** Milliseconds a leaving user agent waits for the answer to its BYE. */
const GOODBYE = 4000;

const transportOf = (room: string): SipTransport => (/^sips:/i.test(room) ? 'tls' : 'udp');

function proxyOf(room: string, transport: SipTransport): { host: string; port: number } {
  const match = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;?]+)(?::(\d+))?/i.exec(room);
  if (!match)
    throw new ChatroomsError('CHAT_ERR_USAGE', `"${room}" is not a SIP address; write it like sip:lobby@localhost`);
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2] ?? DEFAULT_PORTS[transport]) };
}

/** SIP over UDP, TCP or TLS for one call to one room, on an ephemeral port of the interface that faces the server. */
export class NodeSignalling implements Signalling {
  readonly #options: NodeSignallingOptions;
  readonly #clock: Clock;
  #agent: SipAgent | undefined;
  #call: SipCall | undefined;
  #delegate: SignallingDelegate | undefined;
  #subscription: SipSubscription | undefined;
  #answer: InviteAnswer | undefined;

  /** @throws ChatroomsError `CHAT_ERR_USAGE` for a `ca` that is none */
  constructor(options: NodeSignallingOptions = {}) {
    authorities(options.ca);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async open(call: Call, delegate: SignallingDelegate): Promise<LocalSide> {
    const { transport = transportOf(call.room), streams, log = silent, credentials, ca } = this.#options;
    const { proxy = proxyOf(call.room, transport) } = this.#options;
    const agent = await SipAgent.open(call, { proxy, transport, ca, streams, credentials, clock: this.#clock, log });
    this.#agent = agent;
    this.#delegate = delegate;
    this.#call = new SipCall(agent, delegate);
    agent.transactions.on('request', (transaction) => this.#receive(transaction));
    agent.transactions.on('ack', (ack) => this.#call?.acknowledged(ack));
    return { host: agent.local.host };
  }

  async invite(offer: string): Promise<InviteAnswer> {
    if (!this.#call) throw closed();
    this.#answer = await this.#call.invite(offer);
    return this.#answer;
  }

  async reinvite(offer: string): Promise<string> {
    if (!this.#call) throw closed();
    return this.#call.reinvite(offer);
  }

  async subscribe(): Promise<void> {
    if (!this.#agent || !this.#delegate || !this.#answer) throw closed();
    this.#subscription ??= new SipSubscription(
      this.#agent,
      this.#rosterUri(this.#agent.call.room, this.#answer),
      this.#delegate,
    );
    await this.#subscription.subscribe();
  }

  /** The URI dialled is known to route; the Contact is better only when it names another room, as a factory's does. */
  #rosterUri(dialled: string, { contact, isFocus }: InviteAnswer): string {
    return isFocus && contact.includes('@') && userPart(contact) !== userPart(dialled) ? contact : dialled;
  }

  async bye(): Promise<void> {
    const goodbyes = [this.#subscription?.stop() ?? Promise.resolve(), this.#call?.hangUp() ?? Promise.resolve()];
    // a refused or unanswered goodbye is one all the same
    await within(this.#clock, GOODBYE, Promise.allSettled(goodbyes));
  }

  close(): void {
    this.#subscription?.end();
    this.#call?.end();
    this.#agent?.close();
  }

  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const toTag = tagOf(request.headers.get('To')) === undefined ? { toTag: this.#agent?.newTag() ?? '' } : {};
    if (request.method === 'NOTIFY' && this.#subscription?.notify(transaction)) return;
    if (this.#call?.receive(transaction)) return;
    const inDialog = tagOf(request.headers.get('To')) !== undefined;
    switch (request.method) {
      case 'OPTIONS': {
        const headers: [string, string][] = [
          ['Allow', ALLOW],
          ['Accept', 'application/sdp, application/conference-info+xml'],
          ['Supported', 'timer'],
        ];
        transaction.reply(200, { ...toTag, headers });
        break;
      }
      case 'INVITE':
        // this user agent only calls
        transaction.reply(inDialog ? 481 : 486, toTag);
        break;
      case 'BYE':
      case 'UPDATE':
      case 'NOTIFY':
        transaction.reply(481, toTag);
        break;
      default:
        transaction.reply(405, { ...toTag, headers: [['Allow', ALLOW]] });
    }
  }
}

function closed(): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_CLOSED', 'there is no call');
}

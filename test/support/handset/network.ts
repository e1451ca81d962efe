import type { ServerTransaction, SipRequest } from '../../../lib/embedded-drachtio/sip.js';
import { SipPeer } from '../sip-peer.js';

/** What the network hands to a handset. */
export interface Registered {
  /** E.164. */
  readonly number: string;
  invited(transaction: ServerTransaction): void;
  received(transaction: ServerTransaction): void;
}

/**
 * The network of the handsets: the outbound proxy of the server under test and where it gets its requests from. Whom an INVITE
 * is for it knows by the number in its Request-URI, what comes in a dialog by its Call-ID.
 */
export class HandsetNetwork {
  readonly #registered = new Map<string, Registered>();
  readonly #dialogs = new Map<string, Registered>();

  private constructor(
    readonly sip: SipPeer,
    readonly transport: 'udp' | 'tcp',
  ) {
    void this.#serve();
  }

  static async start(transport: 'udp' | 'tcp'): Promise<HandsetNetwork> {
    return new HandsetNetwork(await SipPeer.start(transport), transport);
  }

  /** For the option `outboundProxy`. */
  get proxy(): string {
    return this.sip.uri.replace('alice@', '');
  }

  register(handset: Registered): void {
    this.#registered.set(handset.number, handset);
  }

  /** Nobody hears of it until it registers again: 480. */
  unregister({ number }: Registered): void {
    this.#registered.delete(number);
  }

  /** A dialog of a handset. */
  owns(callId: string, handset: Registered): void {
    this.#dialogs.set(callId, handset);
  }

  close(): Promise<void> {
    return this.sip.close();
  }

  async #serve(): Promise<void> {
    for (;;) this.#deliver(await this.sip.next());
  }

  #deliver(transaction: ServerTransaction): void {
    const { request } = transaction;
    const known = this.#dialogs.get(callIdOf(request));
    if (known) return known.received(transaction);
    const handset = this.#registered.get(/\+\d+/.exec(request.uri)?.[0] ?? '');
    if (request.method === 'INVITE' && handset) handset.invited(transaction);
    else transaction.reply(request.method === 'INVITE' ? 480 : 481);
  }
}

export const callIdOf = ({ headers }: SipRequest): string => headers.get('Call-ID') ?? '';

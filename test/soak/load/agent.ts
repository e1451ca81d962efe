import { randomUUID } from 'node:crypto';
import {
  type ClientTransaction,
  Dialog,
  DialogTable,
  Headers,
  type NextHop,
  parseUri,
  randomToken,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type SipUri,
  tagOf,
  TransactionLayer,
  TransportLayer,
} from '../../../lib/embedded-drachtio/sip.js';
import type { Clock } from '../../../lib/util/clock.js';

export type HeaderLines = [string, string][];

/** A dialog of an agent; what comes in it goes to whoever made it. */
export interface AgentDialog {
  readonly dialog: Dialog;
  request(transaction: ServerTransaction): void;
  acknowledged?(): void;
}

/** What became of a request that may make a dialog. */
export type Established =
  | { outcome: 'accepted'; dialog: Dialog; response: SipResponse }
  | { outcome: 'refused'; status: number }
  | { outcome: 'failed' };

export interface Invite {
  from: string;
  to: string;
  headers?: HeaderLines;
  body: string;
}

const SDP: [string, string] = ['Content-Type', 'application/sdp'];
const LOCAL = { host: '127.0.0.1', port: 0 };

/** A user agent for many: one UDP and one TCP listener, the dialogs of all who use it. */
export class Agent {
  readonly dialogs = new DialogTable<AgentDialog>();
  /** Takes INVITEs from outside of any dialog. */
  invited: ((transaction: ServerTransaction) => void) | undefined;
  /** Where all requests go. */
  server!: SipUri;
  readonly #transactions: TransactionLayer;
  /** Call-IDs of those who went away and answer nothing. */
  readonly #silent = new Set<string>();

  private constructor(
    private readonly transport: TransportLayer,
    readonly name: 'udp' | 'tcp',
  ) {
    this.#transactions = new TransactionLayer(transport);
    this.#transactions.on('request', (transaction) => this.#request(transaction));
    this.#transactions.on('ack', (ack) => this.dialogs.find(ack)?.acknowledged?.());
  }

  static async start(name: 'udp' | 'tcp', clock: Clock): Promise<Agent> {
    return new Agent(await TransportLayer.listen({ udp: LOCAL, tcp: LOCAL, clock }), name);
  }

  use({ host, port }: { host: string; port: number }): void {
    const uri = parseUri(`sip:${host}:${port}${this.#parameter}`);
    if (!uri) throw new Error(`no address: ${host}:${port}`);
    this.server = uri;
  }

  get #parameter(): string {
    return this.name === 'udp' ? '' : ';transport=tcp';
  }

  /** Where others reach this agent. */
  get uri(): string {
    return `sip:127.0.0.1:${this.transport.addresses.udp?.port ?? 0}${this.#parameter}`;
  }

  get contact(): [string, string] {
    return ['Contact', `<${this.uri.replace('sip:', 'sip:soak@')}>`];
  }

  /** Nothing that belongs to this dialog is answered any more. */
  silence(entry: AgentDialog): void {
    this.dialogs.delete(entry);
    this.#silent.add(entry.dialog.callId);
  }

  compose(method: string, { from, to, headers = [], body = '' }: Omit<Invite, 'body'> & { body?: string }): SipRequest {
    const all = new Headers([
      ['Max-Forwards', '70'],
      ['From', `<${from}>;tag=${randomToken()}`],
      ['To', `<${to}>`],
      ['Call-ID', randomUUID()],
      ['CSeq', `1 ${method}`],
      this.contact,
    ]);
    for (const [name, value] of headers) all.set(name, value);
    return { kind: 'request', method, uri: to, headers: all, body: Buffer.from(body) };
  }

  /** The final response; null when there was none. */
  async exchange(request: SipRequest): Promise<SipResponse | null> {
    return finalOf(this.#transactions.request(request, this.#hop));
  }

  /**
   * A request that may make a dialog; `take` gets the dialog before anything can come in it. An INVITE is acknowledged, with
   * what `answer` makes of an offer in the 200.
   */
  establish(
    request: SipRequest,
    take: (dialog: Dialog, response: SipResponse) => AgentDialog,
    { answer, sent = () => {} }: { answer?: () => string; sent?: (transaction: ClientTransaction) => void } = {},
  ): Promise<Established> {
    const transaction = this.#transactions.request(request, this.#hop);
    sent(transaction);
    return new Promise((resolve) => {
      let made: Dialog | undefined;
      transaction.on('response', (response, flow) => {
        if (response.status < 200) return;
        if (response.status >= 300) return resolve({ outcome: 'refused', status: response.status });
        if (made) return this.#acknowledge(made.ackFor(response));
        made = Dialog.fromResponse(request, response, flow);
        this.dialogs.add(take(made, response));
        if (request.method === 'INVITE') {
          this.#acknowledge(made.createAck(request, answer && { headers: [SDP], body: Buffer.from(answer()) }));
        }
        resolve({ outcome: 'accepted', dialog: made, response });
      });
      transaction.on('timeout', () => resolve({ outcome: 'failed' }));
      transaction.on('transportError', () => resolve({ outcome: 'failed' }));
    });
  }

  /** A re-INVITE, acknowledged when it is taken. */
  async reinvite(dialog: Dialog, body: string | undefined, answer: () => string): Promise<SipResponse | null> {
    const offers = body !== undefined;
    const headers = [this.contact, ...(offers ? [SDP] : [])];
    const request = dialog.createRequest('INVITE', { headers, body: Buffer.from(body ?? '') });
    const transaction = this.#transactions.request(request, this.#hop);
    let acknowledged = false;
    transaction.on('response', (response) => {
      if (response.status < 200 || response.status > 299) return;
      if (acknowledged) return this.#acknowledge(dialog.ackFor(response));
      acknowledged = true;
      this.#acknowledge(dialog.createAck(request, offers ? {} : { headers: [SDP], body: Buffer.from(answer()) }));
    });
    return finalOf(transaction);
  }

  cancel(transaction: ClientTransaction): void {
    this.#transactions.cancel(transaction);
  }

  get timers(): TransactionLayer['timers'] {
    return this.#transactions.timers;
  }

  async close(): Promise<void> {
    this.#transactions.close();
    await this.transport.close();
  }

  get #hop(): NextHop {
    return { uri: this.server };
  }

  #acknowledge(ack: SipRequest | undefined): void {
    // What is lost is asked for again.
    if (ack) this.#transactions.acknowledge(ack, this.#hop).catch(() => {});
  }

  #request(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    if (this.#silent.has(request.headers.get('Call-ID') ?? '')) return;
    const entry = this.dialogs.find(request);
    if (entry) {
      if (entry.dialog.accept(request, flow)) entry.request(transaction);
      else transaction.reply(500);
    } else if (tagOf(request.headers.get('To')) !== undefined) transaction.reply(481);
    else if (request.method === 'INVITE' && this.invited) this.invited(transaction);
    else transaction.reply(405);
  }
}

function finalOf(transaction: ClientTransaction): Promise<SipResponse | null> {
  return new Promise((resolve) => {
    transaction.on('response', (response) => {
      if (response.status >= 200) resolve(response);
    });
    transaction.on('timeout', () => resolve(null));
    transaction.on('transportError', () => resolve(null));
  });
}

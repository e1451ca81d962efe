import type { Clock } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import { bracketed, type SipRequest } from '../message/index.js';
import type { TransactionLayer } from '../transaction/index.js';
import { advertised, type StreamFactory, type TransportLayer } from '../transport/index.js';
import type { AppConnection } from './app-connection.js';
import { AppError, parseAppMessage } from './app-message.js';
import { type ControlHandler, ControlServer } from './control-server.js';
import { FlowBindings } from './flow-bindings.js';
import { Incoming } from './incoming.js';
import { Legs } from './legs.js';
import { Outgoing } from './outgoing.js';

export interface ControlOptions {
  transport: TransportLayer;
  transactions: TransactionLayer;
  port: number;
  /** What the control port runs over. @defaultValue the sockets of Node */
  streams?: StreamFactory | undefined;
  secret: string;
  clock: Clock;
  log: Logger;
}

/** Couples the control port to the SIP stack. */
export class Control implements ControlHandler {
  readonly #legs: Legs;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #log: Logger;
  #server: ControlServer | undefined;

  private constructor({ transport, transactions, clock, log }: ControlOptions) {
    const bindings = new FlowBindings();
    this.#log = log;
    this.#legs = new Legs(transactions, clock, log);
    const select = (method: string): AppConnection | undefined => this.#server?.select(method);
    this.#outgoing = new Outgoing({ transport, transactions, legs: this.#legs, bindings, clock });
    const settling = (request: SipRequest, then: () => void): boolean => this.#outgoing.settling(request, then);
    this.#incoming = new Incoming({ transactions, legs: this.#legs, bindings, clock, settling, select });
  }

  static async listen(options: ControlOptions): Promise<Control> {
    const control = new Control(options);
    const { port, streams, secret, clock, log, transport } = options;
    const hostports = (): string => describe(transport);
    control.#server = await ControlServer.listen({ port, streams, secret, hostports, clock, log }, control);
    return control;
  }

  get address(): { host: string; port: number } {
    return this.#server?.address ?? { host: '', port: 0 };
  }

  /** Resolves when each of `methods` has an application to go to; rejects after 10 s, or when this closes. */
  async routed(methods: readonly string[]): Promise<void> {
    await this.#server?.routed(methods);
  }

  /** Dialogs alive; a leak shows here. */
  get dialogs(): number {
    return this.#legs.size;
  }

  sip(connection: AppConnection, requestId: string, tokens: string[], bytes: Buffer): void {
    try {
      const message = parseAppMessage(bytes);
      if (message.kind === 'response') this.#incoming.respond(connection, requestId, tokens[0] ?? '', message);
      else this.#outgoing.request(connection, requestId, tokens, message);
    } catch (error) {
      if (!(error instanceof AppError)) this.#log.error({ error }, 'control request failed');
      connection.respond(requestId, ['NOK', error instanceof AppError ? error.message : 'Server error: internal']);
    }
  }

  lost(connection: AppConnection): void {
    this.#incoming.lost(connection);
    this.#outgoing.lost(connection);
    this.#legs.orphan(connection);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#incoming.close();
    this.#outgoing.close();
    this.#legs.close();
  }
}

/** `ws/host:port,tls/host:port,tcp/host:port,udp/host:port` */
function describe(transport: TransportLayer): string {
  const { ws, tls, tcp, udp } = transport.addresses;
  const entries = { ws, tls, tcp, udp };
  return Object.entries(entries)
    .flatMap(([name, local]) => (local ? [{ name, ...advertised(local) }] : []))
    .map(({ name, host, port }) => `${name}/${bracketed(host)}:${port}`)
    .join(',');
}

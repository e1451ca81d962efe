// A small SIP endpoint that speaks drachtio-server's control protocol, so that an unmodified drachtio-srf runs on a bare
// machine. For trying, testing and small sites. Layers, each using only those before it:
//
//   message      RFC 3261 §7, §19, §20, §25
//   transport    RFC 3261 §18, §26.2, RFC 3581, RFC 3263, RFC 5626 keep-alives, RFC 5922, RFC 7118
//   transaction  RFC 3261 §17, RFC 6026
//   dialog       RFC 3261 §12, §13.3.1.4, RFC 4028
//   control      drachtio's control port
//
// The first four know nothing of the last; `sip.ts` gathers them for other user agents.
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../util/clock.js';
import { type LimitEvent, type LimitReport, LimitReports } from '../util/limit-reports.js';
import { type Logger, silent } from '../util/log.js';
import { Control } from './control/index.js';
import { TransactionLayer, type TransactionLimits } from './transaction/index.js';
import {
  type Addresses,
  type Endpoint,
  type SipUpgrade,
  type StreamFactory,
  type StreamLimits,
  type TlsOptions,
  TransportLayer,
} from './transport/index.js';

export type { SipUpgrade, TlsCredentials } from './transport/index.js';

export interface EmbeddedOptions {
  /** Where to listen; port 0 takes a free one, the same for UDP and TCP. Without any, requests can neither come nor go. */
  udp?: Endpoint;
  tcp?: Endpoint;
  tls?: TlsOptions | undefined;
  ws?: Endpoint;
  /** Takes WebSockets that an HTTP server of the program hands over (`upgrade`). @defaultValue false */
  sharedWs?: boolean;
  /** What `tcp` and the control port run over. @defaultValue the sockets of Node */
  streams?: StreamFactory;
  /** @defaultValue the system clock */
  clock?: Clock;
  /** @defaultValue silent */
  log?: Logger;
  /** The control port, always on 127.0.0.1. @defaultValue a free port */
  control?: { port?: number };
  /** What applications authenticate with. @defaultValue random */
  secret?: string;
  limits?: Partial<EmbeddedLimits>;
  /** Told when a limit was reached: at once, and then at most once a second for the same limit and address. @defaultValue only the log is */
  onLimit?: (event: LimitEvent) => void;
}

/** What peers may make it hold. */
export type EmbeddedLimits = Pick<StreamLimits, 'maxConnections' | 'maxConnectionsPerAddress'> & TransactionLimits;

export interface EmbeddedDrachtio {
  /** For `srf.connect({ ...control, secret })`. */
  readonly control: Endpoint;
  readonly secret: string;
  /** The bound SIP listeners. */
  readonly addresses: Addresses;
  /** Dialogs and transactions alive. */
  readonly load: { dialogs: number; transactions: number };
  /** How often each limit was reached since the start: `maxSipConnections`, `maxSipConnectionsPerAddress`, `maxSipTransactions`. */
  readonly limited: Readonly<Record<string, number>>;
  /**
   * Resolves when an application takes requests of each of `methods`, which before are answered 503. Rejects after 10 s, or
   * when this is closed.
   */
  routed(methods: readonly string[]): Promise<void>;
  /** Takes over a connection of an HTTP server that asks for SIP over WebSocket (RFC 7118); it is answered, with an error if need be. */
  upgrade(asked: SipUpgrade): void;
  /** Closes every listener and connection; applications are cut off, peers are not told. */
  close(): Promise<void>;
}

/**
 * Starts the endpoint. Rejects with Node's error (`code`, `address`, `port`; EADDRINUSE for a port that is taken), its
 * `listener` saying which, when one cannot be had; then none is left open.
 */
export async function startEmbeddedDrachtio(options: EmbeddedOptions = {}): Promise<EmbeddedDrachtio> {
  const { clock = systemClock, log = silent, secret = randomBytes(16).toString('hex'), limits = {} } = options;
  const reports = new LimitReports({ clock, log });
  if (options.onLimit) reports.on('limit', options.onLimit);
  const limited = (report: LimitReport): void => reports.exceeded(report);
  const transport = await TransportLayer.listen({ ...options, clock, log, limited, published: true });
  const transactions = new TransactionLayer(transport, {}, limits);
  try {
    const control = await Control.listen({
      transport,
      transactions,
      port: options.control?.port ?? 0,
      streams: options.streams,
      secret,
      clock,
      log,
    });
    return {
      control: control.address,
      secret,
      addresses: transport.addresses,
      get load() {
        return { dialogs: control.dialogs, transactions: transactions.size };
      },
      get limited() {
        return reports.totals;
      },
      upgrade: (asked) => transport.upgrade(asked),
      routed: (methods) => control.routed(methods),
      close: async () => {
        await control.close();
        transactions.close();
        await transport.close();
        reports.close();
      },
    };
  } catch (error) {
    transactions.close();
    await transport.close();
    reports.close();
    throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { drachtioConnection } from '../../lib/util/channels.js';
import type { Clock } from '../../lib/util/clock.js';
import { Gathered } from '../../lib/util/gathered.js';
import type { Logger } from '../../lib/util/log.js';
import { asError } from './drachtio-error.js';
import { tellSip } from './control-tap.js';
import { FrameBudget, type Waiting } from './frame-budget.js';
import type { ControlClient, ControlSocket, SrfLike } from './srf-types.js';

export interface ControlConnectionsOptions {
  clock: Clock;
  log: Logger;
  /** This connection is gone: what was asked over it will not be answered. */
  lost: (socket: ControlSocket) => void;
  /** There is a connection again; `lost` are those gone since the last one came. */
  reconnected: (lost: ReadonlySet<ControlSocket>) => void;
}

/** The version the embedded endpoint reports; it has no frame limits. */
const isEmbedded = (version: string | null | undefined): boolean => /embedded/.test(version ?? '');

/** What is remembered of one Srf while it has no connection. */
interface Outage {
  readonly lost: Set<ControlSocket>;
  /** Its cause was logged; drachtio-srf reports every further attempt too. */
  told: boolean;
}

/** The control connections of every Srf in use: how much may be written to them, and their loss and return. */
export class ControlConnections {
  readonly #options: ControlConnectionsOptions;
  readonly #known = new WeakSet<SrfLike>();
  readonly #clients = new WeakSet<ControlClient>();
  readonly #budgets = new WeakMap<ControlSocket, FrameBudget>();
  readonly #gathered = new WeakSet<ControlSocket>();
  readonly #waiting: Waiting = { octets: 0 };
  #limited = false;

  constructor(options: ControlConnectionsOptions) {
    this.#options = options;
  }

  /** Whether frames have a largest size: there is, or was, a real drachtio-server. */
  get limited(): boolean {
    return this.#limited;
  }

  /** Octets that wait to be written. */
  get waiting(): number {
    return this.#waiting.octets;
  }

  /** Watches an Srf. Called with the same one again, does nothing. */
  adopt(srf: SrfLike): void {
    if (this.#known.has(srf)) return;
    this.#known.add(srf);
    const { log, reconnected } = this.#options;
    const outage: Outage = { lost: new Set(), told: false };
    // DRA-G13: an 'error' without listener ends the process.
    srf.on('error', (error) => this.#down(srf, outage, asError(error).message));
    srf.on('close', () => this.#down(srf, outage, 'closed by drachtio-server'));
    srf.on('connect', (error) => {
      if (error !== null && error !== undefined) {
        this.#down(srf, outage, 'drachtio-server does not accept the secret');
        return;
      }
      if (outage.told) log.info({}, 'drachtio control connection is back');
      outage.told = false;
      if (drachtioConnection.hasSubscribers) drachtioConnection.publish({ up: true, cause: null });
      this.#watch(srf, outage);
      if (outage.lost.size === 0) return;
      const lost = new Set(outage.lost);
      outage.lost.clear();
      reconnected(lost);
    });
    this.#watch(srf, outage);
  }

  #down(srf: SrfLike, outage: Outage, cause: string): void {
    const { client } = srf.app;
    // With outbound connections each dialog has one of its own, which ends with it; and some we end ourselves.
    if (outage.told || client?.isListening || client?.wp.closing) return;
    outage.told = true;
    if (drachtioConnection.hasSubscribers) drachtioConnection.publish({ up: false, cause });
    this.#options.log.warn({ cause }, 'no drachtio control connection; trying again');
  }

  /** A round of NOTIFYs is many small frames; drachtio-srf writes each by itself. */
  #gather(socket: ControlSocket): void {
    if (this.#gathered.has(socket)) return;
    this.#gathered.add(socket);
    const gathered = new Gathered(socket);
    const write = socket.write.bind(socket);
    socket.write = (frame, callback) => {
      gathered.hold();
      return write(frame, callback);
    };
  }

  #watch({ app }: SrfLike, outage: Outage): void {
    const { client } = app;
    if (!client) return;
    if (!this.#clients.has(client)) {
      this.#clients.add(client);
      client.wp.on('msg', (socket, message) => {
        const budget = this.#budgets.get(socket);
        budget?.received(message);
        // The embedded endpoint tells of itself what it reads and writes.
        if (budget) tellSip(message);
      });
      client.wp.on('close', (socket) => {
        this.#budgets.get(socket)?.close();
        outage.lost.add(socket);
        this.#options.lost(socket);
      });
    }
    for (const [socket, { authenticated, serverVersion }] of client.mapServer) {
      if (!authenticated || this.#budgets.has(socket)) continue;
      if (isEmbedded(serverVersion)) {
        this.#gather(socket);
        continue;
      }
      this.#limited = true;
      const { clock, log } = this.#options;
      const refused = (id: string): void => {
        // As the server says it: who asked hears that it was not sent, and does not wait for ever.
        client.wp.emit('msg', socket, `${randomUUID()}|response|${id}|NOK|too large for drachtio-server`);
      };
      this.#budgets.set(socket, new FrameBudget(socket, { clock, log, waiting: this.#waiting, refused }));
    }
  }
}

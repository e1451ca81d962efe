import { setImmediate as nextTurn } from 'node:timers/promises';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import type { ServerStats } from '../../lib/chat-server.js';
import { systemClock } from '../../lib/util/clock.js';
import { IdleCollection } from '../../lib/util/idle-collection.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import { type Chatrooms, chatrooms, type ChatroomsOptions, type ServerEvents, type SrfMiddleware } from '../index.js';
import { METHODS } from '../server.js';
import { connect, disconnect, watch } from './drachtio-connection.js';
import { OperatorServer } from './http.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { HELP, readServeOptions, type ServeOptions, UsageError } from './serve-options.js';
import { listenError, StartupError } from './startup-error.js';

export interface ServeIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  /** Aborted to stop the server. */
  signal: AbortSignal;
  /** Aborted, with the error, by what nobody caught: the server stops as for `signal`, with 1. @defaultValue never */
  failed?: AbortSignal;
  /** Asks for the certificate to be read again: `SIGHUP`. @defaultValue never */
  reload?: EventTarget;
  /** How this program is called, for the command it proposes. @defaultValue `'npx drachtio-chatroom'` */
  invocation?: string;
}

/**
 * `drachtio-chatroom serve`.
 * @param argv what stands behind `serve`
 * @returns exit code: 0 stopped in good order, 1 could not start or failed, 2 wrong usage
 */
export async function runServe(argv: readonly string[], io: ServeIo): Promise<number> {
  const complain = (message: string, code: number): number => {
    io.stderr.write(`drachtio-chatroom: ${message}\n`);
    return code;
  };
  let options: ServeOptions | 'help';
  try {
    options = readServeOptions(argv, io.env);
  } catch (error) {
    if (error instanceof UsageError) return complain(error.message, 2);
    throw error;
  }
  if (options === 'help') {
    io.stdout.write(HELP);
    return 0;
  }
  let program: Program;
  try {
    program = new Program(options, io);
  } catch (error) {
    // What no flag alone shows to be wrong.
    if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_OPTION') return complain(error.message, 2);
    throw error;
  }
  try {
    await program.start();
  } catch (error) {
    await program.stop();
    if (error instanceof StartupError) return complain(error.message, 1);
    throw error;
  }
  io.reload?.addEventListener('reload', () => void program.reload());
  await Promise.race([aborted(io.signal), ...(io.failed ? [aborted(io.failed)] : [])]);
  if (io.failed?.aborted) program.failed(io.failed.reason);
  await program.stop();
  return io.failed?.aborted ? 1 : 0;
}

interface HostPort {
  host: string;
  port: number;
}

class Program {
  readonly #options: ServeOptions;
  readonly #io: ServeIo;
  readonly #log: Logger;
  readonly #srf = new Srf();
  readonly #rooms: Chatrooms;
  readonly #http: OperatorServer;
  #collection: IdleCollection | undefined;
  #endpoint: EmbeddedDrachtio | undefined;
  #connected = false;
  /** Connected at the moment. */
  #up = true;
  #stopping = false;
  #msrp: ServerEvents['listening'][0] = { msrp: '' };

  constructor(options: ServeOptions, io: ServeIo) {
    this.#options = options;
    this.#io = io;
    this.#log = createLog(options, io.stderr);
    this.#rooms = chatrooms({
      domain: options.domains,
      msrp: {
        listen: options.msrp,
        advertise: options.advertise,
        tls: options.msrps ?? false,
        connect: options.connect,
        ...webSocket(options.msrpWs),
      },
      workers: options.workers,
      workerPortStep: options.workerPortStep,
      ...options.network,
      limits: { ...options.limits.limits, maxMemory: options.maxMemory },
      invitations: options.limits.invitations,
      rooms: { defaults: options.limits.rooms },
      logger: this.#log,
    });
    const metrics = new Metrics(() => this.#stats);
    this.#http = new OperatorServer({ metrics, log: this.#log });
    this.#rooms.on('listening', (addresses) => {
      this.#msrp = addresses;
    });
  }

  /** Rejects with a StartupError for what the operator can mend; `stop` cleans up after it. */
  async start(): Promise<void> {
    const { drachtio, http, sip, sipWs } = this.#options;
    if (http) await this.#http.listen(http).catch(rethrow('--http', http));
    if (!drachtio) {
      const log = this.#log.child?.({ part: 'sip' }) ?? this.#log;
      const { sip: limits } = this.#options.limits;
      const listeners = { udp: sip, tcp: sip, ws: sipWs };
      this.#endpoint = await startEmbeddedDrachtio({ ...listeners, log, limits }).catch((error: unknown) => {
        const { port } = error as { port?: number };
        throw sipWs && port === sipWs.port && port !== sip.port
          ? listenError(error, '--sip-ws', sipWs)
          : listenError(error, '--sip', sip);
      });
    }
    await this.#rooms.listen().catch((error: unknown) => {
      throw this.#listenError(error);
    });
    const server = drachtio ?? endpointServer(this.#endpoint);
    await connect(this.#srf, server, systemClock);
    this.#connected = true;
    // Only now, so that a first connection that fails is told once, by what is thrown.
    await this.#rooms.attach(this.#srf);
    this.#srf.use('options', answerPing);
    for (const method of STRAY) this.#srf.use(method, refuseStray);
    watch(this.#srf, (up) => {
      this.#up = up;
      this.#http.ready = false;
      if (up) this.#takeCalls().catch((error: unknown) => this.#log.error({ error }, 'no calls are taken'));
    });
    await this.#takeCalls();
    this.#io.stdout.write(this.#welcome());
    this.#collection = new IdleCollection({ clock: systemClock });
  }

  /**
   * Ready as soon as requests come to us: drachtio-srf says which it wants after it has connected. The endpoint tells when it
   * knows; drachtio-server does not, so that one turn of the event loop, in which it is sent, has to do.
   */
  async #takeCalls(): Promise<void> {
    await (this.#endpoint ? this.#endpoint.routed(METHODS) : nextTurn());
    this.#http.ready = this.#up && !this.#stopping;
  }

  /** New joins get 503, participants BYE; then everything closes, at the latest after the drain timeout. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#http.ready = false;
    this.#collection?.close();
    const { drainTimeout } = this.#options;
    const timer = new AbortController();
    const late = new Promise<void>((resolve) => {
      systemClock.after(drainTimeout, resolve);
      timer.signal.addEventListener('abort', () => resolve());
    });
    const close = async (): Promise<void> => {
      await this.#rooms.close({ timeout: drainTimeout });
      if (this.#connected) disconnect(this.#srf);
      await this.#endpoint?.close();
      await this.#http.close();
    };
    await Promise.race([close(), late]);
    timer.abort();
  }

  /** Of the rooms, and of the limits of the endpoint in front of them. */
  get #stats(): ServerStats {
    const { stats } = this.#rooms;
    return { ...stats, limited: { ...stats.limited, ...this.#endpoint?.limited } };
  }

  /** What is left of the state is not to be trusted: those inside are told to go, and the supervisor starts us anew. */
  failed(error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.#log.error({ error: message, stack }, 'a defect, caught by nobody: draining');
  }

  /** The certificate was renewed: connections from now on get the new one. */
  async reload(): Promise<void> {
    await this.#rooms.reloadCertificate().catch((error: unknown) => {
      this.#log.error({ error: (error as Error).message }, 'TLS certificate not replaced');
    });
  }

  #listenError(error: unknown): unknown {
    if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_TLS_CERTIFICATE') {
      return new StartupError(`${error.message.replace(/\.$/, '')}; see --tls-cert and --tls-key`);
    }
    if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_CREDENTIAL_SOURCE') {
      return new StartupError(`${error.message.replace(/\.$/, '')}; see --credentials`);
    }
    if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_STORE') {
      return new StartupError(`${error.message.replace('; see option data.', '')}; see --data`);
    }
    const { msrp, msrps, msrpWs } = this.#options;
    const { listener = 'tcp', port } = error as { listener?: string; port?: number };
    // Of several workers each has a port of its own.
    const wanted = (listen: string): HostPort => ({ ...splitAddress(listen), ...(port !== undefined && { port }) });
    if (listener === 'tls' && msrps) return listenError(error, '--msrps', wanted(msrps.listen));
    if (listener !== 'tcp' && msrpWs) return listenError(error, '--msrp-ws', wanted(msrpWs.listen));
    return listenError(error, '--msrp', wanted(msrp));
  }

  #welcome(): string {
    const { advertise, msrps, msrpWs, domains, drachtio, http } = this.#options;
    const lines = ['drachtio-chatroom is running'];
    if (drachtio) lines.push(`  SIP     through drachtio-server ${drachtio.host}:${drachtio.port}`);
    for (const [transport, address] of Object.entries(this.#endpoint?.addresses ?? {})) {
      if (address) lines.push(`  SIP     ${transport}/${join(address)}`);
    }
    const advertised = advertise === undefined ? '' : `, advertised as ${advertise}`;
    lines.push(`  MSRP    msrp://${this.#msrp.msrp}${advertised}`);
    if (this.#msrp.msrps !== undefined) {
      const signed = msrps?.cert === undefined ? ', self-signed certificate' : '';
      lines.push(`  MSRP    msrps://${this.#msrp.msrps}${advertised}${signed}`);
    }
    if (this.#msrp.wss !== undefined) lines.push(`  MSRP    wss://${this.#msrp.wss}${advertised}`);
    if (this.#msrp.ws !== undefined) {
      const proxy = msrpWs?.advertise === undefined ? '' : `, behind wss://${msrpWs.advertise}`;
      lines.push(`  MSRP    ws://${this.#msrp.ws}${proxy}`);
    }
    for (const [index, { msrp, ...more }] of (this.#msrp.others ?? []).entries()) {
      const rest = Object.entries(more).map(([scheme, address]) => `, ${scheme}://${address}`);
      lines.push(`  Worker  ${index + 2}: msrp://${msrp}${rest.join('')}`);
    }
    if (http) lines.push(`  Health  http://${join(http)}/healthz`, `  Metrics http://${join(http)}/metrics`);
    lines.push(`  Rooms   ${domains.map((domain) => `sip:NAME@${domain}`).join(' ')}`);
    lines.push('', 'Join one in another terminal:', `  ${this.#chatCommand(domains[0])}`, '');
    return lines.join('\n');
  }

  #chatCommand(domain: string): string {
    const sip = this.#endpoint?.addresses.udp;
    const direct = domain === 'localhost' && sip?.port === 5060;
    const proxy = sip && !direct ? ` --proxy ${join(sip)}` : '';
    const { auth, digest } = this.#options.network;
    const login = auth === 'digest' ? ` --from sip:USER@${digest?.realm ?? domain} --password PASSWORD` : '';
    return `${this.#io.invocation ?? 'npx drachtio-chatroom'} chat sip:lobby@${domain} --nick alice${login}${proxy}`;
  }
}

/** OPTIONS to the server itself: proxies ask so whether it lives. */
const answerPing: SrfMiddleware = (req, res, next) => {
  if (req.uri.includes('@')) next();
  else res.send(200, { headers: { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, SUBSCRIBE, NOTIFY, UPDATE' } });
};

/** Methods that drachtio-server hands over as new in a dialog that is no more (drachtio knows the others itself). */
const STRAY = ['subscribe', 'options', 'message', 'refer'] as const;

/** IDN-13: also where the Request-URI is the server's own address, as in our Contacts, and so names no room. */
const refuseStray: SrfMiddleware = (req, res, next) => {
  if (/;\s*tag\s*=/i.test(req.get('To'))) res.send(481);
  else next();
};

const rethrow =
  (flag: string, address: { host: string; port: number }) =>
  (error: unknown): never => {
    throw listenError(error, flag, address);
  };

function webSocket(given: ServeOptions['msrpWs']): Pick<NonNullable<ChatroomsOptions['msrp']>, 'ws' | 'wss'> {
  if (!given) return {};
  const { listen, advertise, tls } = given;
  return tls ? { wss: { listen } } : { ws: { listen, ...(advertise === undefined ? {} : { advertise }) } };
}

/** What was checked with the flags. */
function splitAddress(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

const join = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function endpointServer(endpoint: EmbeddedDrachtio | undefined): { host: string; port: number; secret: string } {
  if (!endpoint) throw new StartupError('neither an embedded endpoint nor a drachtio-server; give --sip or --drachtio');
  return { ...endpoint.control, secret: endpoint.secret };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import Srf from 'drachtio-srf';
import type { EmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { systemClock, type Timer } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { IdleCollection } from '../../lib/util/idle-collection.js';
import { addApi } from '../api/api.js';
import { addReload } from '../api/routes/reload.js';
import { addHealth } from '../api/health.js';
import { HttpServer } from '../api/http-server.js';
import type { Config } from '../config/config.js';
import { SERVE_HELP, wantsHelp } from '../config/help.js';
import { type Loaded, loadConfig } from '../config/load.js';
import type { Settings } from '../config/schema.js';
import { toConfig } from '../config/to-config.js';
import { ConfigError } from '../config/problems.js';
import type { Path } from '../config/tree.js';
import { ProgramEvents } from '../events/program-events.js';
import { type Chatrooms, chatrooms, type ChatroomsOptions, type ServerEvents, type SrfMiddleware } from '../index.js';
import { HttpRequests } from '../metrics/http-requests.js';
import { type Figures, Metrics } from '../metrics/metrics.js';
import { type HostPort, hostPortText, isLoopback } from '../sip/host-port.js';
import type { ReloadResult } from '../reload/library.js';
import { OneByOne } from '../reload/one-by-one.js';
import { workersOf } from '../options/parse-options.js';
import { Recorder } from '../trace/recorder.js';
import { addTraces } from '../trace/routes.js';
import { METHODS } from '../server.js';
import { logOptions, logRefusal, logReload, refuseReload, reloaded } from './reloading.js';
import { connect, disconnect, watch } from './drachtio-connection.js';
import { createLog, type ProgramLog } from './log.js';
import { logMessages } from './log-messages.js';
import { listenError, roomsError, StartupError } from './startup-error.js';
import { version } from './version.js';
import { addBrowserSide, addressBehind } from './web.js';
import { welcome } from './welcome.js';

export interface ServeIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  /** Aborted to stop the server. */
  signal: AbortSignal;
  /** Aborted, with the error, by what nobody caught: the server stops as for `signal`, with 1. @defaultValue never */
  failed?: AbortSignal;
  /** Asks for the configuration, and the certificate, to be read again: `SIGHUP`. @defaultValue never */
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
  if (wantsHelp(argv)) {
    io.stdout.write(SERVE_HELP);
    return 0;
  }
  // While the program starts its configuration has been read already: that it changed since is looked at afterwards.
  let reloadsAsked = 0;
  let reload = (): void => void reloadsAsked++;
  io.reload?.addEventListener('reload', () => reload());
  let loaded: Loaded;
  try {
    loaded = loadConfig({ argv, env: io.env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const more = error.problems.length - 1;
    return complain(more > 0 ? `${error.message} (${more} more: drachtio-chatroom check-config)` : error.message, 2);
  }
  let program: Program;
  try {
    program = new Program(loaded, argv, io);
  } catch (error) {
    // What only the rooms themselves find wrong.
    if (error instanceof ChatroomsError) return complain(error.message.replace(/\.$/, ''), 2);
    throw error;
  }
  const told = Promise.race([aborted(io.signal), ...(io.failed ? [aborted(io.failed)] : [])]);
  try {
    // Who is told to go while he waits for others goes at once.
    await Promise.race([program.start(), told]);
  } catch (error) {
    await program.stop();
    if (error instanceof StartupError) return complain(error.message, 1);
    throw error;
  }
  reload = () => void program.reload();
  if (reloadsAsked > 0 && !io.signal.aborted) reload();
  await told;
  if (io.failed?.aborted) program.failed(io.failed.reason);
  await program.stop();
  return io.failed?.aborted ? 1 : 0;
}

/** Of the time that is left when the rooms are closed, how much the last deliveries of webhooks may take. */
const EVENTS_SHARE = 0.8;

class Program {
  #config: Config;
  #settings: Settings;
  readonly #reloads = new OneByOne();
  /** A reload that has not begun: who asks meanwhile is served by it. */
  #nextReload: Promise<ReloadResult> | undefined;
  readonly #argv: readonly string[];
  readonly #sources: Loaded['sources'];
  readonly #io: ServeIo;
  readonly #log: ProgramLog;
  #unlogMessages: () => void;
  readonly #srf = new Srf();
  readonly #rooms: Chatrooms;
  readonly #http: HttpServer;
  readonly #events: ProgramEvents;
  readonly #requests = new HttpRequests();
  #recorder: Recorder | undefined;
  /** SIP and MSRP accept traffic. */
  #ready = false;
  #collection: IdleCollection | undefined;
  #endpoint: EmbeddedDrachtio | undefined;
  #connected = false;
  /** Connected at the moment. */
  #up = true;
  #reconnects = 0;
  #stopping = false;
  #msrp: ServerEvents['listening'][0] = { msrp: '' };
  #httpPort = 0;

  constructor({ config, settings, sources, warnings }: Loaded, argv: readonly string[], io: ServeIo) {
    this.#config = config;
    this.#settings = settings;
    this.#argv = argv;
    this.#sources = sources;
    this.#io = io;
    this.#log = createLog(logOptions(config), io.stderr);
    for (const why of warnings) this.#log.warn({ why }, 'configuration');
    this.#rooms = chatrooms(this.#options(config));
    const { http, webhooks } = config;
    this.#events = new ProgramEvents(this.#rooms, { log: this.#log, version: version(), webhooks });
    this.#unlogMessages = logMessages(this.#rooms, this.#log, config.log);
    const metrics = new Metrics(() => this.#figures, { process: true });
    this.#http = new HttpServer({ log: this.#log });
    this.#requests.watch(this.#http.app);
    addHealth(this.#http.app, { metrics, ready: () => this.#ready });
    addApi(this.#http.app, {
      clock: systemClock,
      rooms: this.#rooms,
      version: version(),
      state: () => ({
        ready: this.#ready,
        draining: this.#stopping,
        drachtio: { connected: this.#connected && this.#up, embedded: this.#endpoint !== undefined },
        stats: this.#figures.rooms,
      }),
      loopback: http.listen !== undefined && isLoopback(http.listen.host) && !isProxied(http.web),
      token: () => this.#config.http.token,
      addressOf: addressBehind(http.web ? http.web.proxies : undefined),
    });
    addReload(this.#http.app, { reload: () => this.#reload().catch(refuseReload) });
    this.#events.addRoutes(this.#http.app);
    this.#adjustTraces();
    const recorder = (): Recorder | undefined =>
      this.#config.trace.directory === undefined ? undefined : this.#recorder;
    addTraces(this.#http.app, { recorder });
    this.#addPages();
    this.#rooms.on('listening', (addresses) => {
      this.#msrp = addresses;
    });
  }

  /** Rejects with a StartupError for what the operator can mend; `stop` cleans up after it. */
  async start(): Promise<void> {
    const { drachtio, http } = this.#config;
    if (http.listen) {
      const { listen } = http;
      const refuse = (error: unknown): never => this.#refuse(error, ['http', 'listen'], listen);
      this.#httpPort = await this.#http.listen(listen).catch(refuse);
    }
    await this.#rooms.listen().catch((error: unknown) => {
      throw roomsError(error, this.#config, this.#sources);
    });
    if (this.#stopping) return;
    // Behind the rooms, which have the certificate.
    if (!drachtio) this.#endpoint = await this.#startEndpoint();
    if (this.#stopping) return this.#endpoint?.close();
    const server = drachtio ?? endpointServer(this.#endpoint);
    await connect(this.#srf, server, systemClock);
    // Told to go meanwhile: who starts anything now leaves it behind.
    if (this.#stopping) return disconnect(this.#srf);
    this.#connected = true;
    // Only now, so that a first connection that fails is told once, by what is thrown.
    await this.#rooms.attach(this.#srf);
    this.#srf.use('options', answerPing);
    for (const method of STRAY) this.#srf.use(method, refuseStray);
    watch(this.#srf, (up) => {
      this.#up = up;
      if (up) this.#reconnects++;
      this.#ready = false;
      if (up) this.#takeCalls().catch((error: unknown) => this.#log.error({ error }, 'no calls are taken'));
    });
    await this.#takeCalls();
    if (this.#stopping) return;
    const addresses = { sip: this.#endpoint?.addresses, msrp: this.#msrp, http: this.#httpPort };
    this.#io.stdout.write(welcome(this.#config, addresses, this.#io.invocation));
    this.#collection = new IdleCollection({ clock: systemClock });
  }

  async #startEndpoint(): Promise<EmbeddedDrachtio> {
    // D3: with a drachtio-server it is not loaded.
    const { startEmbeddedDrachtio } = await import('../../lib/embedded-drachtio/index.js');
    const { sip, http } = this.#config;
    const { listen, ws, limits } = sip;
    const { tlsCredentials: credentials } = this.#rooms;
    const tls = sip.tls && credentials && { listen: sip.tls, credentials };
    const log = this.#log.child?.({ part: 'sip' }) ?? this.#log;
    const listeners = { udp: listen, tcp: listen, tls, ws, sharedWs: http.listen !== undefined };
    return startEmbeddedDrachtio({ ...listeners, log, limits }).catch((error: unknown) => {
      const { listener } = error as { listener?: string };
      if (listener === 'tls' && sip.tls) return this.#refuse(error, ['sip', 'tls'], sip.tls);
      if (listener === 'ws' && ws) return this.#refuse(error, ['sip', 'ws'], ws);
      return this.#refuse(error, ['sip', 'listen'], listen);
    });
  }

  /**
   * Ready as soon as requests come to us: drachtio-srf says which it wants after it has connected. The endpoint tells when it
   * knows; drachtio-server does not, so that one turn of the event loop, in which it is sent, has to do.
   */
  async #takeCalls(): Promise<void> {
    await (this.#endpoint ? this.#endpoint.routed(METHODS) : nextTurn());
    this.#ready = this.#up && !this.#stopping;
    if (this.#ready) this.#events.ready();
  }

  /** New joins get 503, participants BYE; then everything closes, at the latest after the drain timeout. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ready = false;
    this.#collection?.close();
    const { drainTimeout } = this.#config;
    const began = systemClock.now();
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = systemClock.after(drainTimeout, resolve);
    });
    const close = async (): Promise<void> => {
      await this.#rooms.close({ timeout: drainTimeout });
      await this.#recorder?.close();
      if (this.#connected) disconnect(this.#srf);
      await this.#events.close(EVENTS_SHARE * Math.max(0, began + drainTimeout - systemClock.now()));
      await this.#endpoint?.close();
      await this.#http.close();
    };
    await Promise.race([close(), late]);
    timer?.cancel();
  }

  /** Of the rooms, and of the limits of the endpoint in front of them. */
  get #figures(): Figures {
    const { stats } = this.#rooms;
    return {
      version: version(),
      rooms: { ...stats, limited: { ...stats.limited, ...this.#endpoint?.limited } },
      drachtio: { connected: this.#connected && this.#up, reconnects: this.#reconnects },
      endpoint: this.#endpoint?.load,
      http: this.#requests.totals,
      ...this.#events.figures,
    };
  }

  /** What is left of the state is not to be trusted: those inside are told to go, and the supervisor starts us anew. */
  failed(error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.#log.error({ error: message, stack }, 'a defect, caught by nobody: draining');
  }

  /** Goes on with the configuration as it is read now; the log says what came of it. */
  async reload(): Promise<void> {
    await this.#reload().catch(() => undefined);
  }

  /** Rejects with a ConfigError, or a ChatroomsError; nothing has changed then. */
  #reload(): Promise<ReloadResult> {
    this.#nextReload ??= this.#reloads.run(async () => {
      this.#nextReload = undefined;
      try {
        const result = await this.#reloadNow();
        logReload(this.#log, result);
        return result;
      } catch (error) {
        logRefusal(this.#log, error);
        throw error;
      }
    });
    return this.#nextReload;
  }

  async #reloadNow(): Promise<ReloadResult> {
    const loaded = loadConfig({ argv: this.#argv, env: this.#io.env });
    for (const why of loaded.warnings) this.#log.warn({ why }, 'configuration');
    const { settings, result } = reloaded(this.#settings, loaded.settings);
    const config = toConfig(settings);
    await this.#rooms.reload(this.#options(config));
    const { http } = this.#config;
    this.#settings = settings;
    this.#config = config;
    this.#log.adjust(logOptions(config));
    this.#unlogMessages();
    this.#unlogMessages = logMessages(this.#rooms, this.#log, config.log);
    this.#events.adjust(config.webhooks);
    if (http.token !== config.http.token) this.#events.endStreams();
    this.#adjustTraces();
    return result;
  }

  #options(config: Config): ChatroomsOptions {
    return { ...config.chatrooms, msrp: { ...config.chatrooms.msrp, ...this.#sharedWebSocket() }, logger: this.#log };
  }

  /** MSRP of pages, at the HTTP port, which is known when that listens. */
  #sharedWebSocket(): Pick<NonNullable<ChatroomsOptions['msrp']>, 'sharedWs'> {
    const { listen, web } = this.#config.http;
    if (!listen || !web) return {};
    const { origins, plain } = web;
    const given = { ...(origins && { origins }), ...(plain !== undefined && { plain }) };
    return { sharedWs: { advertise: hostPortText(listen), port: () => this.#httpPort, ...given } };
  }

  /** Traces that run go on as they began. */
  #adjustTraces(): void {
    const { directory, ...limits } = this.#config.trace;
    if (directory === undefined) return;
    if (this.#recorder) this.#recorder.adjust({ directory, ...limits });
    else this.#recorder = new Recorder({ tracing: this.#rooms.tracing, directory, ...limits, log: this.#log });
  }

  #addPages(): void {
    const { http, chatrooms: options, drachtio } = this.#config;
    if (!http.listen || !http.web) return;
    const current = (): Config => this.#config;
    addBrowserSide(this.#http, {
      get web() {
        const { web } = current().http;
        return web || {};
      },
      host: http.listen.host,
      domains: options.domain,
      auth: options.auth,
      get trustedPeers() {
        return current().chatrooms.trustedPeers ?? [];
      },
      get maxMessageSize() {
        return current().chatrooms.limits?.maxMessageSize;
      },
      workers: workersOf(options.workers ?? 1),
      rooms: this.#rooms,
      sip: drachtio ? null : () => this.#endpoint,
    });
  }

  /** What kept a listener from starting, its address in the words of who gave it. */
  #refuse(error: unknown, path: Path, address: HostPort): never {
    throw listenError(error, this.#sources.name(path), address);
  }
}

/** Who comes through a proxy on this machine may look like somebody of this machine. */
const isProxied = (web: Config['http']['web']): boolean =>
  web !== false && (web.proxies !== undefined || web.origins !== undefined);

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

function endpointServer(endpoint: EmbeddedDrachtio | undefined): { host: string; port: number; secret: string } {
  if (!endpoint) throw new StartupError('neither an embedded endpoint nor a drachtio-server; give --sip or --drachtio');
  return { ...endpoint.control, secret: endpoint.secret };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

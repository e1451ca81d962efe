/** Listeners, connections and switches in several threads, behind the focus in this one. */
import type { SwitchEvents } from '../../focus-switch.js';
import { parseMsrpUri } from '../../msrp/index.js';
import type { CertificateFiles } from '../../transport/certificate.js';
import { TlsCredentials } from '../../transport/tls-credentials.js';
import type { UpgradeRequest } from '../../transport/ws-upgrades.js';
import type { Clock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type { LimitReport } from '../../util/limit-reports.js';
import type { Logger } from '../../util/log.js';
import { refuseUpgrade } from '../../util/refuse-upgrade.js';
import type { MediaPlane, MediaStats, SessionEnds } from '../media-plane.js';
import type { Address, Listening, MsrpLimits, MsrpOptions } from '../options.js';
import { advertisedHost, ownEnds } from '../own-ends.js';
import { Crew, type Member } from './crew.js';
import { Directory } from './directory.js';
import { Placement } from './placement.js';
import { Reception } from './reception.js';
import { SettledRooms } from './settled-rooms.js';
import { sharesOf } from './share.js';
import { SharedControl } from './shared-control.js';
import { type StartThread, startThread } from './thread.js';
import { portAsked, tunnel } from './tunnel.js';
import type { Share } from './to-worker.js';
import { WorkerStats } from './worker-stats.js';
import { Verdicts } from './verdicts.js';

export interface WorkersPlaneOptions {
  clock: Clock;
  log: Logger;
  msrp: MsrpOptions;
  /** Told of what went beyond the limits of connections. @defaultValue nobody is */
  limited?: (report: LimitReport, times: number) => void;
  /** How many, at least 2. */
  workers: number;
  /** Ports between a listener of one worker and that of the next. @defaultValue 10 */
  portStep?: number;
  /** @defaultValue a thread of this process */
  startThread?: StartThread;
}

const PORT_STEP = 10;

export class WorkersPlane implements MediaPlane {
  /** The focus; set by the composition root. */
  events!: SwitchEvents;
  readonly control: SharedControl;
  readonly #options: WorkersPlaneOptions;
  readonly #shares: readonly Share[];
  readonly #crew: Crew;
  readonly #directory: Directory;
  readonly #placement: Placement;
  readonly #stats: WorkerStats;
  /** By index, in ms. */
  readonly #delays: number[] = [];
  /** By index, in octets. */
  readonly #memory: number[] = [];
  /** By index. */
  #ends: readonly SessionEnds[] = [];
  /** Workers by the scheme, transport and port of a URI of ours. */
  #byPort = new Map<string, number>();
  /** Where workers take what an HTTP server handed over, by port. */
  readonly #behind = new Map<number, Address>();
  #credentials: TlsCredentials | undefined;
  #announcements = 0;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` when there are not ports enough */
  constructor(options: WorkersPlaneOptions) {
    const { clock, log, msrp, workers, portStep = PORT_STEP } = options;
    this.#options = options;
    this.#shares = sharesOf(msrp, workers, portStep);
    this.#directory = new Directory(workers);
    this.#placement = new Placement(clock, this.#directory);
    this.#stats = new WorkerStats(workers);
    const directory = this.#directory;
    const settled = new SettledRooms((room) => {
      this.#crew.broadcast({ is: 'askSettled', room });
      return this.#crew.members.map(({ node }) => node);
    });
    const verdicts = new Verdicts();
    const reception = new Reception({
      log,
      directory,
      settled,
      verdicts,
      events: () => this.events,
      limited: (report, times) => options.limited?.(report, times),
      usage: (worker, endpoint, usage) => this.control.usage(worker, endpoint, usage),
      stats: ({ index }, stats) => this.#stats.report(index, stats),
      delay: ({ index }, delay) => {
        this.#delays[index] = delay;
      },
      memory: ({ index }, octets) => {
        this.#memory[index] = octets;
      },
    });
    this.#crew = new Crew({
      clock,
      log,
      shares: this.#shares,
      startThread: options.startThread ?? startThread,
      common: () => ({
        gate: this.events.gate ? { everywhere: this.events.gate.everywhere } : null,
        traced: this.events.decided !== undefined,
        certificate: this.#credentials?.pem,
      }),
      briefing: () => this.control.briefing(),
      receive: (worker, message) => reception.receive(worker, message),
      lost: (worker) => {
        settled.left(worker.node);
        this.control.left(worker);
        this.#lost(worker);
      },
    });
    this.control = new SharedControl({
      crew: this.#crew,
      directory,
      settled,
      workerOf: (uri) => this.#workerOf(uri),
      placed: ({ media, worker }) => this.#placement.taken(media.room, worker),
      homeless: (endpoint) => queueMicrotask(() => this.#tellLost(endpoint)),
      removed: (endpoint) => verdicts.forget(endpoint),
    });
  }

  /** Those of rooms and endpoints are exact; the others are what each worker said last, at most a second ago. */
  get stats(): MediaStats {
    const { rooms, residents } = this.#directory;
    return { ...this.#stats.sum, rooms: rooms.size, endpoints: residents.size };
  }

  get delay(): number {
    return Math.max(0, ...this.#delays);
  }

  get memory(): number {
    return this.#memory.reduce((all, octets) => all + octets, 0);
  }

  get credentials(): TlsCredentials | undefined {
    return this.#credentials;
  }

  /** Where the first worker listens; `others` has the rest. */
  async listen(): Promise<Listening> {
    const { tls } = this.#options.msrp;
    try {
      if (tls) this.#credentials = await this.#openCredentials(tls);
      const [first, ...others] = await this.#crew.start();
      const listening = [first, ...others];
      this.#ends = listening.map((addresses, index) => this.#endsAt(addresses, this.#shares[index]));
      for (const [index, ends] of this.#ends.entries()) for (const key of keysOf(ends)) this.#byPort.set(key, index);
      return { ...first, others };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #endsAt(addresses: Listening, { msrp }: Share): SessionEnds {
    const { sharedWs } = this.#options.msrp;
    const { behindWs } = addresses;
    if (!sharedWs || !behindWs) return ownEnds(msrp, addresses);
    // Its host leads to the HTTP server, its port through that to the worker.
    const shared = { host: sharedWs.advertise().host, port: behindWs.port };
    const ends = ownEnds({ ...msrp, sharedWs }, { ...addresses, sharedWs: shared });
    // Where there are listeners for WebSockets alone, the SDP has their ports; a page comes to its own server all the same.
    for (const end of [ends.ws, ends.plainWs]) if (end) this.#behind.set(end.port, behindWs);
    return ends;
  }

  async #openCredentials(tls: NonNullable<MsrpOptions['tls']>): Promise<TlsCredentials> {
    const { clock, log, msrp } = this.#options;
    const { listen, files, ca, ciphers } = tls;
    const hosts = [advertisedHost(msrp, listen)];
    const credentials = await TlsCredentials.open({ clock, log, files, ca, ciphers, hosts });
    credentials.onChange(() => this.#crew.broadcast({ is: 'certificate', pem: credentials.pem }));
    return credentials;
  }

  /** @throws ChatroomsError `CHAT_ERR_NO_WORKER` (503) when no worker listens at the moment */
  ends(room: string): SessionEnds {
    const ends = this.#place(room);
    if (ends) return ends;
    throw new ChatroomsError('CHAT_ERR_NO_WORKER', 'No worker listens for MSRP at the moment; try again.', {
      sipStatus: 503,
    });
  }

  moved(room: string, { tcp }: SessionEnds): SessionEnds | null {
    const worker = this.#ends.findIndex((ends) => ends.tcp?.port === tcp?.port);
    return this.#crew.listening.includes(worker) ? null : this.#place(room);
  }

  #place(room: string): SessionEnds | null {
    const worker = this.#placement.pick(room, this.#crew.listening);
    return worker === undefined ? null : this.#ends[worker];
  }

  #workerOf(localUri: string): number | undefined {
    const uri = parseMsrpUri(localUri);
    return uri ? this.#byPort.get(keyOf(uri.scheme === 'msrps', uri.transport, uri.port)) : undefined;
  }

  announce(uri: string): () => void {
    const worker = this.#workerOf(uri);
    const member = worker === undefined ? undefined : this.#crew.member(worker);
    if (!member) return () => {};
    const announcement = ++this.#announcements;
    member.port.post({ is: 'announce', announcement, uri });
    return () => member.port.post({ is: 'withdraw', announcement });
  }

  /** The URL says which worker: `?port=` and the port of our URI. */
  upgrade(asked: UpgradeRequest): void {
    const worker = this.#behind.get(portAsked(asked.request) ?? 0);
    if (worker) tunnel(asked, worker, this.#options.clock);
    else refuseUpgrade(asked.socket, '404 Not Found', 'no worker at that port; give the one of the SDP answer, ?port=');
  }

  adjust(limits: MsrpLimits): void {
    const { msrp, workers, portStep = PORT_STEP } = this.#options;
    this.#crew.adjust(sharesOf({ ...msrp, ...limits }, workers, portStep));
    const { gate } = this.events;
    if (gate) this.#crew.broadcast({ is: 'gate', everywhere: gate.everywhere });
  }

  async reloadCertificate(files?: CertificateFiles | null): Promise<void> {
    await this.#credentials?.reload(files);
  }

  async close(): Promise<void> {
    this.#credentials?.close();
    await this.#crew.close();
  }

  /** Its connections are gone. A re-INVITE brings each session elsewhere, as after any lost connection. */
  #lost({ index, node }: Member): void {
    this.#stats.lost(index);
    this.#delays[index] = 0;
    this.#memory[index] = 0;
    const residents = [...this.#directory.residents.values()].filter((resident) => resident.node === node);
    for (const resident of residents) resident.node = undefined;
    for (const { media } of residents) this.#tellLost(media.id);
  }

  #tellLost(endpoint: string): void {
    const resident = this.#directory.residents.get(endpoint);
    if (resident && resident.node === undefined) this.events.sessionLost(endpoint, 'connection-lost');
  }
}

/** What a URI of ours shows of the worker it is at; the hosts are the same. */
function keysOf({ tcp, tls, ws, plainWs }: SessionEnds): string[] {
  const ends: [boolean, string, Address | undefined][] = [
    [false, 'tcp', tcp],
    [true, 'tcp', tls],
    [true, 'ws', ws],
    [false, 'ws', plainWs],
  ];
  return ends.flatMap(([secure, transport, end]) => (end ? [keyOf(secure, transport, end.port)] : []));
}

const keyOf = (secure: boolean, transport: string, port: number | null): string => `${secure} ${transport} ${port}`;

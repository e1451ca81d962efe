import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import {
  type EmbeddedDrachtio,
  type EmbeddedOptions,
  startEmbeddedDrachtio,
} from '../../lib/embedded-drachtio/index.js';
import {
  joinRoom,
  type JoinOptions,
  type ParticipantSettings,
  type TestParticipant,
} from '../../lib/client/testing.js';
import type { ChatroomsOptions } from '../../plugin/options/options.js';
import { parseOptions } from '../../plugin/options/parse-options.js';
import { Server } from '../../plugin/server.js';
import { PunctualProbe } from '../../plugin/testing/punctual-probe.js';
import type { ServerEvents } from '../../plugin/server-events.js';
import type { Probe } from '../../lib/overload/probe.js';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import type { ManualClock } from './manual-clock.js';
import { patientClock } from './patient-clock.js';

interface Address {
  host: string;
  port: number;
}

/** What runs the rooms: drachtio-server, or the endpoint that stands in for it. */
interface Backend {
  sip: Address;
  ws: Address | undefined;
  /** Undefined with a drachtio-server, whose inside cannot be seen. */
  embedded: EmbeddedDrachtio | undefined;
}

const punctual = (): Probe => new PunctualProbe();

/** Limits of rooms in the process of a test: what else it and the machine do is no reason to refuse anybody. */
export const NEVER_LATE = { maxLoopDelay: 60_000 };

const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** Hosts whose user parts are rooms of the server under test. */
export const DOMAINS = ['localhost', '127.0.0.1', 'conf.example.com'];

export interface ServerUnderTestOptions extends ChatroomsOptions {
  /** Of the rooms and their MSRP side. @defaultValue the clock of the machine */
  clock?: ManualClock;
  /** Of the embedded endpoint. @defaultValue the clock of the machine */
  sipClock?: Clock;
  /** How loaded the process seems. @defaultValue never late, whatever else the machine does */
  probe?: () => Probe;
  /** Port of the embedded endpoint, UDP and TCP. @defaultValue a free one */
  sipPort?: number;
  /** It listens for TLS too, with the certificate of `msrp.tls`. @defaultValue false */
  sipTls?: boolean;
}

/** Settings of a participant, its URI made of `user` unless given. */
export type Joining = Partial<ParticipantSettings> & JoinOptions;

/**
 * The whole product in this process, on ephemeral ports of the loopback interface: embedded endpoint, unmodified
 * drachtio-srf, rooms, MSRP. With DRACHTIO_HOST (and DRACHTIO_PORT, DRACHTIO_SECRET) in the environment a running
 * drachtio-server takes the place of the endpoint.
 */
export class ServerUnderTest {
  readonly #participants: TestParticipant[] = [];
  readonly #cleanups: (() => unknown)[] = [];
  #names = 0;

  private constructor(
    readonly server: Server,
    readonly events: EventEmitter<ServerEvents>,
    private readonly backend: Backend,
    readonly msrp: Address,
    private readonly srf: Srf,
    private readonly clock: ManualClock | undefined,
  ) {}

  static async start(given: ServerUnderTestOptions = {}): Promise<ServerUnderTest> {
    const { clock, sipClock = systemClock, probe = punctual, sipPort = 0, sipTls = false, ...options } = given;
    const events = new EventEmitter<ServerEvents>();
    const msrp = { listen: '127.0.0.1:0', ...options.msrp };
    const settings = parseOptions({ domain: DOMAINS, ...options, msrp });
    const server = new Server(settings, events, { clock, probe });
    const listening = once(events, 'listening');
    const srf = new Srf();
    server.attach(srf as unknown as Parameters<Server['attach']>[0]);
    await server.listen();
    const [{ msrp: tcp }] = (await listening) as ServerEvents['listening'];
    const { credentials } = server.chat;
    const tls = sipTls && credentials ? { listen: ANY_PORT, credentials } : undefined;
    const backend = await connectBackend(srf, sipPort, { tls, clock: sipClock });
    return new ServerUnderTest(server, events, backend, addressOf(tcp), srf, clock);
  }

  /** SIP over UDP and TCP. */
  get sip(): Address {
    return this.backend.sip;
  }

  /** SIP over WebSocket; undefined with a drachtio-server. */
  get ws(): Address | undefined {
    return this.backend.ws;
  }

  /** The endpoint in this process; undefined with a drachtio-server. */
  get embedded(): EmbeddedDrachtio | undefined {
    return this.backend.embedded;
  }

  /** URI of the SIP listener, for what has to be sent there. */
  proxy(transport: 'udp' | 'tcp' = 'udp'): string {
    const { host, port } = this.sip;
    return `sip:${host}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`;
  }

  /** URI of a room nobody has used yet. */
  newRoom(domain = 'localhost'): string {
    return `sip:room${++this.#names}@${domain}`;
  }

  /** A participant that has joined, and leaves when the server is closed. */
  async join(room: string, user: string, options: Joining = {}): Promise<TestParticipant> {
    // Its timers are long ones: who shares a process with the server has no reason to give it up.
    const settings = { uri: `sip:${user}@example.com`, proxy: this.sip, clock: patientClock };
    const joined = await joinRoom(room, { ...settings, ...options });
    this.#participants.push(joined);
    return joined;
  }

  /** Several, in this order. */
  async joinAll(room: string, ...users: string[]): Promise<TestParticipant[]> {
    const joined: TestParticipant[] = [];
    for (const user of users) joined.push(await this.join(room, user));
    return joined;
  }

  /** A handler of the application behind the rooms. */
  behind(method: string, handler: Parameters<Srf['use']>[1]): void {
    this.srf.use(method, handler);
  }

  /** Calls `cleanup` before the server is closed. */
  onClose(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  /** Participants and callers of a finished test go. */
  async clear(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).toReversed()) await cleanup();
    await Promise.all(this.#participants.splice(0).map(({ participant }) => participant.leave()));
  }

  async close(): Promise<void> {
    await this.clear();
    const closing = this.server.close();
    // What closing waits for by a clock of ours would never come.
    await (this.clock?.passUntil(closing) ?? closing);
    this.srf.disconnect();
    await this.backend.embedded?.close();
  }
}

/** `HOST:PORT` */
function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

async function connectBackend(
  srf: Srf,
  port: number,
  options: Pick<EmbeddedOptions, 'tls' | 'clock'>,
): Promise<Backend> {
  const { DRACHTIO_HOST, DRACHTIO_PORT, DRACHTIO_SECRET } = process.env;
  const at = { ...ANY_PORT, port };
  const embedded = DRACHTIO_HOST
    ? undefined
    : await startEmbeddedDrachtio({ udp: at, tcp: at, ws: ANY_PORT, ...options });
  const control = embedded
    ? { ...embedded.control, secret: embedded.secret }
    : { host: DRACHTIO_HOST, port: Number(DRACHTIO_PORT ?? 9022), secret: DRACHTIO_SECRET ?? 'cymru' };
  const hostports = await new Promise<string>((resolve, reject) => {
    srf.on('connect', (error: unknown, list: string) => {
      if (error) reject(error);
      else resolve(list);
    });
    void srf.connect(control);
  });
  // drachtio says `udp/127.0.0.1:5060,tcp/127.0.0.1:5060`
  const udp = hostports.split(',').find((hostport) => hostport.startsWith('udp/'));
  const sip = embedded?.addresses.udp ?? addressOf((udp ?? '').slice('udp/'.length));
  return { sip, ws: embedded?.addresses.ws, embedded };
}

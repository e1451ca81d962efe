import { MessageChannel } from 'node:worker_threads';
import Srf from 'drachtio-srf';
import { ChatParticipant, NodeSignalling, NodeTransport } from '../../lib/client/index.js';
import type { JoinOptions } from '../../lib/client/participant-types.js';
import { EventLog, type TestParticipant } from '../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { type Chatrooms, createChatrooms } from '../chatrooms.js';
import { firstDomain } from '../sip/interception.js';
import type { ChatroomsOptions } from '../options/options.js';
import { METHODS } from '../server.js';
import { connectControl } from './control-connection.js';
import { MemoryNetwork } from './memory-network.js';
import { PunctualProbe } from './punctual-probe.js';

/** Where SIP and MSRP listen, on a network of their own. */
const SIP = { host: '127.0.0.1', port: 5060 };
const MSRP = '127.0.0.1:2855';

/** Milliseconds that leaving and closing may take; in memory they take none. */
const PATIENCE = 2_000;

/** What `createTestRooms` is given: all that `chatrooms` takes, but for threads of its own. */
export interface TestRoomsOptions extends Omit<ChatroomsOptions, 'workers'> {
  /**
   * The time of rooms and participants: with a `ManualClock` a mute of ten minutes is over as soon as the test says so. SIP's
   * own timers, and those of `EventLog.next`, are always the machine's. @defaultValue the clock of the machine
   */
  clock?: Clock;
  /** `srf.locals` of the application, which handlers find in `req.srf.locals`. @defaultValue empty */
  locals?: Readonly<Record<string, unknown>>;
}

/** Who joins: each on a device of his own. */
export interface TestJoin extends JoinOptions {
  /** Own URI. @defaultValue `sip:NICK@DOMAIN`, of `nick` and the first domain of the rooms */
  uri?: string;
  /** For rooms with `auth: 'digest'`. @defaultValue none */
  password?: string;
  /** The name that goes with it. @defaultValue the user part of `uri` */
  username?: string;
  /** Hide who he is: see `ParticipantOptions`. @defaultValue false */
  anonymous?: boolean;
  /** Tell senders who ask for it that their messages arrived. @defaultValue false */
  deliveryNotifications?: boolean;
  /** Octets of one message that he accepts. @defaultValue 10485760 */
  maxMessageSize?: number;
}

/** Rooms without sockets, and who is in them. */
export interface TestRooms {
  /** What `chatrooms(options)` gives, attached and listening. */
  readonly rooms: Chatrooms;
  /** The application that they are in: an unmodified drachtio-srf, connected to a SIP endpoint in this process. */
  readonly srf: Srf;
  /**
   * A participant that has joined: by SIP and MSRP, as from another machine.
   *
   * @param room name, in the first domain of the rooms, or URI
   * @throws ChatroomsError `CHAT_ERR_JOIN_REFUSED` with `sipStatus`, and what else `ChatParticipant.join` throws;
   * `CHAT_ERR_CLOSED` after `close`
   */
  join(room: string, who?: TestJoin): Promise<TestParticipant>;
  /**
   * Lets everybody leave, and stops all. To be called when a test is over, whatever came of it: until then the process lives
   * on. Called again, waits for the same end.
   */
  close(): Promise<void>;
}

/**
 * Rooms for tests of what is built on them: the whole server, a SIP endpoint and the participants in this process, over
 * connections in memory. No port is taken, no file written, and no packet sent. However busy the process is, nobody is
 * refused for `limits.maxLoopDelay`.
 *
 *     const kit = await createTestRooms();
 *     greetingBot(kit.rooms);
 *     const { events } = await kit.join('lobby', { nick: 'ana' });
 *     const [message] = await events.next('message');
 *     await kit.close();
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`, naming the option that is unknown or wrong
 */
export async function createTestRooms(options: TestRoomsOptions = {}): Promise<TestRooms> {
  const { clock = systemClock, locals, msrp, limits, ...others } = options;
  const network = new MemoryNetwork();
  const rooms = createChatrooms(
    { ...others, msrp: { ...msrp, listen: MSRP }, limits: { maxSpoolBytes: 0, ...limits } },
    { clock, createServer: network.createServer, probe: () => new PunctualProbe() },
  );
  const vigil = keepAlive();
  try {
    const sip = await startEmbeddedDrachtio({ tcp: SIP, streams: network });
    const srf = new Srf();
    Object.assign(srf.locals, locals);
    await connectControl(srf, sip, network);
    await rooms.attach(srf);
    await sip.routed(METHODS.map((method) => method.toUpperCase()));
    return new Kit({ rooms, srf, sip, network, clock, vigil, domain: domainOf(options) });
  } catch (error) {
    vigil.end();
    throw error;
  }
}

/** What lasts until it is told to end. */
interface Vigil {
  end(): void;
}

/**
 * The process lives on, as it does for a server that listens: connections in memory are nothing that Node waits for, nor are
 * the timers of clocks, so a runner without handles of its own, as `node:test` is, would end in the middle of a test.
 */
function keepAlive(): Vigil {
  const { port1, port2 } = new MessageChannel();
  port1.ref();
  return {
    end: () => {
      port1.close();
      port2.close();
    },
  };
}

interface KitParts {
  rooms: Chatrooms;
  srf: Srf;
  sip: EmbeddedDrachtio;
  network: MemoryNetwork;
  clock: Clock;
  vigil: Vigil;
  domain: string;
}

class Kit implements TestRooms {
  readonly rooms: Chatrooms;
  readonly srf: Srf;
  readonly #parts: KitParts;
  readonly #present = new Set<ChatParticipant>();
  #newcomers = 0;
  #closed = false;

  constructor(parts: KitParts) {
    this.rooms = parts.rooms;
    this.srf = parts.srf;
    this.#parts = parts;
  }

  async join(room: string, who: TestJoin = {}): Promise<TestParticipant> {
    if (this.#closed)
      throw new ChatroomsError('CHAT_ERR_CLOSED', 'The kit was closed; make another with createTestRooms().');
    const { network, clock, domain } = this.#parts;
    const { nick, displayName, uri = this.#uriOf(nick), password, username, ...others } = who;
    const credentials = password === undefined ? undefined : { username: username ?? userOf(uri), password };
    const participant = new ChatParticipant({
      ...others,
      uri,
      clock,
      signalling: new NodeSignalling({ proxy: SIP, streams: network, credentials }),
      transport: new NodeTransport({ connect: network.connect }),
    });
    const events = new EventLog(participant);
    await participant.join(room.includes(':') ? room : `sip:${room}@${domain}`, {
      ...(nick === undefined ? {} : { nick }),
      ...(displayName === undefined ? {} : { displayName }),
    });
    this.#present.add(participant);
    return { participant, events };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const { rooms, sip, vigil } = this.#parts;
    try {
      await Promise.allSettled([...this.#present].map((participant) => participant.leave()));
      await rooms.close({ timeout: PATIENCE });
      await sip.close();
    } finally {
      vigil.end();
    }
  }

  #uriOf(nick: string | undefined): string {
    const user = nick === undefined ? `guest${++this.#newcomers}` : encodeURIComponent(nick);
    return `sip:${user}@${this.#parts.domain}`;
  }
}

const userOf = (uri: string): string => /^sips?:([^@;]*)@/.exec(uri)?.[1] ?? uri;

/** Of rooms that ask a function which requests are theirs, nobody knows the domain. */
function domainOf({ domain = 'localhost' }: TestRoomsOptions): string {
  return firstDomain(typeof domain === 'string' ? [domain] : (domain as readonly string[])) ?? 'localhost';
}

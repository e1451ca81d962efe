import type { EndpointMedia, RoomMedia } from '../../lib/focus-switch.js';
import type { MsrpOptions } from '../../lib/media/options.js';
import type { StartThread } from '../../lib/media/workers/thread.js';
import { WorkerSide } from '../../lib/media/workers/worker-side.js';
import { WorkersPlane, type WorkersPlaneOptions } from '../../lib/media/workers/workers-plane.js';
import type { MemoryReading } from '../../lib/overload/memory.js';
import type { Probe } from '../../lib/overload/probe.js';
import type { Logger } from '../../lib/util/log.js';
import { FakeMsrpPeer } from './fake-msrp-peer.js';
import { ManualClock } from './manual-clock.js';
import { endpoint, NotingFocus, OPEN_RULES, ROOM } from './switch-world.js';

export interface LogRecord {
  level: string;
  fields: Record<string, unknown>;
  message: string | undefined;
}

/** Resolves in the turn of the event loop in which the condition is seen to hold. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** Gives ports and sockets of this process time for so many turns. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

/** A session at one of the workers, and the client that is its peer. */
export interface Guest {
  media: EndpointMedia;
  peer: FakeMsrpPeer;
}

/**
 * Workers, everything but their threads: each is the code that runs in one, with listeners and ports of its own, in the
 * thread of the test. Time is the test's on both sides.
 */
export class WorkersStage {
  readonly clock = new ManualClock();
  readonly focus = new NotingFocus();
  readonly log: LogRecord[] = [];
  /** Called with each record, before what the worker said after it is heard. */
  logged: (record: LogRecord) => void = () => {};
  /** Of each worker. */
  memory: MemoryReading = { rss: 0, heapUsed: 0, arrayBuffers: 0 };
  readonly plane: WorkersPlane;
  /** What ends the thread of each worker as if it had failed; the latest of each is behind those before. */
  readonly threads: { end: (error?: Error) => void }[] = [];
  readonly #peers: FakeMsrpPeer[] = [];
  #sessions = 0;

  constructor(options: Partial<WorkersPlaneOptions> & { msrp?: MsrpOptions } = {}) {
    const write =
      (level: string): Logger['info'] =>
      (fields, message) => {
        const record = { level, fields: fields as Record<string, unknown>, message };
        this.log.push(record);
        this.logged(record);
      };
    const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
    this.plane = new WorkersPlane({
      clock: this.clock,
      log,
      workers: 2,
      msrp: { listen: { host: '127.0.0.1', port: 0 } },
      startThread: this.#startThread,
      ...options,
    });
    this.plane.events = this.focus;
  }

  readonly #startThread: StartThread = (start, events) => {
    const probe: Probe = {
      delay: () => ({ mean: 0, p99: 0, max: 0 }),
      memory: () => this.memory,
      collect: () => {},
      close: () => {},
    };
    void new WorkerSide(start, this.clock, probe).listen();
    const terminate = (): void => start.port.close();
    start.port.once('close', () => events.ended());
    this.threads.push({
      end: (error = new Error('out of luck')) => {
        events.failed(error);
        terminate();
      },
    });
    return { terminate };
  };

  static async start(options: Partial<WorkersPlaneOptions> = {}): Promise<WorkersStage> {
    const stage = new WorkersStage(options);
    await stage.plane.listen();
    stage.open();
    return stage;
  }

  open(room: Partial<RoomMedia> = {}): void {
    this.plane.control.openRoom({ uri: ROOM, rules: OPEN_RULES, ...room });
  }

  /** Facts of an endpoint in the room whose session is where the plane wants it, or at that end. */
  media(id: string, more: Partial<EndpointMedia> = {}, end = this.plane.ends(ROOM).tcp): EndpointMedia {
    const media = endpoint(id, more);
    const localUri = `msrp://${end?.host}:${end?.port}/session${++this.#sessions};tcp`;
    return { ...media, session: { ...media.session, localUri } };
  }

  /** Somebody who is in, and has bound his session. */
  async join(id: string, more: Partial<EndpointMedia> = {}): Promise<Guest> {
    const media = this.media(id, more);
    this.plane.control.addEndpoint(media);
    return { media, peer: await this.bind(media) };
  }

  /** Connects to the session, and says something empty. */
  async bind({ id, session }: EndpointMedia): Promise<FakeMsrpPeer> {
    const bound = this.focus.bound.filter((other) => other === id).length;
    const peer = await FakeMsrpPeer.connect(session.localUri, session.peer.path[0]);
    this.#peers.push(peer);
    peer.send(undefined);
    await peer.frameOf('200');
    await until(() => this.focus.bound.filter((other) => other === id).length > bound);
    return peer;
  }

  /** Index of the worker of a session: by the port. */
  portOf({ session }: EndpointMedia): number {
    return Number(/:(\d+)\//.exec(session.localUri)?.[1]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.plane.close();
  }
}

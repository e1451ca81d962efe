import type { Running } from '../harness/contender.js';
import { binary } from '../harness/compile-c.js';
import { Driver, type LoadPoint, type LoadResult } from '../harness/driver.js';
import type { Subject } from '../harness/process.js';
import { family, residentKbOf, runningParents } from './processes.js';

/** The name of the driver's binary. */
export const DRIVER = 'peers-driver';

/** How many join at a time. */
const JOIN_WINDOW = 20;

/** How its driver reaches the room. */
export interface RoomAddress {
  /** As `driver/main.c` names it. */
  protocol: 'xmpp' | 'ws' | 'socket.io';
  port: number;
  /** The address of the room within its protocol; anything where there is but one. */
  room: string;
}

/** A room of a peer, and the driver that plays its participants. */
export class PeerRoom implements Running {
  readonly #driver = new Driver(binary(DRIVER));
  #count = 0;
  #steady: ReadonlySet<number> | undefined;

  /** @param cleanUp called once the processes have ended */
  constructor(
    readonly subject: Subject,
    readonly address: RoomAddress,
    readonly cleanUp: () => void,
  ) {}

  /** Those that have been there since everybody joined: a daemon also starts helpers that end at once. */
  get pids(): readonly number[] {
    const present = this.#present();
    return this.#steady === undefined ? present : present.filter((pid) => this.#steady?.has(pid));
  }

  residentKb(): number {
    return this.pids.reduce((sum, pid) => sum + residentKbOf(pid), 0);
  }

  async join(count: number): Promise<number> {
    const { port, protocol, room } = this.address;
    const start = performance.now();
    const end = this.#count + count;
    while (this.#count < end) {
      // The first one makes the room.
      const window = this.#count === 0 ? 1 : Math.min(JOIN_WINDOW, end - this.#count);
      const numbers = Array.from({ length: window }, (_, i) => this.#count + i);
      await this.#driver.admit(numbers.map((number) => `add ${protocol} 127.0.0.1 ${port} ${room} p${number}`));
      this.#count += window;
    }
    const seconds = (performance.now() - start) / 1000;
    this.#steady = new Set(this.#present());
    return seconds;
  }

  async run(point: LoadPoint): Promise<LoadResult> {
    const result = await this.#driver.run(point, this.pids);
    if (result.errors === 0) return result;
    const { complaints, name } = this.subject;
    throw new Error(`${name}, N = ${result.participants}: ${result.error}\n${complaints}`.trim());
  }

  async stop(): Promise<void> {
    // The driver goes first: a daemon takes its time to say goodbye to everybody.
    await this.#driver.stop();
    await this.subject.stop();
    this.cleanUp();
  }

  #present(): number[] {
    return family(this.subject.pid, runningParents());
  }
}

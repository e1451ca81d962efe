import { type Session, Sessions } from '../../../lib/msrp/index.js';
import { Driver } from '../../../lib/transport/driver.js';
import { MemoryStream } from '../../../lib/transport/memory.js';
import { silent } from '../../../lib/util/log.js';
import type { ManualClock } from '../../support/manual-clock.js';

/** A connection in memory, and what was written to it. */
export class Line {
  readonly driver: Driver;
  readonly #written: Buffer[] = [];

  constructor(sessions: Sessions, clock: ManualClock) {
    const stream = new MemoryStream((bytes) => this.#written.push(bytes));
    this.driver = new Driver(stream, sessions, { clock }, silent);
  }

  get written(): Buffer {
    return Buffer.concat(this.#written);
  }
}

/** Connections of a test's world, and which session is bound to which. */
export class Lines {
  readonly sessions = new Sessions();
  readonly #clock: ManualClock;
  readonly #lines: Line[] = [];

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  open(): Line {
    const line = new Line(this.sessions, this.#clock);
    this.#lines.push(line);
    return line;
  }

  driverOf(session: Session): Driver | undefined {
    return this.#lines.find((line) => line.driver.connection === session.connection)?.driver;
  }

  connect(): void {
    throw new Error('nobody is connected to in a vector');
  }
}

/** Resolves when this turn's writes have left. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

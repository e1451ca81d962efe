import type { Endpoint, Link } from './harness/driver.js';
import { startFloor } from './harness/floor.js';
import { startServer } from './harness/server.js';
import type { System } from './harness/system.js';
import type { Options, Part, SystemName } from './options.js';
import type { Report } from './report.js';
import { fanout } from './rows/fanout.js';
import { idle } from './rows/idle.js';
import { nicknames } from './rows/nicknames.js';
import { parserSpeed } from './rows/parser.js';
import { roster, rosterLines } from './rows/roster.js';
import { stall } from './rows/stall.js';
import { stream } from './rows/stream.js';
import { type FanoutPart, type Scenario, scenarios } from './scenarios.js';

/** A start for each round is slow; memory and joins vary little. */
const IDLE_ROUNDS = 2;
const STREAM_ROUNDS = 3;
const LINKS: readonly Link[] = ['tcp', 'tls', 'ws'];

const sessionIdLength = (endpoint: Endpoint | undefined): number | undefined =>
  /\/([^/;]+);/.exec(endpoint?.peerPath ?? '')?.[1]?.length;

/** The systems with their participants, the floor first. The server starts first: the floor takes its lengths. */
async function startAll(names: readonly SystemName[], { link, participants }: Scenario): Promise<System[]> {
  const started: System[] = [];
  try {
    if (names.includes('server')) {
      const server = await startServer(link);
      started.push(server);
      await server.join(participants);
    }
    if (names.includes('floor')) {
      const floor = await startFloor(link, sessionIdLength(started[0]?.endpoints[0]));
      started.unshift(floor);
      await floor.join(participants);
    }
    return started;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function stopAll(systems: readonly System[]): Promise<void> {
  await Promise.all(systems.map((system) => system.stop()));
}

class Bench {
  readonly #options: Options;
  readonly #report: Report;
  readonly #progress: (text: string) => void;

  constructor(options: Options, report: Report, progress: (text: string) => void) {
    this.#options = options;
    this.#report = report;
    this.#progress = progress;
  }

  readonly #parts: Record<Part, () => Promise<void>> = {
    fanout: () => this.#fanout('fanout'),
    size: () => this.#fanout('size'),
    tls: () => this.#fanout('tls'),
    ws: () => this.#fanout('ws'),
    idle: () => this.#idle(),
    roster: () => this.#roster(),
    stall: async () => {
      this.#progress('one participant of a hundred does not read');
      this.#report.stall = await stall(this.#options);
    },
    stream: async () => {
      const { rounds, streamOctets, systems } = this.#options;
      this.#progress(`one message of ${streamOctets / 1_048_576} MiB`);
      this.#report.stream = await stream(systems, streamOctets, Math.min(rounds, STREAM_ROUNDS));
    },
    parser: async () => {
      this.#progress('the parser alone');
      this.#report.parser = await parserSpeed(Math.ceil(this.#options.measureMs / 8), this.#options.rounds);
    },
    nicknames: async () => {
      this.#progress('nicknames beside ten thousand others');
      this.#report.nicknames = await nicknames(this.#options, this.#options.rounds);
    },
  };

  async run(): Promise<void> {
    for (const part of this.#options.parts) await this.#attempt(part, this.#parts[part]);
  }

  /** A part that fails is reported and does not take the others with it. */
  async #attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const reason = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      this.#report.failures.push(reason);
      this.#progress(reason.split('\n', 1)[0] ?? reason);
    }
  }

  async #fanout(part: FanoutPart): Promise<void> {
    const { paced, rounds, sizes, texts } = this.#options;
    const rooms = new Map<number, Scenario[]>();
    for (const scenario of scenarios(part, sizes, texts, rounds, paced)) {
      const { participants } = scenario;
      rooms.set(participants, [...(rooms.get(participants) ?? []), scenario]);
    }
    for (const [participants, loads] of rooms) {
      await this.#attempt(`${part}, N = ${participants}`, () => this.#room(loads));
    }
  }

  /** One room serves all messages that differ in size alone. */
  async #room(loads: readonly Scenario[]): Promise<void> {
    const systems = loads[0] ? await startAll(this.#options.systems, loads[0]) : [];
    try {
      for (const scenario of loads) await this.#scenario(systems, scenario);
    } finally {
      await stopAll(systems);
    }
  }

  async #scenario(systems: readonly System[], scenario: Scenario): Promise<void> {
    const { link, participants, rounds, textOctets } = scenario;
    const { measured, ratios } = await fanout(systems, scenario, this.#options, (done) =>
      this.#progress(`${link}, ${textOctets} octets, N = ${participants}: round ${done} of ${rounds}`),
    );
    this.#report.fanout.push(...measured);
    this.#report.ratios.push(...ratios);
  }

  async #idle(): Promise<void> {
    const { idle: participants, sampleMs, systems } = this.#options;
    const rounds = Math.min(this.#options.rounds, IDLE_ROUNDS);
    for (const link of LINKS) {
      const starts = { floor: () => startFloor(link), server: () => startServer(link) };
      for (const name of systems) {
        await this.#attempt(`idle, ${link}`, async () => {
          this.#progress(`${name}, ${link}: ${participants} idle participants`);
          this.#report.idle.push(await idle(name, link, starts[name], participants, rounds, sampleMs));
        });
      }
    }
  }

  async #roster(): Promise<void> {
    for (const line of rosterLines(this.#options.roster)) {
      await this.#attempt('roster', async () => {
        const { link, notify, pace, participants } = line;
        this.#progress(`roster, ${link}, ${participants} join and leave, ${pace}; notify: ${notify}`);
        this.#report.roster.push(await roster(line));
      });
    }
  }
}

/** Measures what `options` ask for into `report`. */
export function measure(options: Options, report: Report, progress: (text: string) => void): Promise<void> {
  return new Bench(options, report, progress).run();
}

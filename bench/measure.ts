import { enter, leave } from './arena.js';
import { Absent, type Contender, type Setup } from './harness/contender.js';
import type { Link } from './harness/driver.js';
import { switchAlone } from './harness/switch.js';
import { describeSpan, watchMachine } from './harness/machine.js';
import type { Options, Part } from './options.js';
import type { Report } from './report.js';
import { closedLoop, type Entrant, fanout } from './rows/fanout.js';
import { idle } from './rows/idle.js';
import { nicknames } from './rows/nicknames.js';
import { parserSpeed } from './rows/parser.js';
import { roster, rosterLines } from './rows/roster.js';
import { stall } from './rows/stall.js';
import { STREAM_SYSTEMS, stream } from './rows/stream.js';
import { workers } from './rows/workers.js';
import { type FanoutPart, type Scenario, scenarios } from './scenarios.js';

/** A start for each round is slow; memory and joins vary little. */
const IDLE_ROUNDS = 1;
const STREAM_ROUNDS = 3;
const WORKER_ROUNDS = 5;
const LINKS: readonly Link[] = ['tcp', 'tls', 'ws'];
/**
 * Under full load before the first round until it has used so much CPU, so that V8 has compiled what is measured; more
 * where many have just joined. On a busy machine that takes longer, but not for ever.
 */
const WARM_UP_CPU_SECONDS = 0.7;
const LONG_WARM_UP_CPU_SECONDS = 4;
/** Participants in all rooms. */
const MANY = 2000;
const WARM_UP_MS = 1000;
const WARM_UP_RUNS = 8;

async function warmUp({ running }: Entrant, scenario: Scenario): Promise<void> {
  const { participants, points, rooms } = scenario;
  const point = closedLoop(points[0] ?? 'sat', scenario, { warmupMs: 0, measureMs: WARM_UP_MS });
  const needed = rooms * participants > MANY ? LONG_WARM_UP_CPU_SECONDS : WARM_UP_CPU_SECONDS;
  let used = 0;
  for (let runs = 0; runs < WARM_UP_RUNS && used < needed; runs += 1) used += (await running.run(point)).cpuSeconds;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `tcp, N = 100`, and what is not usual about the rooms. */
function describe({ confirm, link, participants, rooms }: Setup): string {
  const many = rooms > 1 ? [`${rooms} rooms`] : [];
  const unusual = confirm === 'always' ? [] : [`confirm ${confirm}`];
  return [link, ...many, `N = ${participants}`, ...unusual].join(', ');
}

class Bench {
  readonly #contenders: readonly Contender[];
  readonly #options: Options;
  readonly #report: Report;
  readonly #progress: (text: string) => void;

  constructor(contenders: readonly Contender[], options: Options, report: Report, progress: (text: string) => void) {
    this.#contenders = contenders;
    this.#options = options;
    this.#report = report;
    this.#progress = progress;
  }

  readonly #parts: Record<Part, () => Promise<void>> = {
    fanout: () => this.#fanout('fanout'),
    size: () => this.#fanout('size'),
    unconfirmed: () => this.#fanout('unconfirmed'),
    rooms: () => this.#fanout('rooms'),
    tls: () => this.#fanout('tls'),
    ws: () => this.#fanout('ws'),
    idle: () => this.#idle(),
    roster: () => this.#roster(),
    workers: () =>
      this.#attempt('workers', async () => {
        this.#report.workers = await workers(this.#options, Math.min(this.#options.rounds, WORKER_ROUNDS));
      }),
    stall: () =>
      this.#attempt('one participant of a hundred does not read', async () => {
        this.#report.stall = await stall(this.#options);
      }),
    stream: () => {
      const { rounds, streamOctets } = this.#options;
      const systems = STREAM_SYSTEMS.filter((name) => this.#options.systems.includes(name));
      return this.#attempt(`one message of ${streamOctets / 1_048_576} MiB`, async () => {
        this.#report.stream = await stream(systems, streamOctets, Math.min(rounds, STREAM_ROUNDS));
      });
    },
    parser: () =>
      this.#attempt('the parser alone', async () => {
        this.#report.parser = await parserSpeed(Math.ceil(this.#options.measureMs / 8), this.#options.rounds);
      }),
    nicknames: () =>
      this.#attempt('nicknames beside ten thousand others', async () => {
        this.#report.nicknames = await nicknames(this.#options, this.#options.rounds);
      }),
  };

  async run(): Promise<void> {
    for (const part of this.#options.parts) await this.#parts[part]();
  }

  /** A row that fails is reported and does not take the others with it. The machine is watched meanwhile. */
  async #attempt(what: string, action: () => Promise<void>): Promise<void> {
    this.#progress(what);
    const ended = watchMachine(what);
    try {
      await action();
    } catch (error) {
      if (error instanceof Absent) this.#skip(what, error.message);
      else this.#fail(what, error);
    }
    const span = ended();
    this.#report.machine.push(span);
    this.#progress(`${what}: ${Math.round(span.seconds)} s, ${describeSpan(span)}`);
  }

  #fail(what: string, error: unknown): void {
    const reason = `${what}: ${reasonOf(error)}`;
    this.#report.failures.push(reason);
    this.#progress(reason.split('\n', 1)[0] ?? reason);
  }

  #skip(what: string, reason: string): void {
    const line = `${what}: ${reason}`;
    if (!this.#report.skipped.includes(line)) this.#report.skipped.push(line);
  }

  async #fanout(part: FanoutPart): Promise<void> {
    const rooms = new Map<string, Scenario[]>();
    for (const scenario of scenarios(part, this.#options)) {
      const { confirm, participants } = scenario;
      const key = `${participants} ${confirm}`;
      rooms.set(key, [...(rooms.get(key) ?? []), scenario]);
    }
    for (const loads of rooms.values()) {
      const [first] = loads;
      if (first) await this.#attempt(`${part}, ${describe(first)}`, () => this.#room(first, loads));
    }
  }

  /** One room serves all messages that differ in size alone. */
  async #room(setup: Setup, loads: readonly Scenario[]): Promise<void> {
    const smallest = Math.min(...loads.map(({ textOctets }) => textOctets));
    const entrants = await enter(this.#contenders, setup, smallest, {
      absent: ({ name }, reason) => this.#skip(`${name}, ${describe(setup)}`, reason),
      failed: ({ name }, error) => this.#fail(`${name}, ${describe(setup)}`, error),
    });
    const limits = new Map(this.#contenders.map(({ maxTextOctets, name }) => [name, maxTextOctets]));
    const broken = new Set<Entrant>();
    try {
      for (const scenario of loads) {
        const fit = entrants.filter(
          (entrant) => !broken.has(entrant) && (limits.get(entrant.name) ?? 0) >= scenario.textOctets,
        );
        await this.#scenario(fit, scenario, broken);
      }
    } finally {
      await leave(entrants);
    }
  }

  async #scenario(entrants: readonly Entrant[], scenario: Scenario, broken: Set<Entrant>): Promise<void> {
    const { rounds, textOctets } = scenario;
    const what = `${describe(scenario)}, ${textOctets} octets`;
    const failed = (entrant: Entrant, error: unknown): void => {
      broken.add(entrant);
      this.#fail(`${entrant.name}, ${what}`, error);
    };
    for (const entrant of entrants) {
      await warmUp(entrant, scenario).catch((error: unknown) => failed(entrant, error));
    }
    const measured = await fanout(
      entrants.filter((entrant) => !broken.has(entrant)),
      scenario,
      this.#options,
      {
        failed,
        roundDone: (done) => this.#progress(`${what}: round ${done} of ${rounds}`),
        skipped: ({ name }, point, reason) => this.#skip(`${name}, ${what}, ${point}`, reason),
      },
    );
    this.#report.fanout.push(...measured);
  }

  async #idle(): Promise<void> {
    const { idle: participants, sampleMs } = this.#options;
    const rounds = Math.min(this.#options.rounds, IDLE_ROUNDS);
    for (const link of LINKS) {
      const setup: Setup = { link, rooms: 1, participants, confirm: 'always' };
      const server = this.#contenders.some(({ name }) => name === 'server');
      for (const contender of [...this.#contenders, ...(server ? [switchAlone] : [])]) {
        if (contender.lacks(setup) !== undefined) continue;
        await this.#attempt(`idle, ${link}, ${contender.name}`, async () => {
          const start = () => contender.start(setup);
          this.#report.idle.push(await idle(contender.name, link, start, participants, rounds, sampleMs));
        });
      }
    }
  }

  async #roster(): Promise<void> {
    for (const line of rosterLines(this.#options.roster)) {
      const { link, notify, pace, participants } = line;
      await this.#attempt(`roster, ${link}, ${participants} join and leave, ${pace}; notify: ${notify}`, async () => {
        this.#report.roster.push(await roster(line));
      });
    }
  }
}

/** Measures what `options` ask for into `report`. */
export function measure(
  contenders: readonly Contender[],
  options: Options,
  report: Report,
  progress: (text: string) => void,
): Promise<void> {
  return new Bench(contenders, options, report, progress).run();
}

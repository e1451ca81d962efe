/** The process that loads the server: a pool of user agents, and as many users of them as its parent says. */
import { performance } from 'node:perf_hooks';
import { Random } from '../../fuzz/random.js';
import { CountingClock } from '../counting-clock.js';
import { type LoadQuestion, type LoadStart, tell } from '../ipc.js';
import { Agent } from './agent.js';
import { Callees } from './callees.js';
import { disturb } from './faulty-sockets.js';
import { Ledger } from './ledger.js';
import { Pause } from './pause.js';
import { User, type World } from './user.js';

class Load {
  readonly #users = new Set<User>();
  readonly #runs = new Set<Promise<void>>();
  #utilization = performance.eventLoopUtilization();

  private constructor(
    private readonly world: World,
    private readonly callees: Callees,
    private readonly home: Agent,
  ) {}

  static async start({ seed, faults, speed, rooms, agents }: LoadStart): Promise<Load> {
    const random = new Random(seed);
    const ledger = new Ledger();
    const { faults: counts } = ledger.tally;
    disturb({
      percent: faults,
      random: Random.ofBatch(seed, 1),
      count: (kind) => {
        counts[kind] = (counts[kind] ?? 0) + 1;
      },
    });
    const clock = new CountingClock(speed);
    const pause = new Pause(random);
    const pool: Agent[] = [];
    for (let n = 0; n < agents; n++) pool.push(await Agent.start(n % 2 === 0 ? 'udp' : 'tcp', clock));
    const home = await Agent.start('udp', clock);
    const callees = new Callees(home, clock, ledger, random, pause);
    return new Load({ agents: pool, rooms, ledger, random, pause }, callees, home);
  }

  /** Where those are whom rooms call. */
  get outboundProxy(): string {
    return this.home.uri;
  }

  use(server: { host: string; port: number }): void {
    for (const agent of [...this.world.agents, this.home]) agent.use(server);
  }

  /** So many users from now on; those who are too many go when they have left their room. */
  people(count: number): void {
    if (count > 0) this.callees.open();
    while (this.#users.size < count) {
      const user = new User(this.world);
      this.#users.add(user);
      const run = user.run().catch((error: unknown) => failed('a user', error));
      this.#runs.add(run);
      void run.then(() => this.#runs.delete(run));
    }
    for (const user of this.#users) {
      if (this.#users.size <= count) break;
      user.stop();
      this.#users.delete(user);
    }
  }

  /** Resolves when all are gone, in one way or another. */
  async stop(): Promise<void> {
    this.people(0);
    await Promise.all(this.#runs);
    await this.callees.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.world.agents, this.home].map((agent) => agent.close()));
  }

  tally(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    tell({ news: 'tally', tally: this.world.ledger.tally, users: this.#users.size, busy: utilization });
  }
}

function failed(what: string, error: unknown): void {
  tell({ news: 'finding', text: `load: ${what}: ${error instanceof Error ? error.stack : String(error)}` });
}

let load: Load | undefined;

async function answer(question: LoadQuestion): Promise<void> {
  switch (question.ask) {
    case 'start':
      load = await Load.start(question.options);
      tell({ news: 'ready', outboundProxy: load.outboundProxy });
      break;
    case 'server':
      load?.use(question.addresses.sip);
      break;
    case 'users':
      load?.people(question.count);
      break;
    case 'stop':
      await load?.stop();
      tell({ news: 'stopped' });
      break;
    case 'close':
      await load?.close();
      tell({ news: 'stopped' });
      break;
    case 'tally':
      load?.tally();
  }
}

process.on('message', (question: LoadQuestion) => {
  answer(question).catch((error: unknown) => failed(question.ask, error));
});
process.on('unhandledRejection', (error) => failed('unhandled rejection', error));
process.on('uncaughtException', (error) => failed('uncaught exception', error));
process.on('disconnect', () => process.exit(0));

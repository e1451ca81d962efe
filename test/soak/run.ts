import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Census, excess, type Health } from './census.js';
import { type LoadNews, type LoadQuestion, Peer, type ServerNews, type ServerQuestion } from './ipc.js';
import { ENDS, KINDS, type Tally } from './load/ledger.js';
import type { SoakOptions } from './options.js';

const AGENTS = 16;
/** Users of a soak that finds its own rate: at the start, each step up, and at most. */
const FEWEST = 10;
const STEP = 5;
const MOST = 1_500;
/** Share of its time that the server, and the load, are to be busy. */
const BUSY = 0.9;
/** Seconds, by the clock of the protocols, in which everything has to be gone: a session timer and the BYE that follows it. */
const DRAIN_TIMEOUT = 320;
/** Milliseconds by the clock of the machine that this is at least. */
const LEAST_DRAIN = 40_000;
/** Octets of heap that may be there in the end and were not before. */
const HEAP_GROWTH = 8 * 1024 * 1024;
/** What nothing but a fault excuses. */
const FAULTY = / (?:5\d\d|unanswered|failed)$/;
/** Findings written down; the others are counted. */
const MOST_FINDINGS = 20;

/** At one moment under load. */
export interface Mark {
  /** Since the load began. */
  seconds: number;
  users: number;
  /** Dialogs begun since the start. */
  begun: number;
  census: Census;
}

export interface SoakResult {
  seconds: number;
  tally: Tally;
  marks: Mark[];
  baseline: Census;
  end: Census;
  drained: number;
  /** What was wrong; empty when nothing was. */
  findings: string[];
}

type Progress = (line: string) => void;

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Runs a soak in two processes of its own. Rejects when one of them ends. */
export async function soak(options: SoakOptions, progress: Progress = () => {}): Promise<SoakResult> {
  const run = new Soak(options, progress);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class Soak {
  readonly #findings: string[] = [];
  readonly #server: Peer<ServerQuestion, ServerNews>;
  readonly #load: Peer<LoadQuestion, LoadNews>;
  #health: Health = { busy: 0, delay: 0, heap: 0 };
  #users = FEWEST;

  constructor(
    private readonly options: SoakOptions,
    private readonly progress: Progress,
  ) {
    const execArgv = ['--import', pathToFileURL(require.resolve('tsx')).href, '--expose-gc'];
    const child = (script: string): ChildProcess => fork(join(__dirname, script), { execArgv });
    this.#server = new Peer('server', child('server.ts'), (news) => {
      if (news.news === 'health') this.#health = news.health;
      else if (news.news === 'finding') this.#found(news.text);
    });
    this.#load = new Peer('load', child('load/main.ts'), (news) => {
      if (news.news === 'finding') this.#found(news.text);
    });
  }

  stop(): void {
    this.#server.stop();
    this.#load.stop();
  }

  #found(text: string): void {
    this.#findings.push(text);
    if (this.#findings.length <= MOST_FINDINGS) this.progress(`finding: ${text}`);
  }

  async run(): Promise<SoakResult> {
    const { seed, faults, speed, rooms, minutes, warmUp } = this.options;
    const { outboundProxy } = await this.#load.ask(
      { ask: 'start', options: { seed, faults, speed, rooms, agents: AGENTS } },
      'ready',
    );
    const { addresses } = await this.#server.ask(
      { ask: 'start', options: { speed, rooms, outboundProxy } },
      'listening',
    );
    this.#load.say({ ask: 'server', addresses });
    const empty = await this.#census();
    await this.#loadFor(warmUp * 1_000, []);
    await this.#load.ask({ ask: 'stop' }, 'stopped');
    await this.#drain(empty, ['timers', 'msrpConnections']);
    const baseline = { ...(await this.#census()), kept: empty.kept };
    const marks: Mark[] = [];
    const started = Date.now();
    await this.#loadFor(minutes * 60_000, marks);
    const seconds = (Date.now() - started) / 1_000;
    const stopping = Date.now();
    await this.#load.ask({ ask: 'stop' }, 'stopped');
    this.progress('everybody is gone; waiting for the server to find out');
    await this.#drain(empty, ['timers']);
    const { tally } = await this.#load.ask({ ask: 'tally' }, 'tally');
    await this.#load.ask({ ask: 'close' }, 'stopped');
    const end = await this.#drain(empty, []);
    const drained = (Date.now() - stopping) / 1_000;
    this.#judge(baseline, end, tally);
    return { seconds, tally, marks, baseline, end, drained, findings: this.#findings };
  }

  #census(): Promise<Census> {
    return this.#server.ask({ ask: 'census' }, 'census').then(({ census }) => census);
  }

  async #loadFor(milliseconds: number, marks: Mark[]): Promise<void> {
    const until = Date.now() + milliseconds;
    const from = Date.now();
    const every = Math.min(60_000, milliseconds / 5);
    let nextMark = from + every;
    for (let ending = false; !ending; ) {
      if (this.#server.gone) throw this.#server.gone;
      ending = Date.now() >= until;
      const { users, busy, tally } = await this.#load.ask({ ask: 'tally' }, 'tally');
      this.#steer(busy);
      if (Date.now() >= nextMark || ending) {
        nextMark += every;
        const census = await this.#census();
        const mark = { seconds: (Date.now() - from) / 1_000, users, begun: begunIn(tally), census };
        marks.push(mark);
        this.progress(describe(mark, this.#health, busy));
      }
      await sleep(Math.min(500, Math.max(1, until - Date.now())));
    }
  }

  /** More users while there is time left, fewer when there is none (additive increase, multiplicative decrease). */
  #steer(loadBusy: number): void {
    const { rate } = this.options;
    if (rate !== 'auto') this.#users = rate;
    else if (Math.max(this.#health.busy, loadBusy) < BUSY) this.#users = Math.min(this.#users + STEP, MOST);
    else this.#users = Math.max(FEWEST, Math.floor(this.#users * 0.9));
    this.#load.say({ ask: 'users', count: this.#users });
  }

  /** Waits until nothing is there that was not before, but for `but`; the last census. */
  async #drain(before: Census, but: readonly string[]): Promise<Census> {
    const until = Date.now() + Math.max(LEAST_DRAIN, (DRAIN_TIMEOUT / this.options.speed) * 1_000);
    for (;;) {
      const census = await this.#census();
      const left = excess(before, census).filter((text) => !but.some((name) => text.startsWith(name)));
      if (left.length === 0 || Date.now() > until) return census;
      await sleep(250);
    }
  }

  #judge(baseline: Census, end: Census, tally: Tally): void {
    for (const text of excess(baseline, end)) this.#found(`leak: ${text}`);
    const most = Math.max(baseline.heap * 1.1, baseline.heap + HEAP_GROWTH);
    if (end.heap > most) this.#found(`leak: ${end.heap} octets of heap, ${baseline.heap} before`);
    if (this.options.faults === 0) {
      for (const act of Object.keys(tally.acts)) if (FAULTY.test(act)) this.#found(`without any fault: ${act}`);
    }
    for (const kind of KINDS) {
      const row = tally.dialogs[kind];
      const accounted = ENDS.reduce((sum, how) => sum + row[how], 0);
      if (accounted !== row.begun) this.#found(`${kind}: ${row.begun} dialogs begun, ${accounted} accounted for`);
    }
  }
}

export const begunIn = ({ dialogs }: Tally): number => KINDS.reduce((sum, kind) => sum + dialogs[kind].begun, 0);

const describe = ({ seconds, users, begun, census }: Mark, { busy, delay }: Health, loadBusy: number): string =>
  [
    `${Math.round(seconds)} s`,
    `${users} users`,
    `${begun} dialogs begun`,
    `${census.kept.sipDialogs} alive`,
    `${census.kept.rooms} rooms`,
    `${census.kept.timers} timers`,
    `${(census.heap / 1e6).toFixed(1)} MB`,
    `server ${Math.round(busy * 100)} %, delay ${Math.round(delay)} ms, load ${Math.round(loadBusy * 100)} %`,
  ].join(', ');

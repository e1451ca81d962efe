import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, compileC } from './compile-c.js';

const SOURCES = join(__dirname, '..', 'driver');

/** What the octets of MSRP travel over. */
export type Link = 'tcp' | 'tls' | 'ws';

/** A participant as the driver plays it. URIs and paths have no spaces. */
export interface Endpoint {
  link: Link;
  host: string;
  port: number;
  ownPath: string;
  peerPath: string;
  room: string;
  from: string;
}

/**
 * Closed loop with `rate` 0: `senders` of each room keep `window` unfinished messages each; with one and one the rooms
 * send in turn, so that one message is in flight in all. Else `rate` copies a second, of all rooms together.
 */
export interface LoadPoint {
  /** Octets of text in a message, from 49. */
  textOctets: number;
  /** Of each room. */
  senders: number;
  window: number;
  rate: number;
  warmupMs: number;
  measureMs: number;
}

export interface LoadResult {
  /** In all rooms, without those who do not read. */
  participants: number;
  /** Length of the measured part. */
  seconds: number;
  copies: number;
  messages: number;
  /** User and system time of the processes under test in the measured part. */
  cpuSeconds: number;
  /** That of the driver itself. */
  driverCpuSeconds: number;
  bytesPerCopy: number;
  p50Micros: number;
  p99Micros: number;
  /** Copies whose body was compared octet by octet. */
  verified: number;
  /** Copies that had not come 10 s after the last message was sent, came twice, after a later one of their sender, or altered. */
  lost: number;
  doubled: number;
  disordered: number;
  altered: number;
  /** Whatever went wrong, those included. */
  errors: number;
  /** The first of them. */
  error: string;
}

/** What arrives is counted by its octets and not read, so that the driver needs next to nothing. */
export type SinkResult = Pick<
  LoadResult,
  'seconds' | 'copies' | 'messages' | 'cpuSeconds' | 'driverCpuSeconds' | 'error'
>;

/** One message to all others, from its first octet sent until the last one is received. */
export interface PourResult {
  seconds: number;
  cpuSeconds: number;
  error: string;
}

type Answer =
  | ({ event: 'run' } & LoadResult)
  | { event: 'learned' }
  | ({ event: 'sink' } & SinkResult)
  | ({ event: 'pour' } & PourResult)
  | { event: 'bound'; count: number; missing: number; error: string };

/** Compiles the driver when it is missing or older than its source. */
export function compileDriver(): void {
  compileC('driver', [SOURCES]);
}

function words({ textOctets, senders, window, rate, warmupMs, measureMs }: LoadPoint, pids: readonly number[]): string {
  return `${textOctets} ${senders} ${window} ${rate.toFixed(3)} ${warmupMs} ${measureMs} ${pids.join(',')}\n`;
}

/** A load driver, a process of its own that speaks what `driver/main.c` describes. */
export class Driver {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  /** @param program the driver of a protocol; @defaultValue that of MSRP */
  constructor(program = binary('driver')) {
    this.#child = spawn(program);
    this.#child.stderr.pipe(process.stderr);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line) as Answer);
    });
    this.#child.stdin.on('error', () => {});
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the load driver ended with code ${code}`));
    });
  }

  /** Connects and binds more participants. */
  async bind(endpoints: readonly Endpoint[]): Promise<void> {
    const lines = endpoints.map(
      (e) => `add ${e.link} ${e.host} ${e.port} ${e.ownPath} ${e.peerPath} ${e.room} ${e.from}`,
    );
    await this.admit(lines);
  }

  /** The same with commands `add` as the driver has them. */
  async admit(lines: readonly string[]): Promise<void> {
    const answer = await this.#ask(`${lines.map((line) => `${line}\n`).join('')}bind\n`);
    if (answer.event !== 'bound') throw new Error('the load driver answered out of turn');
    if (answer.missing > 0)
      throw new Error(`${answer.missing} participants could not bind their sessions: ${answer.error || 'no answer'}`);
  }

  async run(point: LoadPoint, pids: readonly number[]): Promise<LoadResult> {
    const answer = await this.#ask(`run ${words(point, pids)}`);
    if (answer.event !== 'run') throw new Error('the load driver answered out of turn');
    const { event: _, ...result } = answer;
    return result;
  }

  /**
   * Closed loop in one room over TCP: so many messages of each sender are not answered yet, only senders read, and what the
   * others receive is counted by its octets. No copy may ask for an answer. It may begin ten seconds after the last one.
   *
   * @param begins called when it does: what follows is the time to warm up, and the measured part
   */
  async sink(point: LoadPoint, pids: readonly number[], begins: () => void): Promise<SinkResult> {
    const learned = this.#ask(`sink ${words(point, pids)}`).then(begins);
    const [, answer] = await Promise.all([learned, this.#ask('')]);
    if (answer.event !== 'sink') throw new Error('the load driver answered out of turn');
    const { event: _, ...result } = answer;
    return result;
  }

  /** The first participant sends one message with so many octets of text. */
  async pour(octets: number, pid: number): Promise<PourResult> {
    const answer = await this.#ask(`pour ${octets} ${pid}\n`);
    if (answer.event !== 'pour') throw new Error('the load driver answered out of turn');
    const { event: _, ...result } = answer;
    return result;
  }

  /** Participant number `index` reads no more, and gets no copies as far as results are concerned. */
  stall(index: number): void {
    this.#child.stdin.write(`stall ${index}\n`);
  }

  /** Closes all connections. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin.end();
    await exited;
  }

  #ask(command: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(command);
    });
  }
}

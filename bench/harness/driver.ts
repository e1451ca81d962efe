import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SOURCES = join(__dirname, '..', 'driver');
const BINARY = join('.tmp', 'bench', 'driver');

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

/** Closed loop with `rate` 0: `senders` keep `window` unfinished messages each. Else `rate` copies a second. */
export interface LoadPoint {
  /** Octets of text in a message, from 49. */
  textOctets: number;
  senders: number;
  window: number;
  rate: number;
  warmupMs: number;
  measureMs: number;
}

export interface LoadResult {
  participants: number;
  /** Length of the measured part. */
  seconds: number;
  copies: number;
  messages: number;
  /** User and system time of the process under test in the measured part. */
  cpuSeconds: number;
  bytesPerCopy: number;
  p50Micros: number;
  p99Micros: number;
  /** Copies whose body was compared octet by octet. */
  verified: number;
  errors: number;
  /** The first of them. */
  error: string;
}

/** One message to all others, from its first octet sent until the last one is received. */
export interface PourResult {
  seconds: number;
  cpuSeconds: number;
  error: string;
}

type Answer =
  | ({ event: 'run' } & LoadResult)
  | ({ event: 'pour' } & PourResult)
  | { event: 'bound'; count: number; missing: number; error: string };

/** Compiles the driver when it is missing or older than its source. */
export function compileDriver(): void {
  const files = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(BINARY) && statSync(BINARY).mtimeMs > newest) return;
  mkdirSync(join('.tmp', 'bench'), { recursive: true });
  const args = [
    '-O2',
    '-Wall',
    '-Wextra',
    '-o',
    BINARY,
    ...files.filter((file) => file.endsWith('.c')),
    ...libraries(),
  ];
  const { status, error } = spawnSync('cc', args, { stdio: ['ignore', 2, 2] });
  if (error) {
    throw new Error(
      `the load driver is C and needs a compiler: cannot run cc (${error.message}); apt-get install gcc libc6-dev`,
    );
  }
  if (status !== 0) throw new Error('cc could not compile bench/driver (Linux with epoll is needed); see above');
}

/** OpenSSL where its headers are; without them TLS cannot be measured, and the rest can. */
function libraries(): string[] {
  const { status } = spawnSync('cc', ['-E', '-'], {
    input: '#include <openssl/ssl.h>\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return status === 0 ? ['-lssl', '-lcrypto'] : [];
}

/** The load driver, a process of its own. */
export class Driver {
  readonly #child: ChildProcessWithoutNullStreams = spawn(BINARY);
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  constructor() {
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
      (e) => `add ${e.link} ${e.host} ${e.port} ${e.ownPath} ${e.peerPath} ${e.room} ${e.from}\n`,
    );
    const answer = await this.#ask(`${lines.join('')}bind\n`);
    if (answer.event !== 'bound') throw new Error('the load driver answered out of turn');
    if (answer.missing > 0)
      throw new Error(`${answer.missing} participants could not bind their sessions: ${answer.error || 'no answer'}`);
  }

  async run(point: LoadPoint, pid: number): Promise<LoadResult> {
    const { textOctets, senders, window, rate, warmupMs, measureMs } = point;
    const load = `${textOctets} ${senders} ${window} ${rate.toFixed(3)}`;
    const answer = await this.#ask(`run ${load} ${warmupMs} ${measureMs} ${pid}\n`);
    if (answer.event !== 'run') throw new Error('the load driver answered out of turn');
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

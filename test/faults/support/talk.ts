import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const TALKER = join(__dirname, 'talker.mjs');

/** Milliseconds from one participant to another. */
export interface Delay {
  p50: number;
  max: number;
}

export interface Delays {
  before: Delay;
  during: Delay;
}

/** Two participants, in a process of their own, that have nothing to do with the fault. */
export class Talk {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  /**
   * Both have joined.
   *
   * @param patient what is refused with 413 they say again until it is taken, which counts as delay; else it is a failure
   */
  static async begin(room: string, sip: { host: string; port: number }, patient = false): Promise<Talk> {
    const child = spawn(process.execPath, [TALKER, JSON.stringify({ room, sip, patient })], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const talk = new Talk(child, lines);
    await talk.#line();
    return talk;
  }

  /** Each message when the one before has come; rejects when one is lost or refused. */
  say(messages = 20): Promise<Delay> {
    return this.#talk(messages);
  }

  /** Talks without a break until `fault` is over, and a little longer. */
  async during(fault: () => Promise<void>): Promise<Delay> {
    const state = { over: false };
    const done = fault().finally(() => {
      state.over = true;
    });
    // A fault that fails is told after the talk, which tells more.
    done.catch(() => undefined);
    const worst: Delay[] = [];
    while (!state.over) worst.push(await this.#talk(5));
    worst.push(await this.#talk(5));
    await done;
    const p50s = worst.map(({ p50 }) => p50).toSorted((a, b) => a - b);
    return { p50: p50s[Math.floor(p50s.length / 2)] ?? 0, max: Math.max(...worst.map(({ max }) => max)) };
  }

  /** Both were told to go. */
  async ended(): Promise<boolean> {
    return (await this.#ask('ended')) === true;
  }

  async end(): Promise<void> {
    this.#child.stdin?.write('quit\n');
    await new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
  }

  async #talk(messages: number): Promise<Delay> {
    const delays = ((await this.#ask(`talk ${messages}`)) as number[]).toSorted((a, b) => a - b);
    return { p50: delays[Math.floor(delays.length / 2)] ?? 0, max: delays.at(-1) ?? 0 };
  }

  async #ask(command: string): Promise<unknown> {
    this.#child.stdin?.write(`${command}\n`);
    const answer: unknown = JSON.parse(await this.#line());
    if (typeof answer === 'object' && answer !== null && 'error' in answer) {
      throw new Error(`those who talk: ${String(answer.error)}`);
    }
    return answer;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`those who talk have ended with ${this.#child.exitCode}`);
    return value;
  }
}

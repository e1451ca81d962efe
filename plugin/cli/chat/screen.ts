import { createInterface, type Interface } from 'node:readline';
import { type Clock, systemClock, type Timer } from '../../../lib/util/clock.js';
import { harmless } from './format.js';

export interface ChatIo {
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** Lines an `--expect` may look back at. */
const MAX_REMEMBERED = 10_000;

interface Expectation {
  text: string;
  timer: Timer;
  settle(found: boolean): void;
}

/** Lines that others caused, in order; an expectation consumes everything up to and with the line it found. */
export class Transcript {
  readonly #clock: Clock;
  #lines: string[] = [];
  #waiting: Expectation | undefined;
  #ended = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_REMEMBERED) this.#lines.shift();
    const waiting = this.#waiting;
    if (waiting && this.#take(waiting.text)) waiting.settle(true);
  }

  /** Resolves to whether a line with `text` came within `timeout` milliseconds, or had come before. One at a time. */
  expect(text: string, timeout: number): Promise<boolean> {
    if (this.#take(text)) return Promise.resolve(true);
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (found: boolean): void => {
        timer.cancel();
        this.#waiting = undefined;
        resolve(found);
      };
      const timer = this.#clock.after(timeout, () => settle(false));
      this.#waiting = { text, timer, settle };
    });
  }

  /** No further line will come. */
  end(): void {
    this.#ended = true;
    this.#waiting?.settle(false);
  }

  #take(text: string): boolean {
    const index = this.#lines.findIndex((line) => line.includes(text));
    if (index >= 0) this.#lines = this.#lines.slice(index + 1);
    return index >= 0;
  }
}

const isTerminal = (stream: object): boolean => 'isTTY' in stream && stream.isTTY === true;

/** Whether colours are wanted: on a terminal, unless switched off (no-color.org). */
export function wantsColor(stdout: object, enabled: boolean, env: NodeJS.ProcessEnv): boolean {
  return enabled && isTerminal(stdout) && (env.NO_COLOR ?? '') === '';
}

/** The terminal: lines come in above the one being typed. */
export class Screen {
  readonly #io: ChatIo;
  readonly #terminal: boolean;
  #readline: Interface | undefined;
  #closed = false;

  constructor(io: ChatIo) {
    this.#io = io;
    this.#terminal = isTerminal(io.stdin) && isTerminal(io.stdout);
  }

  /** Whether what is typed stays visible on its own. */
  get echoes(): boolean {
    return this.#terminal;
  }

  show(line: string): void {
    if (this.#readline && this.#terminal) {
      this.#erase(this.#readline);
      this.#io.stdout.write(`${line}\n`);
      this.#readline.prompt(true);
    } else this.#io.stdout.write(`${line}\n`);
  }

  /** Lines as they are typed, until end of input, Ctrl-C or `close`. */
  async *lines(prompt: string): AsyncGenerator<string> {
    if (this.#closed) return;
    const readline = createInterface({
      input: this.#io.stdin,
      ...(this.#terminal ? { output: this.#io.stdout } : {}),
      terminal: this.#terminal,
      prompt,
      historySize: 200,
    });
    this.#readline = readline;
    readline.on('SIGINT', () => readline.close());
    if (this.#terminal) readline.prompt();
    try {
      for await (const line of readline) {
        yield line;
        if (this.#terminal && this.#readline) readline.prompt();
      }
    } finally {
      this.close();
    }
  }

  prompt(text: string): void {
    this.#readline?.setPrompt(text);
  }

  /** Ends `lines`, also those not begun. */
  close(): void {
    this.#closed = true;
    const readline = this.#readline;
    this.#readline = undefined;
    if (!readline) return;
    if (this.#terminal) this.#erase(readline);
    readline.close();
  }

  /** Takes prompt and half-typed line away, all the rows they fill. */
  #erase(readline: Interface): void {
    const { rows } = readline.getCursorPos();
    this.#io.stdout.write(`\r${rows > 0 ? `\u001B[${rows}A` : ''}\u001B[J`);
  }
}

/** `alice> ` */
export const promptFor = (name: string): string => `${harmless(name)}> `;

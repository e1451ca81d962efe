import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './compile.js';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** A port nobody listens on now, on loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export interface SubjectOptions {
  /** It is started once it listens on all of these … */
  ports: number[];
  /** … and has written this. @defaultValue nothing */
  ready?: string;
  /** Whether it can be asked for `neededBytes`. @defaultValue `false` */
  probe?: boolean;
  /** Folder it runs in. @defaultValue this one */
  cwd?: string;
  /** Options of Node for this one alone. @defaultValue none */
  nodeOptions?: readonly string[];
  /** Whether it is a program of its own and not one of Node. @defaultValue `false` */
  native?: boolean;
}

/** The process under test. */
export class Subject {
  /** Options of Node itself, for all that are started from now on. */
  static nodeOptions: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  /** Gets what it writes to stdout. */
  onOutput: ((text: string) => void) | undefined;
  #said = '';
  #complained = '';

  private constructor(
    readonly name: string,
    args: string[],
    { cwd, native = false, nodeOptions = [], probe = false }: SubjectOptions,
  ) {
    const preload = probe ? ['--expose-gc', '--require', resolve(program('probe'))] : [];
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(probe ? (['ipc'] as const) : [])];
    const [command = '', ...rest] = native
      ? args
      : [process.execPath, ...Subject.nodeOptions, ...nodeOptions, ...preload, ...args];
    this.#child = spawn(command, rest, { stdio, cwd });
    this.#child.once('error', (error) => {
      this.#complained = error.message;
    });
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-2000);
      this.onOutput?.(text.toString());
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#complained = (this.#complained + text.toString()).slice(-2000);
    });
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }

  /** Starts Node with `args`, or what they say themselves. */
  static async start(name: string, args: string[], options: SubjectOptions): Promise<Subject> {
    const { ports, ready = '' } = options;
    const subject = new Subject(name, args, options);
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (const port of ports) {
      while (!(await accepts(port)) || !subject.#said.includes(ready)) {
        if (subject.#child.exitCode !== null || subject.#child.pid === undefined)
          throw new Error(`${name} did not start:\n${subject.complaints}`);
        if (Date.now() > deadline) {
          await subject.stop();
          throw new Error(
            `${name} is not ready on port ${port} after ${START_TIMEOUT_MS / 1000} s:\n${subject.complaints}`,
          );
        }
        await sleep(50);
      }
    }
    return subject;
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it last wrote to stderr. */
  get complaints(): string {
    return this.#complained.trim();
  }

  residentKb(): number {
    return this.#status(/^VmRSS:\s+(\d+) kB/m);
  }

  /** User and system time so far, all threads; proc(5): in hundredths of a second, fields 14 and 15 of `stat`. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** The highest resident memory since the start or the last `forgetPeak`. */
  peakResidentKb(): number {
    return this.#status(/^VmHWM:\s+(\d+) kB/m);
  }

  /** Heap and buffers after a collection of garbage. Only with `probe`. */
  neededBytes(): Promise<number> {
    return new Promise((answered, failed) => {
      this.#child.once('message', (octets) => answered(octets as number));
      this.#child.send('needed', (error) => {
        if (error) failed(error);
      });
    });
  }

  forgetPeak(): void {
    // proc(5): 5 resets the peak resident set size.
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  #status(line: RegExp): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'latin1');
    return Number(line.exec(status)?.[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.#child.kill('SIGTERM');
    await this.#exited;
    clearTimeout(killer);
  }
}

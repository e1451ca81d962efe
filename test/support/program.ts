import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export { freePort } from './free-port.js';

const MAIN = join(__dirname, '..', '..', 'dist', 'plugin', 'cli', 'main.js');

export interface Exit {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The built program, running. */
export class RunningProgram {
  stdout = '';
  stderr = '';
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();

  /**
   * @param env beside what this process has
   * @param under a command that runs it
   */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}, under: readonly string[] = []) {
    const options = {
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    };
    const [command, ...rest] = [...under, process.execPath, MAIN, ...args];
    const child = spawn(command, rest, options);
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        for (const look of this.#looks) look();
      });
    }
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
        for (const look of this.#looks) look();
      });
    });
  }

  /** Resolves when its output has `text`; rejects when it ends without. */
  shows(text: string): Promise<void> {
    return this.until(() => this.stdout.includes(text));
  }

  /** So too, in its log. */
  logs(text: string | RegExp): Promise<void> {
    return this.until(() => (typeof text === 'string' ? this.stderr.includes(text) : text.test(this.stderr)));
  }

  /** Resolves when its output is such that it `has` what is asked for; rejects when it ends without. */
  async until(has: () => boolean): Promise<void> {
    const exitCode = (): number | string | null => this.#child.exitCode ?? this.#child.signalCode;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (has()) resolve();
        else if (exitCode() !== null) reject(new Error(`ended with ${exitCode()}: ${this.stderr}`));
        else return;
        this.#looks.delete(look);
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Sends SIGTERM and waits. */
  stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.exited;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Runs the program to its end. */
export const run = (...args: string[]): Promise<Exit> => new RunningProgram(args).exited;

export interface RunningServer {
  program: RunningProgram;
  sip: { host: string; port: number };
  /** URL of the health page; empty without one. */
  health: string;
}

/** For `serve`: a machine that is busy with other tests is no reason to refuse anybody. */
export const NEVER_LATE = ['--limit', 'maxLoopDelay=60000'];

/** `serve` on ports of its own; resolves when it is ready. */
export const serve = (...args: string[]): Promise<RunningServer> => serveUnder({}, ...args);

export interface Surroundings {
  /** Beside what this process has. */
  env?: NodeJS.ProcessEnv;
  /** A command that runs it. */
  under?: readonly string[];
}

/** So too, in other surroundings. */
export async function serveUnder({ env, under }: Surroundings, ...args: string[]): Promise<RunningServer> {
  const listeners = [
    '--sip',
    '127.0.0.1:0',
    '--msrp',
    '127.0.0.1:0',
    '--msrps',
    '127.0.0.1:0',
    '--http',
    '127.0.0.1:0',
    ...NEVER_LATE,
  ];
  const program = new RunningProgram(['serve', ...listeners, ...args], env, under);
  await program.shows('Join one in another terminal:');
  const port = Number(/udp\/127\.0\.0\.1:(\d+)/.exec(program.stdout)?.[1]);
  const health = /^ {2}Health {2}(\S+)$/m.exec(program.stdout)?.[1] ?? '';
  return { program, sip: { host: '127.0.0.1', port }, health };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

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

  /** @param nodeArgs of Node itself */
  constructor(args: readonly string[], nodeArgs: readonly string[] = []) {
    const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.on('data', (bytes: Buffer) => {
      this.stdout += bytes.toString();
      for (const look of this.#looks) look();
    });
    child.stderr.on('data', (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
        for (const look of this.#looks) look();
      });
    });
  }

  /** Resolves when its output has `text`; rejects when it ends without. */
  async shows(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (this.stdout.includes(text)) resolve();
        else if (this.#child.exitCode !== null) reject(new Error(`ended with ${this.#child.exitCode}: ${this.stderr}`));
        else return;
        this.#looks.delete(look);
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Sends SIGTERM and waits. */
  stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Runs the program to its end. */
export const run = (...args: string[]): Promise<Exit> => new RunningProgram(args).exited;

/** A TCP port of the loopback interface that is free at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

export interface RunningServer {
  program: RunningProgram;
  sip: { host: string; port: number };
  /** URL of the health page. */
  health: string;
}

/** `serve` on ports of its own; resolves when it is ready. */
export const serve = (...args: string[]): Promise<RunningServer> => serveUnder([], ...args);

/** The same with arguments of Node itself. */
export async function serveUnder(nodeArgs: readonly string[], ...args: string[]): Promise<RunningServer> {
  const http = await freePort();
  const listeners = [
    '--sip',
    '127.0.0.1:0',
    '--msrp',
    '127.0.0.1:0',
    '--msrps',
    '127.0.0.1:0',
    '--http',
    `127.0.0.1:${http}`,
  ];
  const program = new RunningProgram(['serve', ...listeners, ...args], nodeArgs);
  await program.shows('Join one in another terminal:');
  const port = Number(/udp\/127\.0\.0\.1:(\d+)/.exec(program.stdout)?.[1]);
  return { program, sip: { host: '127.0.0.1', port }, health: `http://127.0.0.1:${http}/healthz` };
}

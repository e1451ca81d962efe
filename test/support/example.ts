import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';

/** An example in a process of its own, and what it printed. */
export class Example {
  readonly #process: ChildProcess;
  #printed = '';

  /** Resolves when it is connected. */
  static async start(name: string, drachtio: EmbeddedDrachtio, settings: NodeJS.ProcessEnv = {}): Promise<Example> {
    const example = Example.launch(name, drachtio, settings);
    await example.prints('connected');
    return example;
  }

  /** Begun, and not connected yet. */
  static launch(name: string, drachtio: EmbeddedDrachtio, settings: NodeJS.ProcessEnv = {}): Example {
    return new Example(name, drachtio, settings);
  }

  /** What it prints when it is called to do something else than to stay. Rejects when it fails, with its exit `code`. */
  static async run(name: string, argv: readonly string[], settings: NodeJS.ProcessEnv): Promise<string> {
    const env = { ...process.env, ...settings };
    const { stdout } = await promisify(execFile)(process.execPath, [join('examples', name), ...argv], { env });
    return stdout.trim();
  }

  private constructor(name: string, { control, secret }: EmbeddedDrachtio, settings: NodeJS.ProcessEnv) {
    const env = {
      ...process.env,
      DRACHTIO_HOST: control.host,
      DRACHTIO_PORT: String(control.port),
      DRACHTIO_SECRET: secret,
      MSRP_PORT: '0',
      ...settings,
    };
    this.#process = spawn(process.execPath, [join('examples', name)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
  }

  async prints(text: string): Promise<void> {
    await this.match(text);
  }

  /** What it prints that fits, now or later. */
  async match(pattern: string | RegExp): Promise<RegExpMatchArray> {
    const expression = typeof pattern === 'string' ? new RegExp(escaped(pattern)) : pattern;
    for (;;) {
      const found = this.#printed.match(expression);
      if (found) return found;
      if (this.#hasEnded) throw new Error(`it ended: ${this.#printed}`);
      await Promise.race([
        once(this.#process.stdout!, 'data'),
        once(this.#process.stderr!, 'data'),
        once(this.#process, 'exit').then(() => Promise.reject(new Error(`it ended: ${this.#printed}`))),
      ]);
    }
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

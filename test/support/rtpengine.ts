import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../lib/util/clock.js';
import { Ng } from '../../plugin/media/ng.js';
import { freePort } from './free-port.js';

/** Debian's rtpengine-daemon, in user space and on loopback alone. */
export class RtpEngineDaemon {
  private constructor(
    readonly port: number,
    private readonly daemon: ChildProcess,
    private readonly ng: Ng,
  ) {}

  /** Another program may take the port before it does, and even answer in its place. */
  static async start(attempts = 3): Promise<RtpEngineDaemon> {
    const started = await RtpEngineDaemon.#start();
    if (started) return started;
    if (attempts === 1) throw new Error('rtpengine ended at once, again and again');
    return RtpEngineDaemon.start(attempts - 1);
  }

  /** Undefined when it ended. */
  static async #start(): Promise<RtpEngineDaemon | undefined> {
    const port = await freePort();
    const args = ['--table=-1', '--foreground', '--log-stderr', '--log-level=4', '--interface=127.0.0.1'];
    const ports = ['--port-min=30000', '--port-max=32000', '--config-file=none'];
    const daemon = spawn('rtpengine', [...args, ...ports, `--listen-ng=127.0.0.1:${port}`], { stdio: 'ignore' });
    const ng = new Ng({ address: { host: '127.0.0.1', port }, clock: systemClock });
    const started = new RtpEngineDaemon(port, daemon, ng);
    let answers = 0;
    // Twice: the answer to a second one comes when it would have ended for want of its port.
    while (answers < 2 && daemon.exitCode === null) {
      if ((await ng.request('list', { limit: 1 })).is === 'reply') answers++;
      else await new Promise(setImmediate);
    }
    if (daemon.exitCode === null) return started;
    ng.close();
    return undefined;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Call-ids. */
  async calls(): Promise<string[]> {
    const outcome = await this.ng.request('list', { limit: 100 });
    return outcome.is === 'reply' ? (outcome.reply['calls'] as string[]) : [];
  }

  async stop(): Promise<void> {
    this.ng.close();
    if (this.daemon.exitCode !== null) return;
    const exited = once(this.daemon, 'exit');
    this.daemon.kill('SIGKILL');
    await exited;
  }
}

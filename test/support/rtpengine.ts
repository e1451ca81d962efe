import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { systemClock } from '../../lib/util/clock.js';
import { Ng } from '../../plugin/media/ng.js';

/** A UDP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Debian's rtpengine-daemon, in user space and on loopback alone. */
export class RtpEngineDaemon {
  private constructor(
    readonly port: number,
    private readonly daemon: ChildProcess,
    private readonly ng: Ng,
  ) {}

  static async start(): Promise<RtpEngineDaemon> {
    const port = await freePort();
    const args = ['--table=-1', '--foreground', '--log-stderr', '--log-level=4', '--interface=127.0.0.1'];
    const ports = ['--port-min=42000', '--port-max=43000', '--config-file=none'];
    const daemon = spawn('rtpengine', [...args, ...ports, `--listen-ng=127.0.0.1:${port}`], { stdio: 'ignore' });
    const ng = new Ng({ address: { host: '127.0.0.1', port }, clock: systemClock });
    const started = new RtpEngineDaemon(port, daemon, ng);
    while ((await ng.request('ping')).is !== 'reply') {
      if (daemon.exitCode !== null) throw new Error(`rtpengine ended with ${daemon.exitCode}`);
      await new Promise(setImmediate);
    }
    return started;
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
    const exited = once(this.daemon, 'exit');
    this.daemon.kill('SIGKILL');
    await exited;
  }
}

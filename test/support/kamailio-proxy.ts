import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saysOnError } from './daemon.js';
import { freePorts } from './free-port.js';

/** The Kamailio of examples/kamailio, on ports of its own. */
export class KamailioProxy {
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(
    /** Where its users send to, over UDP and TCP. */
    readonly outer: { host: string; port: number },
    /** What it sends the rooms' requests to. */
    readonly chatPort: number,
    private readonly innerPort: number,
    directory: string,
    child: ChildProcess,
  ) {
    this.#directory = directory;
    this.#process = child;
  }

  static async start(): Promise<KamailioProxy> {
    const directory = await mkdtemp(join(tmpdir(), 'chatroom-kamailio-'));
    const [outer = 0, inner = 0, chat = 0] = await freePorts(3);
    const values = {
      OUTER_UDP: `udp:127.0.0.1:${outer}`,
      OUTER_TCP: `tcp:127.0.0.1:${outer}`,
      INNER_TCP: `tcp:127.0.0.1:${inner}`,
      INNER_PORT: String(inner),
      CHAT_SERVER: `"sip:127.0.0.1:${chat};transport=tcp"`,
    };
    const given = Object.entries(values).flatMap(([name, value]) => ['-A', `${name}=${value}`]);
    const options = [
      '-DD',
      '-E',
      '-f',
      'examples/kamailio/kamailio.cfg',
      '-Y',
      directory,
      '-P',
      join(directory, 'pid'),
    ];
    const child = spawn('kamailio', [...options, ...given], { stdio: ['ignore', 'ignore', 'pipe'] });
    const proxy = new KamailioProxy({ host: '127.0.0.1', port: outer }, chat, inner, directory, child);
    await proxy.#serving();
    return proxy;
  }

  /** For the option `outboundProxy`. */
  get inner(): string {
    return `sip:127.0.0.1:${this.innerPort};transport=tcp`;
  }

  uri(transport: 'udp' | 'tcp'): string {
    return `sip:127.0.0.1:${this.outer.port}${transport === 'udp' ? '' : ';transport=tcp'}`;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await gone;
    await rm(this.#directory, { recursive: true });
  }

  /** Once its sockets are bound, it says how many processes it will be. */
  #serving(): Promise<void> {
    return saysOnError(this.#process, 'processes (at least)');
  }
}

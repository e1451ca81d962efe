import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { compile, program } from './compile.js';
import type { Contender } from './contender.js';
import { token } from './join.js';
import { freePort, Subject } from './process.js';
import { ROOM } from './rooms.js';
import { builtProgram } from './server.js';
import { System } from './system.js';

/** Tells the process who is in; it answers each in turn. */
class Control {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', () => this.#waiting.shift()?.());
  }

  static async connect(port: number): Promise<Control> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Control(socket);
  }

  add(uri: string, ownPath: string, peerPath: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`${uri} ${ownPath} ${peerPath}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The MSRP part of our server: what a participant costs without its SIP dialog. For `idle` alone. */
export const switchAlone: Contender = {
  name: 'switch',
  sameProtocol: true,
  maxTextOctets: 65_536,
  prepare: () => {
    compile('switch-server');
    return Promise.resolve('ready');
  },
  lacks: ({ confirm, link, rooms }) =>
    link === 'tcp' && rooms === 1 && confirm === 'always' ? undefined : 'only one room over tcp',
  start: async () => {
    builtProgram('.');
    const [control, port] = [await freePort(), await freePort()];
    const args = [program('switch-server'), String(control), String(port), ROOM];
    const subject = await Subject.start('the switch', args, { ports: [control, port] });
    const focus = await Control.connect(control).catch(async (error: unknown) => {
      await subject.stop();
      throw error;
    });
    const joinOne = async (index: number) => {
      const from = `sip:p${index}@bench.invalid`;
      const ownPath = `msrp://127.0.0.1:9/${token()}${token()};tcp`;
      const peerPath = `msrp://127.0.0.1:${port}/${token()};tcp`;
      await focus.add(from, ownPath, peerPath);
      return { link: 'tcp' as const, host: '127.0.0.1', port, ownPath, peerPath, room: ROOM, from };
    };
    return new System('switch', subject, joinOne, () => focus.close());
  },
};

import { joinRoom } from '../../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { freePort, NEVER_LATE, RunningProgram } from '../../support/program.js';
import type { Delays, Fault } from '../support/fault.js';
import { Talk } from '../support/talk.js';
import { ToxicProxy } from '../support/toxic-proxy.js';

const ROOM = 'sip:lobby@localhost';
const SECRET = 'between us';
const loopback = async (): Promise<{ host: string; port: number }> => ({ host: '127.0.0.1', port: await freePort() });
/** Milliseconds each way. */
const SLOW = 400;

/** The rooms in one process, the SIP endpoint in another, and what goes wrong between them. */
class Apart {
  private constructor(
    readonly program: RunningProgram,
    readonly proxy: ToxicProxy,
    public endpoint: EmbeddedDrachtio,
    readonly sip: { host: string; port: number },
    readonly talk: Talk,
  ) {}

  static async start(): Promise<Apart> {
    // Ports that nobody else is given while it starts anew.
    const [sip, control] = [await loopback(), await loopback()];
    const endpoint = await startEmbeddedDrachtio({ udp: sip, tcp: sip, control, secret: SECRET });
    const proxy = await ToxicProxy.start(endpoint.control);
    const network = ['--drachtio', proxy.address, '--secret', SECRET, '--msrp', '127.0.0.1:0', '--msrps', 'off'];
    const program = new RunningProgram(['serve', ...network, '--http', 'off', '--log-level', 'warn', ...NEVER_LATE]);
    await program.shows('Join one in another terminal:');
    return new Apart(program, proxy, endpoint, sip, await Talk.begin(ROOM, sip));
  }

  /** Somebody new joins another room and leaves it. */
  async newcomer(): Promise<void> {
    const { participant } = await joinRoom('sip:other@localhost', { uri: 'sip:new@example.com', proxy: this.sip });
    await participant.leave();
  }

  /** While `fault` lasts, those inside go on talking. */
  async through(fault: () => Promise<void>): Promise<Delays> {
    return { before: await this.talk.say(), during: await this.talk.during(fault) };
  }

  /** Another endpoint takes the place of the old one, and knows nothing of what that knew. */
  async restart(): Promise<void> {
    const { addresses, control } = this.endpoint;
    const { udp, tcp, ws } = addresses;
    await this.endpoint.close();
    this.endpoint = await startEmbeddedDrachtio({ udp, tcp, ws, control, secret: SECRET });
  }

  async close(): Promise<void> {
    this.program.kill();
    await this.talk.end();
    await this.proxy.close();
    await this.endpoint.close();
  }
}

async function apart<T>(use: (apart: Apart) => Promise<T>): Promise<T> {
  const stage = await Apart.start();
  try {
    return await use(stage);
  } finally {
    await stage.close();
  }
}

export const drachtioCut: Fault = {
  name: 'the connection to drachtio is cut',
  run: () =>
    apart(async (stage) => {
      const delays = await stage.through(async () => {
        stage.proxy.cut();
        await expect(stage.newcomer()).rejects.toThrow();
      });
      await stage.proxy.mend();
      // DRA-G2: to the server the dialogs of the lost connection are dead, so those inside are told to come anew.
      await expect(stage.talk.ended()).resolves.toBe(true);
      await stage.newcomer();
      return {
        notices: 'who joins meanwhile: refused; those inside: BYE once there is a connection again',
        lost: 'no message; every dialog, when the connection is back',
        delays,
      };
    }),
};

export const drachtioRestarted: Fault = {
  name: 'drachtio is started anew',
  run: () =>
    apart(async (stage) => {
      const delays = await stage.through(() => stage.restart());
      await expect(stage.talk.ended()).resolves.toBe(true);
      await stage.newcomer();
      return {
        notices: 'those inside: their session ends once there is a connection again',
        lost: 'no message; every dialog, when the connection is back',
        delays,
      };
    }),
};

export const drachtioSlow: Fault = {
  name: `drachtio takes ${SLOW} ms each way`,
  run: () =>
    apart(async (stage) => {
      const delays = await stage.through(async () => {
        stage.proxy.latency = SLOW;
        await stage.newcomer();
      });
      return { notices: 'who joins: later', lost: 'nothing', delays };
    }),
};

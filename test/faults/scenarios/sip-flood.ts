import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { offer } from '../../../bench/harness/join.js';
import { writeSip } from '../../../bench/harness/sip-message.js';
import type { Fault } from '../support/fault.js';
import { knock } from '../support/knock.js';
import { ROOM, scene, witnessed } from '../support/network.js';

const PER_SECOND = 2000;
/** Milliseconds. */
const FLOODING = 10_000;
const TICK = 20;
/** One INVITE of so many is acknowledged. */
const ACKNOWLEDGED = 20;
/** Joins of one address that the server takes in a second, and at once. */
const JOINS = 50;
const BURST = 4 * JOINS;

/** Sends INVITEs of as many strangers, and looks at hardly any of their answers. */
class Flood {
  readonly answers = new Map<number, number>();
  sent = 0;
  readonly #socket = createSocket('udp4');
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket.on('message', (bytes) => this.#answered(bytes.toString('latin1')));
  }

  /** Resolves when it is over. */
  async pour(): Promise<void> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    const began = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const passed = Math.min(performance.now() - began, FLOODING);
        while (this.sent < (passed / 1000) * PER_SECOND) this.#invite(this.sent++);
        if (passed < FLOODING) return;
        clearInterval(timer);
        resolve();
      }, TICK);
    });
  }

  close(): void {
    this.#socket.close();
  }

  #invite(index: number): void {
    const { port } = this.#socket.address();
    const lines = [`Contact: <sip:f${index}@127.0.0.1:${port}>`, 'Content-Type: application/sdp'];
    const body = offer(`msrp://127.0.0.1:9/flood${index};tcp`, 'tcp');
    this.#send(index, 'INVITE', `<${ROOM}>`, lines, body);
  }

  #answered(text: string): void {
    const status = Number(text.slice(8, 11));
    if (status < 200) return;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    const index = Number(/^Call-ID: flood(\d+)/im.exec(text)?.[1]);
    if (index % ACKNOWLEDGED === 0) this.#send(index, 'ACK', /^To: (.*)$/im.exec(text)?.[1] ?? '');
  }

  #send(index: number, method: string, to: string, lines: readonly string[] = [], body = ''): void {
    const { port } = this.#socket.address();
    const request = [
      `${method} ${ROOM} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKflood${index}`,
      'Max-Forwards: 70',
      `From: <sip:f${index}@flood.invalid>;tag=f${index}`,
      `To: ${to}`,
      `Call-ID: flood${index}`,
      `CSeq: 1 ${method}`,
      ...lines,
    ];
    this.#socket.send(writeSip(request, body), this.#port, '127.0.0.1');
  }
}

export const sipFlood: Fault = {
  name: `${PER_SECOND} INVITEs a second over UDP, of which ${ACKNOWLEDGED - 1} in ${ACKNOWLEDGED} are never acknowledged`,
  run: () =>
    scene(
      // What holds by default where strangers can connect.
      ['--limit', `joinsPerSecond=${JOINS}`],
      async ({ server, through, metric, memory }) => {
        const flood = new Flood(server.sip.port);
        const before = await memory();
        const began = performance.now();
        try {
          const delays = await through(() => flood.pour());
          const most = await memory();
          // A burst, and what came since, beside those who talk.
          const endpoints = await metric('chatroom_endpoints');
          const seconds = (performance.now() - began) / 1000;
          expect(endpoints).toBeLessThan(2 + BURST + (seconds + 1) * JOINS);
          expect(flood.answers.get(503)).toBeGreaterThan(0);
          await witnessed(async () => (await knock(server.sip.port, 0)) === 200);
          return {
            notices:
              'who sends them: 503 with Retry-After, beyond what one address may join; a dialog without ACK ends by BYE after 32 s',
            lost: 'nothing; INVITEs of the same address are refused meanwhile',
            delays,
            figures: [`${flood.sent} INVITEs`, `memory ${Math.round(before)} → ${Math.round(most)} MiB`],
          };
        } finally {
          flood.close();
        }
      },
    ),
};

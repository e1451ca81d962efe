import { connect, type Socket } from 'node:net';
import { Callers } from '../support/callers.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene, witnessed } from '../support/network.js';

/** As many as one address may open; this machine has no such limit. */
const CONNECTIONS = 1000;
/** Milliseconds between two octets of each. */
const PERIOD = 1000;
const HEAD = `INVITE ${ROOM} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKloris\r\nX-Long: ${'x'.repeat(4096)}`;

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('connect', () => resolve(socket.resume()));
    socket.once('close', () => resolve(socket));
  });
}

export const sipSlowLoris: Fault = {
  name: `${CONNECTIONS} SIP connections send an octet a second of a request that never ends`,
  waits: true,
  run: () =>
    scene([], async ({ server, through, memory }) => {
      const callers = new Callers(server.sip);
      const before = await memory();
      let most = before;
      let sockets: Socket[] = [];
      let dripping: NodeJS.Timeout | undefined;
      try {
        const delays = await through(async () => {
          sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(server.sip.port)));
          let sent = 0;
          const drip = (): void => {
            for (const socket of sockets) if (!socket.destroyed) socket.write(HEAD[sent] ?? 'x');
            sent++;
          };
          drip();
          dripping = setInterval(drip, PERIOD);
          const { response } = await callers.join(ROOM, { uri: 'sip:new@example.com', transport: 'tcp' });
          expect(response.status).toBe(200);
          most = await memory();
          await witnessed(() => sockets.every(({ destroyed }) => destroyed));
        });
        return {
          notices: 'who does so: the connection closes after 30 s',
          lost: 'nothing; newcomers join meanwhile',
          delays,
          figures: [`memory ${Math.round(before)} → ${Math.round(most)} → ${Math.round(await memory())} MiB`],
        };
      } finally {
        clearInterval(dripping);
        for (const socket of sockets) socket.destroy();
        await callers.close();
      }
    }),
};

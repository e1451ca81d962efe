import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { Callers } from '../support/callers.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene, witnessed } from '../support/network.js';

const WANTED = 10_000;
/** Opened at once. */
const BATCH = 250;
/** Files that this process and the server need for other things: faults beside this one among them. */
const SPARE = 2_000;
const NEWCOMERS = 10;

/** The hard limit of open files, which Node makes the soft one. */
const files = (): number => {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
};

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('connect', () => resolve(socket.resume()));
    socket.once('close', () => resolve(socket));
  });
}

export const unboundConnections: Fault = {
  name: `${WANTED} connections that never bind a session`,
  waits: true,
  run: () =>
    scene([], async ({ server, through, metric, memory }) => {
      const count = Math.min(WANTED, files() - SPARE);
      const port = Number(/msrp:\/\/127\.0\.0\.1:(\d+)/.exec(server.program.stdout)?.[1]);
      const callers = new Callers(server.sip);
      const sockets: Socket[] = [];
      const before = await memory();
      let most = before;
      try {
        const delays = await through(async () => {
          while (sockets.length < count) {
            const batch = Math.min(BATCH, count - sockets.length);
            sockets.push(...(await Promise.all(Array.from({ length: batch }, () => open(port)))));
            if (sockets.length % (count / NEWCOMERS) < BATCH) {
              await callers.join(ROOM, { uri: `sip:new${sockets.length}@example.com` });
              most = Math.max(most, await memory());
            }
          }
          expect(await metric('chatroom_msrp_connections')).toBeLessThan(count);
          await witnessed(() => sockets.every(({ destroyed }) => destroyed));
        });
        return {
          notices:
            'who opens them: beyond 1000 the oldest are closed, the others after 30 s; `limit` tells the program',
          lost: 'nothing; newcomers join meanwhile',
          delays,
          figures: [
            `${count} connections`,
            `memory ${Math.round(before)} → ${Math.round(most)} → ${Math.round(await memory())} MiB`,
          ],
        };
      } finally {
        for (const socket of sockets) socket.destroy();
        await callers.close();
      }
    }),
};

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Fault } from '../support/fault.js';
import { scene } from '../support/network.js';

/** Octets of a gigabit. */
const GIGABIT = 125_000_000;
const PIECE = 65_536;
/** Connections at once. */
const AT_ONCE = 8;

const KINDS = [
  () => randomBytes(PIECE),
  () => Buffer.from(`MSRP ${'a'.repeat(20)} SEND\r\n${'X: y\r\n'.repeat(PIECE / 6)}`),
  () => Buffer.from(`MSRP abcd SEND\r\nTo-Path: msrp://127.0.0.1:9/none;tcp\r\n${'z'.repeat(PIECE)}`),
  () => Buffer.alloc(PIECE, '\r\n'),
];

/** Sends until it is cut off, or all is sent; returns how much was taken. */
async function pour(port: number, kind: () => Buffer, budget: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined).resume();
  await Promise.race([once(socket, 'connect'), closed]);
  let sent = 0;
  while (!socket.destroyed && sent < budget) {
    sent += PIECE;
    if (!socket.write(kind())) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
  }
  socket.destroy();
  await closed;
  return sent;
}

/** Connects again and again, until all have sent it together. */
async function pourer(port: number, first: number, poured: { sent: number; connections: number }): Promise<void> {
  while (poured.sent < GIGABIT) {
    const kind = KINDS[(poured.connections++ + first) % KINDS.length];
    poured.sent += await pour(port, kind, 4 * 1_048_576);
  }
}

export const garbage: Fault = {
  name: 'a gigabit of garbage',
  run: () =>
    scene([], async ({ server, through, memory }) => {
      const port = Number(/msrp:\/\/127\.0\.0\.1:(\d+)/.exec(server.program.stdout)?.[1]);
      const before = await memory();
      const poured = { sent: 0, connections: 0 };
      const began = performance.now();
      const delays = await through(async () => {
        await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => pourer(port, n, poured)));
      });
      const seconds = (performance.now() - began) / 1000;
      return {
        notices: 'who sends it: the connection closes; the log at level debug',
        lost: 'nothing',
        delays,
        figures: [
          `${poured.connections} connections, ${Math.round(poured.sent / 1e6 / seconds)} MB/s`,
          `memory ${Math.round(before)} → ${Math.round(await memory())} MiB`,
        ],
      };
    }),
};

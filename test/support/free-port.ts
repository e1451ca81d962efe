import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Given out by this process, which may not have bound them yet. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nothing is bound to, neither over TCP nor UDP. It is below those that Linux gives to who asks
 * for any (`net.ipv4.ip_local_port_range`), so that no connection takes it before the one it is for.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** What `use` makes of such a port; of another one when somebody was faster. */
export async function onFreePort<T>(use: (port: number) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await use(await freePort());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

/** A UDP socket at a port where nobody takes TCP: what is large comes to it by UDP, too (RFC 3261 §18.1.1). */
export const freeSocket = (): Promise<Socket> =>
  onFreePort(async (port) => {
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  });

/** As many, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket('udp4');
  server.listen(port, '127.0.0.1');
  socket.bind(port, '127.0.0.1');
  const bound = await Promise.all([server, socket].map(isBound));
  if (bound[0]) await new Promise((closed) => server.close(closed));
  if (bound[1]) await new Promise<void>((closed) => socket.close(closed));
  return bound.every(Boolean);
}

const isBound = (emitter: NodeJS.EventEmitter): Promise<boolean> =>
  once(emitter, 'listening').then(
    () => true,
    () => false,
  );

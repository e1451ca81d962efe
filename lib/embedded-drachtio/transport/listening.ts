import type { Server } from 'node:net';
import type { Endpoint } from './flow.js';

/** Starts a server; rejects with Node's error (`code`, `address`, `port`) when it cannot listen. */
export function listening(server: Server, { host, port }: Endpoint): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not an IP listener'));
      else resolve({ host: address.address, port: address.port });
    });
  });
}

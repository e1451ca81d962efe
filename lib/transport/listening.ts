import type { Server } from 'node:net';
import type { Endpoint } from './transport.js';

/** Binds a server of any kind; rejects with Node's error. Errors after that go to `failed`. */
export async function listening(server: Server, wanted: Endpoint, failed: (error: Error) => void): Promise<Endpoint> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve();
    });
  });
  const bound = server.address();
  return { host: wanted.host, port: typeof bound === 'object' && bound ? bound.port : wanted.port };
}

import { once } from 'node:events';
import { Server } from 'node:net';
import type Srf from 'drachtio-srf';
import type { EmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import type { MemoryNetwork } from './memory-network.js';

/** What the types of drachtio-srf leave out of an Srf that is connected to. */
interface Listening {
  listen(options: { server: Server; secret: string }): unknown;
  readonly app: { endSession(holder: unknown): void };
}

/**
 * Connects an application to the endpoint. drachtio-srf opens connections of the system alone, but takes any that a server
 * hands it: so it is the endpoint that connects, as drachtio-server does with outbound connections.
 */
export async function connectControl(
  srf: Srf,
  { control, secret }: EmbeddedDrachtio,
  network: MemoryNetwork,
): Promise<void> {
  const { app } = srf as unknown as Listening;
  const server = new Server();
  (srf as unknown as Listening).listen({ server, secret });
  // Outbound connections are one for each call, and drachtio-srf ends that of a request nobody took. This one is of all.
  app.endSession = () => {};
  const connected = once(srf, 'connect');
  const socket = network.connect(control, () => server.emit('connection', socket));
  await connected;
}

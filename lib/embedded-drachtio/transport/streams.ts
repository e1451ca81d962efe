import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint, TransportName } from './flow.js';

/** How byte streams come to be: TCP, TLS, or what stands in for the network. */
export interface StreamFactory {
  name: TransportName;
  createServer(accept: (socket: Socket) => void): Server;
  /**
   * Where connections that were taken carry no data before their handshake: returns what begins it on one. `done` is called
   * with the stream that has it behind it; one that fails, or takes too long, is closed.
   * @defaultValue there is none
   */
  handshake?(done: (stream: Socket) => void): (socket: Socket) => void;
  /**
   * Calls `connected` once the stream carries data.
   * @param remote with TLS also whose certificate the peer has to show. @defaultValue that of `host`
   */
  connect(remote: Endpoint & { name?: string }, connected: () => void): Socket;
}

export const tcpStreams: StreamFactory = {
  name: 'tcp',
  createServer: (accept) => createServer({ pauseOnConnect: false }, accept),
  connect: (remote, connected) => connect({ host: remote.host, port: remote.port }, connected),
};

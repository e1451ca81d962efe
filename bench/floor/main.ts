// The floor: what Node needs at least to fan the same octets out. No SIP, no CPIM, no checks.
// Usage: main.js PORT tcp|tls|ws always|partial|never [CERTIFICATE KEY]
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { FloorRooms } from './rooms.js';
import { SocketConnection } from './socket.js';

const BACKLOG = 4096;
const [port, link, confirm = 'always', certificate = '', key = ''] = process.argv.slice(2);
const rooms = new FloorRooms(confirm);

async function listener(): Promise<Server> {
  if (link === 'tls') {
    const options = { cert: readFileSync(certificate), key: readFileSync(key) };
    return createTlsServer(options, (socket) => new SocketConnection(rooms, socket, true));
  }
  if (link === 'ws') {
    // Only here, so that it is not in the memory of the others.
    const [{ WebSocketServer }, { WebSocketConnection }] = [await import('ws'), await import('./web-socket.js')];
    const server = createHttpServer();
    const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    server.on('upgrade', (request, socket, head) => {
      upgrades.handleUpgrade(request, socket, head, (webSocket) => new WebSocketConnection(rooms, webSocket, socket));
    });
    return server;
  }
  return createServer({ pauseOnConnect: true }, (socket) => new SocketConnection(rooms, socket, false));
}

void listener().then((server) => server.listen(Number(port), '127.0.0.1', BACKLOG));
// By itself, so that a profile is written.
process.once('SIGTERM', () => process.exit(0));

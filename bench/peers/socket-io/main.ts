// A room as the documentation of Socket.IO writes it: who connects joins it, what one says is emitted to the others.
// Usage: main.js PORT
import { createServer } from 'node:http';

/** What is used of `socket.io`, which is no package of this project and may be missing: so it has no types here. */
interface Peer {
  join(room: string): void;
  on(event: 'message', listener: (text: string) => void): void;
  to(room: string): { emit(event: 'message', text: string): void };
}
interface SocketIo {
  Server: new (
    server: ReturnType<typeof createServer>,
    options: { transports: string[] },
  ) => { on(event: 'connection', listener: (peer: Peer) => void): void };
}

const ROOM = 'bench';
const BACKLOG = 4096;

async function main(): Promise<void> {
  const name = 'socket.io';
  const { Server } = (await import(name)) as SocketIo;
  const server = createServer();
  new Server(server, { transports: ['websocket'] }).on('connection', (sender) => {
    sender.join(ROOM);
    sender.on('message', (text) => sender.to(ROOM).emit('message', text));
  });
  server.listen(Number(process.argv[2]), '127.0.0.1', BACKLOG);
}

void main();
// By itself, so that a profile is written.
process.once('SIGTERM', () => process.exit(0));

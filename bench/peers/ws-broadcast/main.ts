// A room as most would first write it with the package `ws`: what one says is sent to every other client, one by one.
// Usage: main.js PORT
import { WebSocket, WebSocketServer } from 'ws';

const BACKLOG = 4096;
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: BACKLOG });

server.on('connection', (sender) => {
  sender.on('error', () => sender.terminate());
  sender.on('message', (data, isBinary) => {
    for (const client of server.clients) {
      if (client !== sender && client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});
// By itself, so that a profile is written.
process.once('SIGTERM', () => process.exit(0));

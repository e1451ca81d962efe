// The floor: what Node needs at least to fan the same octets out. No SIP, no CPIM, no checks; every request of a
// participant is answered 200 and, when it has a body, copied to all other participants. Usage: main.js PORT
import { createServer } from 'node:net';
import { Connection } from './connection.js';
import type { Request } from './frames.js';
import { nextMessageId, transactionIds } from './identifiers.js';

const room = new Set<Connection>();

function onRequest(sender: Connection, request: Request): void {
  if (sender.paths === '') {
    sender.paths = `To-Path: ${request.fromPath}\r\nFrom-Path: ${request.toPath}\r\n`;
    room.add(sender);
  }
  const { transactionId } = request;
  sender.send(`MSRP ${transactionId} 200 OK\r\n${sender.paths}-------${transactionId}$\r\n`);
  if (request.shared === '') return;
  for (const recipient of room) {
    if (recipient === sender) continue;
    const id = transactionIds.next();
    recipient.send(
      `MSRP ${id} SEND\r\n${recipient.paths}Message-ID: ${nextMessageId()}\r\n${request.shared}-------${id}$\r\n`,
    );
  }
}

createServer({ pauseOnConnect: true }, (accepted) => {
  const connection: Connection = new Connection(accepted, onRequest, () => room.delete(connection));
}).listen(Number(process.argv[2]), '127.0.0.1', 4096);

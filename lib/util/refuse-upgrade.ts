import type { Duplex } from 'node:stream';

/** Answers a request for another protocol with an error, and closes. @param status with its text, like `403 Forbidden` */
export function refuseUpgrade(socket: Duplex, status: string, why = ''): void {
  // The peer may be gone already.
  socket.on('error', () => undefined);
  socket.once('finish', () => socket.destroy());
  const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Type: text/plain', `Content-Length: ${why.length}`];
  socket.end(`${head.join('\r\n')}\r\n\r\n${why}`);
}

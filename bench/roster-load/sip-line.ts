import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type SipMessage, SipStream } from '../harness/sip-message.js';
import type { SipLink } from './commands.js';

/** Sends text of latin1 characters. */
type Send = (text: string) => void;
/** `reply` goes back the way the message came. */
type Receive = (message: SipMessage, reply: Send) => void;

const HOST = '127.0.0.1';
/** Ports tried before one is free for datagrams and connections. */
const ATTEMPTS = 20;
const RECEIVE_BUFFER = 8 * 1024 * 1024;

/** The way of SIP messages to and from the server, one for all participants, as a proxy would have it. */
export interface SipLine {
  /** Transport and sent-by of a Via header. */
  via: string;
  /** `HOST:PORT;transport=…` of a Contact. */
  contact: string;
  send: Send;
  close(): void;
}

function receiveFrom(socket: Socket, receive: Receive): Send {
  const stream = new SipStream();
  const send: Send = (text) => void socket.write(text, 'latin1');
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    for (const message of stream.take(chunk)) receive(message, send);
  });
  return send;
}

function tcpLine(port: number, receive: Receive): Promise<SipLine> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST, () => {
      const local = `${HOST}:${socket.localPort}`;
      const send = receiveFrom(socket, receive);
      resolve({ via: `SIP/2.0/TCP ${local}`, contact: `${local};transport=tcp`, send, close: () => socket.destroy() });
    });
    socket.once('error', reject);
  });
}

function bound(socket: DatagramSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, HOST, () => resolve(socket.address().port));
  });
}

function listening(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false)).listen(port, HOST, () => resolve(true));
  });
}

/** Datagrams, and connections to the same port for what is too large for them. */
async function udpLine(port: number, receive: Receive): Promise<SipLine> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
    const connections = new Set<Socket>();
    const server = createServer((connection) => {
      connections.add(connection);
      receiveFrom(connection, receive);
    });
    const local = await bound(socket);
    const send: Send = (text) => socket.send(Buffer.from(text, 'latin1'), port, HOST);
    const close = (): void => {
      socket.close();
      server.close();
      for (const connection of connections) connection.destroy();
    };
    if (!(await listening(server, local))) {
      socket.close();
      continue;
    }
    socket.on('message', (datagram) => {
      for (const message of new SipStream().take(datagram.toString('latin1'))) receive(message, send);
    });
    return { via: `SIP/2.0/UDP ${HOST}:${local}`, contact: `${HOST}:${local}`, send, close };
  }
  throw new Error('no port is free for both UDP and TCP');
}

/** @param port of the server, on loopback */
export const sipLine = (link: SipLink, port: number, receive: Receive): Promise<SipLine> =>
  (link === 'tcp' ? tcpLine : udpLine)(port, receive);

/**
 * Brings a WebSocket from the HTTP server of the main thread to the worker that its session is at. A socket cannot be handed to
 * another thread, so its octets are passed on over the loopback interface, as they are.
 */
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { UpgradeRequest, WsPeer } from '../../transport/ws-upgrades.js';
import type { Clock } from '../../util/clock.js';
import { refuseUpgrade } from '../../util/refuse-upgrade.js';
import type { Address } from '../options.js';

/** Milliseconds until a worker that does not take the connection counts as gone, and so a peer that does not read its end. */
const PATIENCE = 5_000;

/** Headers in which proxies say who the peer is: the worker gets ours, never those that the peer sent itself. */
const FOR = 'x-forwarded-for';
const PROTO = 'x-forwarded-proto';

/** Where the session of a connection is: the port of our URI, which the client read in the SDP. */
export function portAsked({ url = '' }: Pick<IncomingMessage, 'url'>): number | undefined {
  const text = new URLSearchParams(url.split('?', 2)[1]).get('port') ?? '';
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

export function tunnel({ request, socket, head, peer }: UpgradeRequest, to: Address, clock: Clock): void {
  const inner = connect({ ...to, noDelay: true });
  let connected = false;
  const timer = clock.after(PATIENCE, () => inner.destroy());
  socket.on('error', () => socket.destroy());
  socket.once('close', () => inner.destroy());
  // An error is always followed by 'close'.
  inner.on('error', () => undefined);
  inner.once('close', () => {
    timer.cancel();
    if (connected) flush(socket, clock);
    else refuseUpgrade(socket, '502 Bad Gateway', 'the worker cannot be reached');
  });
  inner.once('connect', () => {
    timer.cancel();
    connected = true;
    inner.write(requestFor(request, peer), 'latin1');
    inner.write(head);
    socket.pipe(inner);
    inner.pipe(socket);
  });
}

/** Lets the peer have what the worker said last, its Close frame among that, for as long as it may take. */
function flush(socket: UpgradeRequest['socket'], clock: Clock): void {
  if (socket.destroyed) return;
  const timer = clock.after(PATIENCE, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  if (socket.writableFinished) socket.destroy();
  else socket.once('finish', () => socket.destroy()).end();
}

function requestFor({ method, url, rawHeaders }: IncomingMessage, { kind, address }: WsPeer): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase();
    if (name !== FOR && name !== PROTO) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  lines.push(`${FOR}: ${address ?? ''}`, `${PROTO}: ${kind === 'wss' ? 'https' : 'http'}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Who is at the other end of the tunnel. */
export const peerBehind = ({ headers }: IncomingMessage): WsPeer => ({
  kind: headers[PROTO] === 'https' ? 'wss' : 'ws',
  address: [headers[FOR]].flat()[0] || undefined,
});

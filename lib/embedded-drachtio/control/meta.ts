import type { Flow } from '../transport/index.js';

/** `HH:MM:SS.uuuuuu` UTC; the clock has milliseconds. */
export function stackTime(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== last.second) last = { second, text: new Date(second * 1000).toISOString().slice(11, 19) };
  return `${last.text}.${String(Math.floor(now - second * 1000)).padStart(3, '0')}000`;
}

/** Many frames leave in one second. */
let last = { second: Number.NaN, text: '' };

/** A WebSocket is reported as tcp, as drachtio-server does; applications read the Via to tell. */
const protocolToken = (flow: Flow): string =>
  flow.transport === 'ws' ? 'tcp' : flow.transport === 'wss' ? 'tls' : flow.transport;

/** Tokens 2 to 7 of a `sip` frame: source, bytes, protocol, address, port, time. */
export const fromPeer = (flow: Flow, size: number, now: number): string[] => [
  'network',
  String(size),
  protocolToken(flow),
  flow.remote.host,
  String(flow.remote.port),
  stackTime(now),
];

/** As `fromPeer`, for a response the stack made up itself: no bytes came from anywhere. */
export const fromNowhere = (flow: Flow | undefined, now: number): string[] => [
  'network',
  '0',
  flow ? protocolToken(flow) : 'unknown',
  '',
  '0',
  stackTime(now),
];

/** As `fromPeer`, for what we sent: `endpoint` is ours for a request, the peer's for a response. */
export const fromUs = (flow: Flow | undefined, size: number, now: number, which: 'local' | 'remote'): string[] => [
  'application',
  String(flow ? size : 0),
  flow ? protocolToken(flow) : 'unknown',
  flow?.[which].host ?? '',
  String(flow?.[which].port ?? 0),
  stackTime(now),
];

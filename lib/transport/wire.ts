/** What of a stream is told to those who look on (lib/util/channels.ts). */
import { SendCopy } from '../msrp/index.js';
import type { Wire } from '../util/channels.js';
import type { Part } from './gather.js';
import type { ByteStream } from './transport.js';

/** Of the thread. */
let streams = 0;

export const wireOf = ({ kind, local, remote }: Pick<ByteStream, 'kind' | 'local' | 'remote'>): Wire => ({
  id: `m${++streams}`,
  transport: kind,
  local: local ?? null,
  remote: remote.includes(':') ? remote : null,
});

export function octetsOf(part: Part): Buffer {
  if (typeof part === 'string') return Buffer.from(part, 'latin1');
  return part instanceof SendCopy ? part.toBuffer() : part;
}

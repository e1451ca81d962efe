import type { Socket } from 'node:net';

/** A frame of RFC 6455 §5.2 as a client sends it, its mask all zero. */
export function wireFrame(payload: Buffer, first: boolean, last: boolean): Buffer {
  const head = Buffer.alloc(8);
  head[0] = (last ? 0x80 : 0) | (first ? 0x02 : 0);
  head[1] = 0x80 | 126;
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Cuts at these places, whatever their order. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

/** Writes, and lets what listens in this process read it on its own. */
export const write = (socket: Socket, piece: Buffer): Promise<void> =>
  new Promise((resolve) => void socket.write(piece, () => setImmediate(resolve)));

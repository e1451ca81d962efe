import type { ExpectedEvent, Vector } from '../vectors.js';

/** Every way of cutting the bytes in two, and byte by byte. */
export function* everyCut(bytes: Buffer): Generator<Buffer[]> {
  for (let cut = 1; cut < bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)];
  yield byteByByte(bytes);
}

export const byteByByte = (bytes: Buffer): Buffer[] => [...bytes.keys()].map((at) => bytes.subarray(at, at + 1));

/** Body of an expected frame, cut out of the file by the vector's own numbers. */
function bodyOf(bytes: Buffer, event: ExpectedEvent): Buffer {
  const frame = bytes.subarray(event.offset, event.offset + (event.length ?? 0));
  const start = frame.indexOf('\r\n\r\n') + 4;
  return frame.subarray(start, start + (event.body?.length ?? 0));
}

/** The whole content of a message: its chunks in order of position. Without an id, the first message that has a body. */
export function messageBody(vector: Vector, messageId?: string): Buffer {
  const frames = (vector.expect.events ?? []).filter((event) => event.type === 'frame' && event.body != null);
  const wanted = messageId ?? frames[0]?.messageId;
  const chunks = frames
    .filter((event) => event.messageId === wanted)
    .toSorted((a, b) => (a.position?.start ?? 1) - (b.position?.start ?? 1));
  return Buffer.concat(chunks.map((event) => bodyOf(vector.bytes, event)));
}

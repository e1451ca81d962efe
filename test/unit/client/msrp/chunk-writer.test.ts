import * as fc from 'fast-check';
import type { ByteStream } from '../../../../lib/client/msrp/byte-stream.js';
import { ChunkWriter } from '../../../../lib/client/msrp/chunk-writer.js';
import { BufferedBody } from '../../../../lib/client/msrp/outgoing-body.js';
import { OutgoingMessage } from '../../../../lib/client/msrp/outgoing-message.js';

const TID = 'abcdefgh1234';
const MARKER = `-------${TID}`;

/** Writes `body` in slices of that size; returns the octets of body that this chunk took. */
function carried(body: string, slice: number): string {
  const written: string[] = [];
  const stream: ByteStream = {
    pending: 0,
    writable: true,
    write: (bytes) => void written.push(Buffer.from(bytes).toString('latin1')),
    close: () => {},
    destroy: () => {},
  };
  const parts = { messageId: 'mess', contentType: 'text/plain', body: new BufferedBody(Buffer.from(body, 'latin1')) };
  const nobody = { resolve: () => {}, reject: () => {} };
  const message = new OutgoingMessage(parts, {}, nobody, () => {});
  const chunk = new ChunkWriter(stream, message, TID, ['msrp://a:1/s;tcp'], ['msrp://b:1/s;tcp']);
  while (!message.body.finished && chunk.write(message.body.peek(slice)));
  expect(message.body.position).toBe(chunk.length);
  return written.slice(1).join('');
}

test('4975-7.1-10 what looks like the end-line of its chunk goes into another chunk, however it is sliced', () => {
  const part = fc.constantFrom('-', '--', '-------', MARKER, MARKER.slice(0, -1), 'x', 'abc', '\r\n');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (parts, slice) => {
      const body = parts.join('');
      const taken = carried(body, slice);
      expect(body.startsWith(taken)).toBe(true);
      expect(taken).not.toContain(MARKER);
      // it goes on as long as it may
      if (taken.length < body.length) expect(body.slice(0, taken.length + MARKER.length)).toContain(MARKER);
    }),
  );
});

import * as fc from 'fast-check';
import { SendCopy, SendTemplate, sharedRest, TransactionIds } from '../../../lib/msrp/index.js';
import { type Part, writeGathered } from '../../../lib/transport/gather.js';
import type { ByteStream } from '../../../lib/transport/transport.js';

/** As a socket does: what the system does not take at once stays where it was when it was written, and is read later. */
class LazyStream implements ByteStream {
  readonly kind = 'lazy';
  readonly remote = 'lazy';
  full = false;
  writes = 0;
  readonly #read: Buffer[] = [];
  #waiting: Buffer[] = [];
  #corked = 0;

  get buffered(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  get read(): Buffer {
    return Buffer.concat(this.#read);
  }

  write(data: string | Buffer): boolean {
    this.writes++;
    this.#waiting.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    if (!this.full && this.#corked === 0) this.drain();
    return !this.full;
  }

  drain(): void {
    for (const bytes of this.#waiting) this.#read.push(Buffer.from(bytes));
    this.#waiting = [];
  }

  cork(): void {
    this.#corked++;
  }

  uncork(): void {
    this.#corked--;
    if (!this.full) this.drain();
  }

  pause(): void {
    throw new Error('nobody reads here');
  }

  resume(): void {
    throw new Error('nobody reads here');
  }

  end(): void {
    throw new Error('nobody closes this');
  }

  destroy(): void {
    throw new Error('nobody closes this');
  }
}

const template = new SendTemplate(
  new TransactionIds(),
  ['msrp://peer.example:7000/p;tcp'],
  'msrp://us.example:2855/u;tcp',
);
const REST = sharedRest('Content-Type: text/plain\r\n', Buffer.alloc(3000, 'body'));

const octetsOf = (parts: readonly Part[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      return part instanceof SendCopy ? part.toBuffer() : part;
    }),
  );

const part = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 1e6 }).map((count) => new SendCopy(template, count, REST)) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom('é'.repeat(70_000), 'ÿ'.repeat(65_536), 'x'.repeat(65_535)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 70_000 }).map((length) => Buffer.alloc(length, length)) },
);

test('D8: whoever drains when, each stream reads its own octets in order', () => {
  const step = fc.record({
    stream: fc.nat({ max: 2 }),
    parts: fc.array(part, { minLength: 1, maxLength: 30 }),
    full: fc.boolean(),
    drained: fc.nat({ max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const streams = [new LazyStream(), new LazyStream(), new LazyStream()];
      const expected: Buffer[][] = [[], [], []];
      for (const { stream, parts, full, drained } of steps) {
        streams[stream].full = full;
        expect(writeGathered(streams[stream], parts)).toBe(!full);
        expected[stream].push(octetsOf(parts));
        streams[drained].drain();
      }
      for (const [index, stream] of streams.entries()) {
        stream.drain();
        expect(stream.read.equals(Buffer.concat(expected[index]))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('D8: small parts leave in one write, large bodies between them in their own, uncopied', () => {
  const stream = new LazyStream();
  const copies = Array.from({ length: 16 }, (_, count) => new SendCopy(template, count, REST.subarray(-200)));
  writeGathered(stream, ['answer', ...copies]);
  expect(stream.writes).toBe(1);
  writeGathered(stream, ['head', Buffer.alloc(100_000), 'end', ...copies]);
  expect(stream.writes).toBe(4);
});

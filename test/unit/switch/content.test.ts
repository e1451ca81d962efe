import * as fc from 'fast-check';
import { Content, type Reader } from '../../../lib/switch/content.js';
import { MemorySpool } from '../../support/memory-spool.js';
import { octets } from '../../support/outbox-world.js';

const nothing = (): void => undefined;

/** A reader and what it took. */
class Tape {
  readonly reader: Reader;
  readonly #content: Content;
  readonly #taken: Buffer[] = [];
  wakes = 0;

  constructor(content: Content, beside?: Reader) {
    this.#content = content;
    this.reader = content.reader(() => this.wakes++, beside);
  }

  /** Takes up to so many octets, as far as they are at hand. */
  take(limit: number): number {
    let rest = limit;
    while (rest > 0 && this.#content.atHand(this.reader) > 0) {
      const piece = this.#content.take(this.reader, rest);
      if (!piece) break;
      this.#taken.push(Buffer.from(piece));
      rest -= piece.length;
    }
    if (rest > 0) this.#content.fetch(this.reader);
    return limit - rest;
  }

  get taken(): Buffer {
    return Buffer.concat(this.#taken);
  }
}

test('what all readers have taken is let go at once, what nobody reads is not kept', () => {
  const content = new Content({ window: 1000, spool: undefined });
  const [fast, slow] = [new Tape(content), new Tape(content)];
  for (let i = 0; i < 100; i++) {
    content.append(octets(2000, i));
    fast.take(2000);
    slow.take(2000);
    expect(content.held).toBeLessThanOrEqual(2000);
  }
  expect(fast.taken.equals(slow.taken)).toBe(true);
  content.leave(fast.reader);
  content.leave(slow.reader);
  expect(content.held).toBe(0);
  for (let i = 0; i < 100; i++) content.append(octets(2000, i));
  expect(content.held).toBe(0);
});

test('a peer that sends octet by octet costs no object for each', () => {
  const content = new Content({ window: 1e9, spool: undefined });
  const tape = new Tape(content);
  const body = octets(5000);
  for (const octet of body) content.append(Buffer.from([octet]));
  let pieces = 0;
  while (content.take(tape.reader, 5000)) pieces++;
  expect(pieces).toBeLessThanOrEqual(6);
});

test('7701-6.4-02: beyond the window what is only needed by who lags goes to one file, once', () => {
  const spool = new MemorySpool();
  const content = new Content({ window: 10_000, spool });
  const [fast, slow, slower] = [new Tape(content), new Tape(content), new Tape(content)];
  const pieces = Array.from({ length: 300 }, (_, i) => octets(2000, i));
  let most = 0;
  for (const [i, piece] of pieces.entries()) {
    content.append(piece);
    fast.take(2000);
    if (i % 3 === 0) slow.take(2000);
    spool.work();
    most = Math.max(most, content.held);
  }
  expect(most).toBeLessThanOrEqual(10_000 + 4000);
  expect(spool.opened).toBe(1);
  expect(spool.written).toBeLessThanOrEqual(content.length);
  for (const tape of [slow, slower]) {
    while (tape.take(5000) > 0 || spool.work());
    expect(tape.taken.equals(Buffer.concat(pieces))).toBe(true);
    content.leave(tape.reader);
  }
  expect(fast.taken.equals(slow.taken)).toBe(true);
  content.leave(fast.reader);
  expect([spool.unclosed, content.held]).toEqual([0, 0]);
});

test('a spool that is full, or too slow, costs those who lag their copy and nobody else', () => {
  for (const [room, works] of [
    [20_000, true],
    [1e9, false],
  ] as const) {
    const spool = new MemorySpool();
    spool.room = room;
    const content = new Content({ window: 10_000, spool });
    const [fast, slow] = [new Tape(content), new Tape(content)];
    for (let i = 0; i < 300; i++) {
      content.append(octets(2000, i));
      fast.take(2000);
      slow.take(1);
      if (works) spool.work();
    }
    expect([slow.reader.lost, fast.reader.lost, content.spooled]).toEqual([works, false, false]);
    expect(slow.wakes).toBeGreaterThan(0);
    expect(fast.taken).toHaveLength(600_000);
    content.leave(slow.reader);
    content.leave(fast.reader);
    spool.work();
    expect([spool.unclosed, content.held]).toEqual([0, 0]);
  }
});

test('property: every reader takes the same octets, at any pace, wherever they wait', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), n: fc.integer({ min: 1, max: 3000 }) }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('take' as const), who: fc.nat(), n: fc.integer({ min: 1, max: 9000 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'work' as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('leave' as const, 'join' as const), who: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 20_000 }), (steps, window) => {
      const spool = new MemorySpool();
      const content = new Content({ window, spool });
      const keeper = content.reader(nothing);
      const tapes = Array.from({ length: 3 }, () => new Tape(content));
      const sent: Buffer[] = [];
      for (const [i, s] of steps.entries()) {
        if (s.kind === 'append') {
          sent.push(octets(s.n, i));
          content.append(octets(s.n, i));
        } else if (s.kind === 'work') spool.work();
        else if (s.kind === 'join') tapes.push(new Tape(content, keeper));
        else if (tapes.length > 0) {
          const who = s.who % tapes.length;
          if (s.kind === 'take') tapes[who].take(s.n);
          else content.leave(tapes.splice(who, 1)[0].reader);
        }
      }
      const all = Buffer.concat(sent);
      content.leave(keeper);
      for (const tape of tapes) {
        while (tape.take(4000) > 0 || spool.work());
        // One that stood in the way of a slow disk may have lost its copy; what it has is the beginning of it.
        if (!tape.reader.lost) expect(tape.taken).toHaveLength(all.length);
        expect(tape.taken.equals(all.subarray(0, tape.taken.length))).toBe(true);
        content.leave(tape.reader);
      }
      spool.work();
      expect([content.held, spool.unclosed]).toEqual([0, 0]);
    }),
    { numRuns: 500 },
  );
});

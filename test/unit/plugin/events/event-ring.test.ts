import * as fc from 'fast-check';
import type { FeedEvent } from '../../../../plugin/api/schemas/index.js';
import { EventIds } from '../../../../plugin/events/event-ids.js';
import { EventRing } from '../../../../plugin/events/event-ring.js';
import { RecordedEvent } from '../../../../plugin/events/recorded-event.js';

const event = (sequence: number, octets: number): RecordedEvent =>
  new RecordedEvent(sequence, { type: 'overload', level: 'x'.repeat(octets) } as unknown as FeedEvent);

test('the ring has the last events by number, within its bounds, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 50, max: 1000 }),
      (sizes, maxEvents, maxBytes) => {
        const ring = new EventRing({ maxEvents, maxBytes });
        const all = sizes.map((octets, index) => event(index + 1, octets));
        for (const [index, pushed] of all.entries()) {
          ring.push(pushed);
          const kept = all.slice(0, index + 1).filter(({ sequence }) => ring.at(sequence) !== undefined);
          expect(kept).toEqual(all.slice(index + 1 - kept.length, index + 1));
          expect(kept.map(({ sequence }) => ring.at(sequence))).toEqual(kept);
          const bytes = kept.reduce((sum, { size }) => sum + size, 0);
          expect([ring.size, ring.bytes, ring.first]).toEqual([kept.length, bytes, kept[0]]);
          expect(kept.length <= maxEvents && (bytes <= maxBytes || kept.length === 1)).toBe(true);
          // No more is forgotten than has to be.
          const one = all[index - kept.length];
          if (one) expect(kept.length === maxEvents || bytes + one.size > maxBytes).toBe(true);
          expect([ring.at(0), ring.at(index + 2)]).toEqual([undefined, undefined]);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('ids of later events are greater, also of a feed that began later, and are known again', () => {
  const began = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
  const sequences = [0, 1, 35, 36, 1_000_000, 36 ** 7];
  const ids = began.flatMap((at) => sequences.map((sequence) => new EventIds(at).id(sequence)));
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
  const own = new EventIds(1_700_000_000_000);
  expect(sequences.map((sequence) => own.sequence(own.id(sequence)))).toEqual(sequences);
  for (const strange of [
    '',
    'x',
    own.id(1).slice(0, -1),
    `${own.id(1)}0`,
    own.id(1).toUpperCase(),
    new EventIds(5).id(1),
  ]) {
    expect(own.sequence(strange)).toBeUndefined();
  }
});

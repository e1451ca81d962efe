import * as fc from 'fast-check';
import type { FeedEvent } from '../../../../../plugin/api/schemas/index.js';
import { RecordedEvent } from '../../../../../plugin/events/recorded-event.js';
import { DeliveryQueue } from '../../../../../plugin/events/webhooks/delivery-queue.js';

const event = (sequence: number, octets: number): RecordedEvent =>
  new RecordedEvent(sequence, { type: 'overload', level: 'x'.repeat(octets) } as unknown as FeedEvent);

test('within its bounds, in order, the oldest go first, but for the one that is being sent', () => {
  const step = fc.record({
    octets: fc.integer({ min: 0, max: 300 }),
    held: fc.boolean(),
    shift: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const bounds = { maxEvents: 8, maxBytes: 1000 };
      const queue = new DeliveryQueue(bounds);
      let expected: RecordedEvent[] = [];
      for (const [sequence, { octets, held, shift }] of steps.entries()) {
        const added = event(sequence, octets);
        const before = [...expected, added];
        const out = queue.push({ event: added, at: 0 }, held);
        expected = held ? [...before.slice(0, 1), ...before.slice(1 + out)] : before.slice(out);
        expect(queue.length).toBe(expected.length);
        expect(queue.bytes).toBe(expected.reduce((sum, { size }) => sum + size, 0));
        expect(queue.first?.event).toBe(expected[0]);
        // One that is being sent may be there beside the last.
        expect(queue.length <= bounds.maxEvents && (queue.bytes <= bounds.maxBytes || queue.length <= 2)).toBe(true);
        if (!shift) continue;
        queue.shift();
        expected.shift();
      }
      expect(queue.clear()).toBe(expected.length);
      expect([queue.length, queue.bytes, queue.first]).toEqual([0, 0, undefined]);
    }),
  );
});

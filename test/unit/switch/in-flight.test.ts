import fc from 'fast-check';
import { InFlight } from '../../../lib/switch/in-flight.js';

test('the ring behaves like a Map of what was sent and not answered', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), skip: fc.nat({ max: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('answer' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stray' as const), count: fc.nat({ max: 400 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), chance: fc.nat({ max: 9 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const ring = new InFlight<string>();
      const model = new Map<number, { entry: string; at: number }>();
      let next = 0;
      for (const [now, s] of steps.entries()) {
        if (s.kind === 'send') {
          next += s.skip;
          ring.sent(next, `message ${next}`, now);
          model.set(next, { entry: `message ${next}`, at: now });
          next++;
        } else if (s.kind === 'answer' && model.size > 0) {
          const count = [...model.keys()][s.which % model.size];
          expect(ring.answered(count)).toBe(model.get(count)?.entry);
          model.delete(count);
        } else if (s.kind === 'stray') {
          expect(ring.answered(s.count)).toBe(model.get(s.count)?.entry);
          model.delete(s.count);
        } else if (s.kind === 'clear' && s.chance === 0) {
          ring.clear();
          model.clear();
        }
        expect(ring.size === 0).toBe(model.size === 0);
        expect(ring.oldest).toBe(model.size === 0 ? Number.NaN : [...model.values()][0].at);
      }
    }),
    { numRuns: 300 },
  );
});

test('a request answered twice counts once', () => {
  const ring = new InFlight<string>();
  ring.sent(7, 'one', 0);
  expect(ring.answered(7)).toBe('one');
  expect(ring.answered(7)).toBeUndefined();
  expect(ring.size).toBe(0);
});

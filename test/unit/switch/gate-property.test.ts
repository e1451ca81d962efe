import * as fc from 'fast-check';
import type { Verdict } from '../../../lib/focus-switch.js';
import { Stage, turn } from '../../support/switch-stage.js';
import { cpim, ROOM } from '../../support/switch-world.js';

/** A message, in how many chunks it comes, what is said of it, and when: at once, or in a turn of its own. */
const message = fc.record({
  octets: fc.oneof(
    { weight: 4, arbitrary: fc.nat(5000) },
    { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 90_000 }) },
  ),
  chunks: fc.integer({ min: 1, max: 4 }),
  status: fc.constantFrom(200, 200, 403, 413),
  turn: fc.nat(8),
});

const small = (body: string): boolean => body.length < 60_000;

const verdictOf = (status: number): Verdict => (status === 200 ? { is: 'passed' } : { is: 'refused', status });

test('every message is answered once with its verdict, and what passes arrives whole and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 12 }), async (messages) => {
      const stage = new Stage();
      const later: (() => void)[][] = Array.from({ length: 9 }, () => []);
      stage.focus.gate = {
        everywhere: true,
        ask: ({ envelope }) => {
          const { status, turn: when } = messages[Number(envelope.subject[0].text)];
          if (when === 0) return verdictOf(status);
          return new Promise((resolve) => void later[when].push(() => resolve(verdictOf(status))));
        },
      };
      const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
      const bodies = messages.map(({ octets }, i) =>
        cpim('alice', ROOM, 'x'.repeat(octets)).replace('\r\n\r\n', `\r\nSubject: ${i}\r\n\r\n`),
      );
      for (const [i, { chunks }] of messages.entries()) {
        const body = bodies[i];
        for (let chunk = 0; chunk < chunks; chunk++) {
          const [from, to] = [chunk, chunk + 1].map((at) => Math.floor((at * body.length) / chunks));
          const range = `${from + 1}-${to}/${body.length}`;
          alice.send(body.slice(from, to), { id: `message${i}`, range, flag: to === body.length ? '$' : '+' });
        }
      }
      for (const verdicts of later) {
        for (const decide of verdicts) decide();
        await turn();
      }
      // What was held goes out a window at a time.
      for (let i = 0; i < 20; i++) await turn();
      // A chunk behind a refusal is refused with it, one before it was taken.
      const answers = alice.statuses;
      expect(answers).toHaveLength(messages.reduce((sum, { chunks }) => sum + chunks, 0));
      for (const status of [403, 413]) {
        const wanted = messages.filter((each) => each.status === status).length;
        expect(answers.filter((answer) => answer === status).length).toBeGreaterThanOrEqual(wanted);
      }
      const passed = bodies.filter((_, i) => messages[i].status === 200);
      // Small ones may overtake the rest of a large one, as without a gate; each arrives whole.
      expect(bob.messages.toSorted()).toEqual(passed.toSorted());
      expect(bob.messages.filter(small)).toEqual(passed.filter(small));
      expect(stage.chat.load.partialOctets).toBe(0);
      expect(stage.close()).toBe(0);
    }),
    { numRuns: 60 },
  );
});

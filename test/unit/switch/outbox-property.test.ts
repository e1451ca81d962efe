import * as fc from 'fast-check';
import type { Outgoing } from '../../../lib/switch/outgoing.js';
import { framesOf, messagesOf, request } from '../../support/msrp-frames.js';
import { complete, drained, octets, open, OutboxWorld, PEER, turn } from '../../support/outbox-world.js';

const key = (bytes: Buffer): string => bytes.toString('latin1');

test('property: every output parses, every message arrives whole and once, nothing stays counted', async () => {
  const message = fc.record({
    kind: fc.constant('message' as const),
    sender: fc.nat({ max: 1 }),
    length: fc.oneof(
      fc.nat({ max: 300 }),
      fc.nat({ max: 5000 }),
      fc.nat({ max: 90_000 }),
      fc.constantFrom(2048, 4096, 16_384, 32_768),
    ),
    pieces: fc.nat({ max: 4 }),
  });
  const step = fc.oneof(
    message,
    fc.constantFrom(
      { kind: 'block' as const },
      { kind: 'drain' as const },
      { kind: 'turn' as const },
      { kind: 'push' as const },
      { kind: 'ping' as const },
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom('stream' as const, 'whole' as const),
      async (steps, delivery) => {
        const world = new OutboxWorld();
        const senders = [world.sender('a', delivery, 1e9), world.sender('b', 'stream', 1e9)];
        const expected: Buffer[] = [];
        const waiting: { outgoing: Outgoing; rest: Buffer[] }[] = [];
        const push = (): void => {
          const next = waiting.shift();
          if (!next) return;
          const piece = next.rest.shift();
          if (piece) next.outgoing.push(piece);
          if (next.rest.length === 0) next.outgoing.finish();
          else waiting.push(next);
        };
        for (const [i, s] of steps.entries()) {
          if (s.kind === 'message') {
            const body = octets(s.length, i);
            expected.push(body);
            if (s.pieces === 0 || s.length < 100) senders[s.sender].outbox.deliver(complete(body));
            else {
              const size = Math.ceil(s.length / s.pieces);
              const rest = Array.from({ length: s.pieces }, (_, k) => body.subarray(k * size, (k + 1) * size));
              const outgoing = open(s.length);
              waiting.push({ outgoing, rest });
              senders[s.sender].outbox.deliver(outgoing);
            }
          } else if (s.kind === 'block') world.stream.full = true;
          else if (s.kind === 'drain') world.stream.drain();
          else if (s.kind === 'turn') await turn();
          else if (s.kind === 'push') push();
          else
            world.says(
              request(`ping${1000 + i}`, 'SEND', senders[0].session.localUri, PEER, [`Message-ID: ping${1000 + i}`]),
            );
        }
        while (waiting.length > 0) push();
        await drained(world);
        const frames = framesOf(world.stream.read);
        expect(messagesOf(frames).map(key).toSorted()).toEqual(expected.map(key).toSorted());
        expect(senders.map(({ outbox }) => outbox.pending)).toEqual([0, 0]);
        const empty = frames.filter(
          ({ body, end, message: m }) =>
            end.hasBody && body.length === 0 && m.kind === 'request' && m.byteRange?.start !== 1,
        );
        expect(empty).toEqual([]);
        world.answerAll();
        expect(senders.map(({ outbox }) => outbox.unanswered)).toEqual([0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});

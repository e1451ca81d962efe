import * as fc from 'fast-check';
import { LinkedClient } from '../../support/linked-client.js';
import { Stage } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

const CAST = [
  { id: 'ann#1', delivery: 'stream' },
  { id: 'ben#1', delivery: 'whole' },
  { id: 'cid#1', delivery: 'stream' },
] as const;

const content = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((octets) => Buffer.from(octets).toString('latin1')),
  fc
    .tuple(fc.constantFrom('x', '-', '\r\n', '\r\n-------', '\0\xff'), fc.nat({ max: 30_000 }))
    .map(([text, length]) => text.repeat(length).slice(0, length)),
);

const message = fc.record({
  sender: fc.nat({ max: CAST.length - 1 }),
  content,
  to: fc.constantFrom(ROOM, 'sip:ben@example.org'),
  success: fc.boolean(),
});

/** Few sizes, so that small ones stay rare enough for large messages. */
const reads = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 500, max: 65_536 })), {
  minLength: 1,
  maxLength: 5,
});

test('property: clients and switch agree about any messages, sent at once, in any reads, streamed or whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), reads, async (specs, sizes) => {
      const stage = new Stage();
      for (const { id, delivery } of CAST) stage.chat.addEndpoint(endpoint(id, { delivery }));
      const clients = await Promise.all(CAST.map(({ id }) => LinkedClient.join(stage, id, sizes)));
      const sent = specs.map(({ sender, content: text, to, success }) => {
        const body = cpim(CAST[sender].id.split('#')[0], to, text);
        const outcome = clients[sender].link.send('message/cpim', Buffer.from(body, 'latin1'), {
          successReport: success,
        });
        return { sender, body, to, success, outcome };
      });
      const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
      // One more of everybody, behind all that is under way, brings it to its end.
      await settled(clients);
      expect(outcomes.map(({ status }) => status)).toEqual(sent.map(() => 200));
      for (const [index, client] of clients.entries()) {
        const wanted = sent.filter(({ sender, to }) => (to === ROOM ? sender !== index : CAST[index].id === 'ben#1'));
        expect(client.messages.toSorted()).toEqual(wanted.map(({ body }) => body).toSorted());
        const reported = outcomes.filter((_outcome, n) => sent[n].sender === index && sent[n].success);
        expect(client.reports.toSorted()).toEqual(reported.map(({ messageId }) => `${messageId} 200`).toSorted());
        expect(client.closed).toBe(false);
      }
      for (const { link } of clients) link.close();
      for (const { id } of CAST) stage.chat.removeEndpoint(id);
      expect(stage.chat.load).toEqual({
        rooms: 1,
        endpoints: 0,
        congested: 0,
        pendingOctets: 0,
        partialOctets: 0,
        transports: {},
      });
      expect(stage.close()).toBe(0);
    }),
    { numRuns: 40 },
  );
});

/** Until a few turns brought nothing new. */
async function settled(clients: readonly LinkedClient[]): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 5; ) {
    await new Promise(setImmediate);
    const now = clients.reduce((sum, { messages, reports }) => sum + messages.length + reports.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

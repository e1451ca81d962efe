import type { TestParticipant } from '../../lib/client/testing.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterAll(() => server?.close());

const PARTICIPANTS = 100;
/** Joining at once: with more a busy machine answers the last ones too late. */
const BATCH = 10;
const MESSAGES = 5;

test('a hundred in one room: each receives every message of the others, once and in order', async () => {
  const room = server.newRoom();
  const all: TestParticipant[] = [];
  const join = (n: number): Promise<TestParticipant> =>
    server.join(room, `user${n}`, { transport: n % 2 === 0 ? 'udp' : 'tcp' });
  while (all.length < PARTICIPANTS) {
    all.push(...(await Promise.all(Array.from({ length: BATCH }, (_, n) => join(all.length + n)))));
  }
  const speakers = all.slice(0, 10);
  await Promise.all(
    speakers.map(async ({ participant }, speaker) => {
      for (let n = 0; n < MESSAGES; n++) {
        expect(await participant.send(`${speaker}:${n}`)).toMatchObject({ status: 200 });
      }
    }),
  );
  for (const [index, { participant, events }] of all.entries()) {
    const received = new Map<string, string[]>();
    const expected = (index < 10 ? 9 : 10) * MESSAGES;
    for (let n = 0; n < expected; n++) {
      const [{ from, text = '' }] = await events.next('message');
      received.set(from, [...(received.get(from) ?? []), text]);
    }
    expect(events.pending('message')).toEqual([]);
    for (const [speaker, { participant: other }] of speakers.entries()) {
      const texts = Array.from({ length: MESSAGES }, (_, n) => `${speaker}:${n}`);
      expect(received.get(other.uri)).toEqual(other === participant ? undefined : texts);
    }
  }
  await server.clear();
  expect(server.server.chat.focus.rooms.size).toBe(0);
});

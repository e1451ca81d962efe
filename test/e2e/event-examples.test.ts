/** The examples of docs/events.md are what the server says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { FEED_EVENT_TYPES, FeedEvent, GapEvent, WebhookBody } from '../../plugin/api/schemas/index.js';
import { EventFilter } from '../../plugin/events/event-filter.js';
import { Feed } from '../../plugin/events/feed.js';
import { keyOf, signed } from '../../plugin/events/webhooks/signature.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';

const DOCS = readFileSync(join(__dirname, '../../docs/events.md'), 'utf8');

type Json = Record<string, unknown>;

const EXAMPLES = [...DOCS.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => JSON.parse(text) as Json);

const exampleOf = (type: string): Json[] =>
  EXAMPLES.filter((example) => example.type === type && !('dropped' in example));

const ROOM = 'sip:lobby@conf.example.com';

test('each type of event is documented as it is', async () => {
  const server = await ServerUnderTest.start();
  const { rooms } = server.server;
  const source = Object.assign(Object.create(server.events) as typeof server.events, { rooms });
  const feed = new Feed(source, { clock: new ManualClock(Date.parse('2026-11-21T12:00:00Z')) });
  const told: Json[] = [];
  const filter = new EventFilter({ types: ['*'] });
  feed.subscribe({ filter, hear: ({ json }) => void told.push(JSON.parse(json) as Json) });
  feed.tell({ type: 'server.ready' });
  const ana = await server.join(ROOM, 'ana', { displayName: 'Ana Ruiz', nick: 'Ana' });
  await ana.participant.send('Pizza? 🍕');
  const bob = await server.join(ROOM, 'bob', { displayName: 'Bob Lind' });
  await rooms.get(ROOM)?.participants.get('sip:bob@example.com')?.kick('Spam');
  await bob.events.next('ended');
  await rooms.get(ROOM)?.setSubject('Dinner');
  source.emit('limit', {
    limit: 'messagesPerSecond',
    room: ROOM,
    participant: 'sip:ana@example.com',
    status: 413,
    count: 12,
  });
  source.emit('overload', 'shedding');
  await server.close();
  feed.close();
  const first = new Map(told.toReversed().map((event) => [event.type, event]));
  expect(new Set(first.keys())).toEqual(new Set(FEED_EVENT_TYPES));
  for (const type of FEED_EVENT_TYPES) expect([first.get(type)]).toEqual(exampleOf(type));
});

test('and each example is of its schema', () => {
  for (const example of EXAMPLES) {
    const schema = example.type === 'gap' ? GapEvent : 'dropped' in example ? WebhookBody : FeedEvent;
    expect(schema.safeParse(example)).toEqual({ success: true, data: example });
  }
});

test('and what checks a signature does', () => {
  const code = /^```js\n(const \{ createHmac.*?)^```/ms.exec(DOCS)?.[1] ?? '';
  type Verify = (secret: string, headers: Record<string, string>, body: string) => boolean;
  const verify = runInNewContext(`${code}; verify`, { require, Buffer }) as Verify;
  const delivery = { id: 'x', timestamp: Math.floor(Date.now() / 1000), body: '{"text":"🍕"}' };
  const headers = signed(keyOf('secret'), delivery);
  expect(verify('secret', headers, delivery.body)).toBe(true);
  expect(verify('other', headers, delivery.body)).toBe(false);
  expect(verify('secret', headers, '{}')).toBe(false);
  expect(verify('secret', {}, delivery.body)).toBe(false);
  const old = signed(keyOf('secret'), { ...delivery, timestamp: delivery.timestamp - 600 });
  expect(verify('secret', old, delivery.body)).toBe(false);
});

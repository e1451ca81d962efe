import { FEED_EVENT_TYPES, type FeedEvent } from '../../../../plugin/api/schemas/index.js';
import { EventFilter } from '../../../../plugin/events/event-filter.js';
import { RecordedEvent } from '../../../../plugin/events/recorded-event.js';

const event = (type: FeedEvent['type'], more: object = {}): RecordedEvent =>
  new RecordedEvent(1, { id: 'x', time: '2026-11-21T00:00:00.000Z', type, ...more } as FeedEvent);

test('without types, everything but messages', () => {
  const filter = new EventFilter();
  const wanted = FEED_EVENT_TYPES.filter((type) => filter.matches(event(type)));
  expect(wanted).toEqual(FEED_EVENT_TYPES.filter((type) => type !== 'message'));
  expect(filter.messages).toBe(false);
});

test('* is everything, private messages only when asked for', () => {
  const filter = new EventFilter({ types: ['*'] });
  expect(FEED_EVENT_TYPES.filter((type) => !filter.matches(event(type)))).toEqual([]);
  const whispered = event('message', { private: true });
  expect(filter.matches(whispered)).toBe(false);
  expect(new EventFilter({ types: ['*'], privateMessages: true }).matches(whispered)).toBe(true);
});

test.each([
  ['lobby', 'sip:lobby@a.example', true],
  ['lobby', 'sip:lobby@b.example', true],
  ['lobby', 'sip:LOBBY@a.example', false],
  ['lob', 'sip:lobby@a.example', false],
  ['sip:lobby@A.Example;transport=tcp', 'sip:lobby@a.example', true],
  ['sip:lobby@b.example', 'sip:lobby@a.example', false],
  ['café & co', 'sip:caf%C3%A9%20&%20co@a.example', true],
  ['tel:+123', 'sip:lobby@a.example', false],
])('the room %s and what is about %s: %s', (given, room, expected) => {
  const filter = new EventFilter({ rooms: [given] });
  expect(filter.matches(event('room.closed', { room }))).toBe(expected);
  // What is about no room is about none of these.
  expect(filter.matches(event('server.ready'))).toBe(false);
});

test('a type that there is not is refused by name', () => {
  expect(() => new EventFilter({ types: ['audit', 'joined'] })).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_OPTION', message: expect.stringContaining('"joined"') }),
  );
});

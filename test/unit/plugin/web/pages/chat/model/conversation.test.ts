import { Conversation } from '../../../../../../../plugin/web/pages/chat/model/conversation.js';
import { continues, type Line, startsDay } from '../../../../../../../plugin/web/pages/chat/model/line.js';

const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 21, 12, minutes));
const message = (text: string, more: object = {}) => ({
  at: at(0),
  from: 'sip:bob@localhost',
  name: 'Bob',
  own: false,
  text,
  ...more,
});

test('lines are kept in order, the oldest go, and the view hears of both', () => {
  const conversation = new Conversation(3);
  const events: string[] = [];
  conversation
    .on('added', (line, { before }) => events.push(`+${line.id} after ${before?.id}`))
    .on('removed', (lines) => events.push(`-${lines.map(({ id }) => id).join()}`));
  for (const text of ['a', 'b', 'c', 'd']) conversation.say(message(text));
  conversation.notice({ at: at(1), text: 'Bob left', tone: 'quiet' });
  expect(conversation.lines.map((line) => line.text)).toEqual(['c', 'd', 'Bob left']);
  expect(events).toEqual(['+1 after undefined', '+2 after 1', '+3 after 2', '+4 after 3', '-1', '+5 after 4', '-2']);
});

test('a line is changed as long as it is here', () => {
  const conversation = new Conversation(1);
  const changed: unknown[] = [];
  conversation.on('changed', (line) => changed.push([line.id, line.delivery]));
  const first = conversation.say(message('a', { own: true, delivery: 'sending' }));
  conversation.change(first.id, { delivery: 'sent' });
  conversation.say(message('b'));
  conversation.change(first.id, { delivery: 'failed' });
  expect(changed).toEqual([[first.id, 'sent']]);
  expect(conversation.get(first.id)).toBeUndefined();
});

test('one name stands above what one person said to the same readers within five minutes', () => {
  const conversation = new Conversation();
  const line = (more: object): Line => conversation.say(message('x', more));
  const first = line({});
  expect(continues(line({ at: at(4) }), first)).toBe(true);
  expect(continues(line({ at: at(5) }), first)).toBe(false);
  expect(continues(line({ from: 'sip:eve@localhost' }), first)).toBe(false);
  expect(continues(line({ peer: { uri: 'sip:bob@localhost', name: 'Bob' } }), first)).toBe(false);
  // What was replayed is older than what stands above it.
  expect(continues(line({ at: at(-1) }), first)).toBe(false);
  expect(continues(first, undefined)).toBe(false);
  expect(startsDay(first, undefined)).toBe(true);
  expect(startsDay(line({ at: new Date(at(0).getTime() + 86_400_000) }), first)).toBe(true);
});

import type { SessionUsage } from '../../../lib/focus-switch.js';
import { Stage } from '../../support/switch-stage.js';
import { cpim, ROOM } from '../../support/switch-world.js';

/** What the stopwatch says next. */
let time = 0;
let flushed: (() => void)[] = [];
let stage: Stage;

class TimedStage extends Stage {
  flushed(action: () => void): void {
    flushed.push(action);
  }
}

const timed = (): Stage => {
  time = 0;
  flushed = [];
  stage = new TimedStage({}, { stopwatch: () => time });
  return stage;
};

afterEach(() => {
  expect(stage.close()).toBe(0);
});

const HELLO = cpim('alice', ROOM, 'hello');
const TYPING = HELLO.replace('text/plain', 'application/im-iscomposing+xml');

test('messages are counted by what they were and what became of them, copies and octets as they are written', async () => {
  const { chat } = timed();
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  stage.join('carol#1');
  alice.send(HELLO);
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
  alice.send(TYPING);
  alice.send(cpim('mallory', ROOM, 'hi'));
  alice.send('no cpim at all', { type: 'text/plain' });
  const { traffic } = chat;
  expect(traffic).toMatchObject({ toRoom: 1, toParticipant: 1, status: 1, refused: { 403: 1, 415: 1 }, copies: 5 });
  const sent = HELLO.length * 2 + cpim('alice', 'sip:bob@example.org', 'psst').length + TYPING.length * 2;
  expect(traffic.octetsOut).toBe(sent);
  expect(traffic.octetsIn).toBeGreaterThan(HELLO.length + TYPING.length);
});

test('a large message in pieces is one message, and a copy of it counts when it is complete', () => {
  const { chat } = timed();
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  const large = cpim('alice', ROOM, 'x'.repeat(20_000));
  const half = 10_000;
  alice.send(large.slice(0, half), { id: 'large-one', range: `1-${half}/${large.length}`, flag: '+' });
  expect(chat.traffic).toMatchObject({ toRoom: 1, copies: 0 });
  alice.send(large.slice(half), { id: 'large-one', range: `${half + 1}-${large.length}/${large.length}` });
  expect(chat.traffic).toMatchObject({ toRoom: 1, copies: 1, octetsIn: large.length, octetsOut: large.length });
});

test('from the last octet to the last copy handed to the sockets: each message of a turn from when it came', () => {
  const { chat } = timed();
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  time = 10;
  alice.send(HELLO);
  time = 10.2;
  alice.send(HELLO);
  expect(chat.traffic.fanOut.counts.every((count) => count === 0)).toBe(true);
  // One look for both, when all was written.
  expect(flushed).toHaveLength(1);
  time = 10.4;
  for (const action of flushed.splice(0)) action();
  const { counts, sum } = chat.traffic.fanOut;
  // 0.2 ms and 0.4 ms: at most 0.25 ms and 0.5 ms.
  expect(counts.slice(0, 4)).toEqual([0, 1, 1, 0]);
  expect(sum).toBeCloseTo(0.0006, 6);
  alice.send(HELLO);
  expect(flushed).toHaveLength(1);
});

test('what a session did is told when it is over, and stays counted', () => {
  const { chat } = timed();
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  alice.send(HELLO);
  const told: (SessionUsage | null)[] = [];
  for (const id of ['alice#1', 'bob#1', 'bob#1']) chat.removeEndpoint(id, (usage) => void told.push(usage));
  expect(told).toEqual([
    { messagesIn: 1, messagesOut: 0, octetsIn: HELLO.length, octetsOut: 0 },
    { messagesIn: 0, messagesOut: 1, octetsIn: 0, octetsOut: HELLO.length },
    null,
  ]);
  expect(chat.traffic).toMatchObject({ copies: 1, octetsIn: HELLO.length, octetsOut: HELLO.length });
});

test('4975-7.1.1-17: a copy that has no response for 30 s is counted, once', () => {
  const { chat, clock } = timed();
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  alice.send(HELLO);
  clock.advance(29_999);
  expect(chat.traffic.unanswered).toBe(0);
  clock.advance(1);
  expect(chat.traffic.unanswered).toBe(1);
});

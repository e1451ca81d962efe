import type { SwitchOptions } from '../../../lib/switch/switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

const MIB = 1_048_576;
const NOTICE = /\r\n\r\n(\d+) messages? (?:was|were) not delivered to you/;

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
  expect(stage.chat.held).toBe(0);
});

const enter = (options: Partial<SwitchOptions>, ...names: string[]): StageLine[] => {
  stage = new Stage({}, options);
  return names.map((name) => stage.join(`${name}#1`));
};

const text = (length: number): string => cpim('alice', ROOM, 'x'.repeat(length));

/** Sends so many messages of 3000 octets, as long as the switch reads; returns how many it took. */
async function flood(line: StageLine, count: number, length = 3000): Promise<number> {
  const body = text(length);
  for (let i = 0; i < count; i++) {
    if (line.stream.paused) return i;
    line.send(body);
    if (i % 20 === 19) await turn();
  }
  await turn();
  return count;
}

/** Begins a large message in one SEND and says pieces of 64 KiB of it; returns how many were read. */
function stream(line: StageLine, count: number): Promise<number> {
  const [before] = line.frameOf(`${text(0)}|`, { range: '1-*/*' }).split('|');
  line.says(before);
  return more(line, count);
}

async function more(line: StageLine, count: number): Promise<number> {
  const piece = Buffer.alloc(65_536, 'y');
  for (let i = 0; i < count; i++) {
    if (line.stream.paused) return i;
    line.driver.events.data(piece);
    await turn();
  }
  return count;
}

/** Reads all there is. */
async function drain(...lines: StageLine[]): Promise<void> {
  const all = (): number => lines.reduce((sum, { stream: { read } }) => sum + read.length, 0);
  for (let before = -1; before < all(); ) {
    before = all();
    for (const line of lines) line.stream.drain();
    await turn();
    await turn();
  }
}

test('7701-6.4-02: one stalled reader of a hundred costs the others nothing, and is ended', async () => {
  stage = new Stage({}, { maxPendingBytes: 100_000 });
  const lines = Array.from({ length: 100 }, (_, i) => stage.join(`u${i}#1`));
  const [sender, stalled, ...others] = lines;
  stalled.stream.full = true;
  const body = cpim('u0', ROOM, 'x'.repeat(4000));
  for (let i = 0; i < 60; i++) {
    sender.send(body);
    if (i % 10 === 0) await turn();
  }
  await turn();
  expect(sender.stream.paused).toBe(false);
  expect(sender.statuses).toHaveLength(60);
  for (const line of others) {
    expect(line.messages).toHaveLength(60);
    line.answer('200 OK');
  }
  expect(stalled.stream.peak).toBeLessThan(400_000);
  stage.clock.advance(30_000);
  expect(stage.focus.lost).toEqual([['u1#1', 'unresponsive']]);
});

test('7701-6.4-01: a reader stalled inside a chunk, which nobody answers, is ended after three minutes', async () => {
  const [alice, bob] = enter({ maxMessageSize: 1e9 }, 'alice', 'bob');
  bob.stream.full = true;
  await stream(alice, 10);
  stage.clock.advance(179_999);
  expect(stage.focus.lost).toEqual([]);
  stage.clock.advance(1);
  expect(stage.focus.lost).toEqual([['bob#1', 'congested']]);
});

test('a sender is read no further while most of its recipients are behind and still read', async () => {
  const [alice, bob, carol, dave] = enter({ maxMessageSize: 1e9 }, 'alice', 'bob', 'carol', 'dave');
  bob.stream.full = true;
  const first = await stream(alice, 100);
  expect(first).toBe(100);
  carol.stream.full = true;
  await turn();
  const second = await more(alice, 100);
  // A window, and what the connection takes without waiting.
  expect(second).toBeLessThan(32);
  expect(alice.stream.paused).toBe(true);
  // Not before half of the window has gone (hysteresis).
  for (let i = 0; alice.stream.paused; i++) {
    carol.stream.drain();
    carol.stream.full = true;
    await turn();
    expect(i).toBeLessThan(20);
    if (i === 0) expect(alice.stream.paused).toBe(true);
  }
  dave.stream.full = true;
});

test('4975-7.1.1-17: a pause ends after 5 s, so that answers are read, and two windows are read before the next', async () => {
  const [alice, bob, carol] = enter({ maxMessageSize: 1e9, maxPendingBytes: 1e9 }, 'alice', 'bob', 'carol');
  bob.stream.full = true;
  carol.stream.full = true;
  await stream(alice, 100);
  expect(alice.stream.paused).toBe(true);
  stage.clock.advance(4999);
  expect(alice.stream.paused).toBe(true);
  stage.clock.advance(1);
  expect(alice.stream.paused).toBe(false);
  expect(await more(alice, 100)).toBe((2 * MIB) / 65_536 + 1);
  // Recipients that took nothing for 30 s do not count.
  for (let i = 0; i < 6; i++) {
    stage.clock.advance(5000);
    await more(alice, 100);
  }
  expect(await more(alice, 100)).toBe(100);
  expect(alice.stream.paused).toBe(false);
});

test('MSRP-23: who floods the room with small messages is slowed down, and not once the others have caught up', async () => {
  const [alice, bob, carol] = enter({}, 'alice', 'bob', 'carol');
  bob.stream.full = true;
  carol.stream.full = true;
  await flood(alice, 10);
  const taken = await flood(alice, 2000);
  expect(taken).toBeLessThan(500);
  expect(alice.stream.paused).toBe(true);
  await drain(bob, carol);
  expect(alice.stream.paused).toBe(false);
  expect(bob.messages).toHaveLength(taken + 10);
});

test('recipients whose connection is gone do not slow a sender down, while what they are sent waits for them', async () => {
  const [alice, bob, carol] = enter({}, 'alice', 'bob', 'carol');
  for (const { driver } of [bob, carol]) driver.events.closed();
  expect(await flood(alice, 1000)).toBe(1000);
  expect(alice.stream.paused).toBe(false);
  expect(stage.chat.load.pendingOctets).toBeGreaterThan(5_000_000);
});

test('a sender that leaves, or loses its connection, while it is not read is let go', async () => {
  for (const leave of [
    () => stage.chat.removeEndpoint('alice#1'),
    () => stage.chat.updateEndpoint(endpoint('alice#1', { delivery: 'whole' })),
  ]) {
    const [alice, bob] = enter({}, 'alice', 'bob');
    bob.stream.full = true;
    await flood(alice, 10);
    await turn();
    await flood(alice, 2000);
    expect(alice.stream.paused).toBe(true);
    leave();
    stage.clock.advance(5000);
    expect(alice.stream.paused).toBe(false);
    expect(stage.close()).toBe(0);
  }
});

test('several sessions on one connection, as a relay has them: none of them makes the others wait', async () => {
  const [alice, bob] = enter({}, 'alice', 'bob');
  stage.chat.addEndpoint(endpoint('carol#1'));
  const carol = stage.sessions.find([endpoint('carol#1').session.localUri]);
  if (carol) alice.driver.connection.bind(carol);
  bob.stream.full = true;
  await flood(alice, 10);
  expect(await flood(alice, 600)).toBe(600);
  alice.driver.events.closed();
});

test('7701-6.4-01, MSRP-21: a congested reader gets no messages, and is told how many when it has caught up', async () => {
  const [alice, bob] = enter({ maxPendingBytes: 100_000 }, 'alice', 'bob', 'carol', 'dave');
  bob.stream.full = true;
  await flood(alice, 200);
  await flood(alice, 100);
  const before = bob.messages.length;
  await drain(bob);
  stage.clock.advance(0);
  await turn();
  const got = bob.messages;
  const notice = got[got.length - 1];
  expect(before).toBe(0);
  expect(got.length).toBeLessThan(300);
  expect(notice).toContain(`From: <${ROOM}>\r\nTo: <${ROOM}>\r\n`);
  expect(Number(NOTICE.exec(notice)?.[1])).toBe(300 - (got.length - 1));
  // Not once more.
  bob.answer('200 OK');
  stage.clock.advance(1000);
  await turn();
  expect(bob.messages).toHaveLength(got.length);
});

test('7701-6.1-07: the notice is not sent to an endpoint that takes no text', async () => {
  stage = new Stage({}, { maxPendingBytes: 100_000 });
  const [alice] = ['alice#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
  const { session } = endpoint('bob#1');
  const peer = { ...session.peer, acceptWrappedTypes: ['image/png'] };
  const bob = stage.join('bob#1', { session: { ...session, peer } });
  const image = cpim('alice', ROOM, 'x'.repeat(3000), 'image/png');
  bob.stream.full = true;
  for (let i = 0; i < 300; i++) alice.send(image);
  await drain(bob);
  stage.clock.advance(0);
  await turn();
  expect(new Set(bob.messages)).toEqual(new Set([image]));
});

test('7701-6.4-01: skip-large keeps large messages from a congested reader, not small ones', async () => {
  const [alice, bob] = enter({ maxPendingBytes: 100_000, slowReader: 'skip-large' }, 'alice', 'bob', 'carol', 'dave');
  // The notice is dated by the calendar, whatever timers go by.
  stage.clock.jump(86_400_000);
  bob.stream.full = true;
  // What one turn writes is taken by the stream, then 85000 octets wait.
  await flood(alice, 20, 4000);
  await flood(alice, 21, 4000);
  alice.send(text(9000));
  alice.send(cpim('alice', ROOM, 'small'));
  await drain(bob);
  stage.clock.advance(0);
  await turn();
  const got = bob.messages;
  expect(got).toContain(cpim('alice', ROOM, 'small'));
  expect(got).not.toContain(text(9000));
  expect(NOTICE.exec(got[got.length - 1])?.[1]).toBe('1');
  expect(got[got.length - 1]).toContain(`DateTime: ${stage.clock.date().toISOString().slice(0, 19)}`);
});

test('7701-6.4-01: disconnect ends a congested session at once', async () => {
  const [alice, bob] = enter({ maxPendingBytes: 100_000, slowReader: 'disconnect' }, 'alice', 'bob', 'carol', 'dave');
  bob.stream.full = true;
  await flood(alice, 100);
  await flood(alice, 40);
  stage.clock.advance(0);
  expect(stage.focus.lost).toEqual([['bob#1', 'congested']]);
});

test('4975-7.1.1-17: a peer that still reads what was written before has time for its answer, not for ever', async () => {
  const [alice, bob] = enter({}, 'alice', 'bob', 'carol', 'dave');
  bob.stream.full = true;
  await flood(alice, 300);
  await turn();
  for (let passed = 0; passed < 115_000; passed += 5000) {
    stage.clock.advance(5000);
    await flood(alice, 100);
    bob.stream.drain();
    bob.stream.full = true;
    await turn();
    expect(stage.focus.lost.some(([id]) => id === 'bob#1')).toBe(false);
  }
  stage.clock.advance(10_000);
  expect(stage.focus.lost.some(([id]) => id === 'bob#1')).toBe(true);
});

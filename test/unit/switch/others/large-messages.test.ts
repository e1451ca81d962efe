import { ClusterStage, NOTHING_LEFT } from '../../../support/cluster-stage.js';
import { MemorySpool } from '../../../support/memory-spool.js';
import { type StageLine, turn } from '../../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../../support/switch-world.js';

let stage: ClusterStage;
afterEach(() => {
  expect(stage.close()).toEqual(NOTHING_LEFT);
});

const text = (length: number): string => cpim('alice', ROOM, 'abcdefghij'.repeat(length / 10));

/** The chunk of `body` from octet `start` up to `end`, counted from 0. */
function chunk(
  line: StageLine,
  body: string,
  start: number,
  end: number,
  flag = end === body.length ? '$' : '+',
): void {
  line.send(body.slice(start, end), { id: 'large123', range: `${start + 1}-${end}/${body.length}`, flag });
}

const enter = (nodes: number, ...homes: number[]): StageLine[] => {
  stage = new ClusterStage(nodes);
  return ['alice', 'bob', 'carol', 'dave'].slice(0, homes.length).map((name, i) => stage.join(homes[i], `${name}#1`));
};

test('7701-6.1-08: octets go on to other switches as they come, for those who take them so', async () => {
  const [alice, bob, carol] = enter(3, 0, 1, 2);
  const dave = stage.join(1, 'dave#1', { delivery: 'whole' });
  const body = text(100_000);
  chunk(alice, body, 0, 40_000);
  await stage.settle();
  for (const { stream } of [bob, carol]) expect(stream.read.length).toBeGreaterThan(39_000);
  expect(dave.stream.read.length).toBe(0);
  chunk(alice, body, 40_000, 80_000);
  chunk(alice, body, 80_000, body.length);
  await stage.settle();
  expect([bob, carol, dave].map(({ messages }) => messages)).toEqual([[body], [body], [body]]);
  expect(alice.statuses).toEqual([200, 200, 200]);
  const kinds = stage.network.kinds(0, 1);
  expect([kinds[0], kinds.at(-1), kinds.filter((kind) => kind === 'finish')]).toEqual(['begin', 'finish', ['finish']]);
});

test('4975-13-02: the envelope may come in pieces, and the type with it', async () => {
  const [alice, bob] = enter(2, 0, 1);
  const body = text(100);
  for (let at = 0; at < body.length; at += 17) chunk(alice, body, at, Math.min(body.length, at + 17));
  await stage.settle();
  expect(bob.messages).toEqual([body]);
});

test('7701-6.1-09, 7701-6.1-10: its recipients are those of its first octets', async () => {
  const [alice, bob] = enter(2, 0, 1);
  const body = text(20_000);
  chunk(alice, body, 0, 10_000);
  await stage.settle();
  const late = [stage.join(1, 'carol#1'), stage.join(0, 'dave#1')];
  chunk(alice, body, 10_000, body.length);
  await stage.settle();
  expect(bob.messages).toEqual([body]);
  expect(late.map(({ messages }) => messages)).toEqual([[], []]);
});

test('7701-6.2-08: a private one goes only where its participant is', async () => {
  const [alice, , carol] = enter(3, 0, 1, 2);
  const devices = [stage.join(0, 'bob#2'), stage.join(2, 'bob#3')];
  stage.remove('bob#1');
  const body = cpim('alice', 'sip:bob@example.org', 'x'.repeat(20_000));
  chunk(alice, body, 0, 10_000);
  chunk(alice, body, 10_000, body.length);
  await stage.settle();
  expect(devices.map(({ messages }) => messages)).toEqual([[body], [body]]);
  expect([carol.messages, stage.network.kinds(0, 1)]).toEqual([[], []]);
});

test.each<[string, (alice: StageLine, body: string) => void]>([
  ['4975-7.3.1-07: given up by its sender', (alice, body) => chunk(alice, body, 10_000, 11_000, '#')],
  ['7701-6.1-12: no chunk came for too long', () => stage.clock.advance(540_000)],
  ['its sender left', () => stage.remove('alice#1')],
])('%s, it ends with # at the other switches too', async (_how, giveUp) => {
  const [alice, bob] = enter(2, 0, 1);
  const whole = stage.join(1, 'dave#1', { delivery: 'whole' });
  const body = text(20_000);
  chunk(alice, body, 0, 10_000);
  await stage.settle();
  giveUp(alice, body);
  await stage.settle();
  expect(bob.flags.at(-1)).toBe('#');
  expect([bob.messages, whole.stream.read.length]).toEqual([[], 0]);
});

test('P-LIM-05: a sender that is silent inside a chunk leaves no frame open elsewhere', async () => {
  const [alice, bob] = enter(2, 0, 1);
  const body = text(20_000);
  const [before] = alice.frameOf(`${body}|`, { id: 'large123', range: '1-*/*' }).split('|');
  alice.says(before);
  await stage.settle();
  expect(() => bob.frames).toThrow('unfinished frame');
  stage.clock.advance(29_999);
  await stage.settle();
  expect(() => bob.frames).toThrow('unfinished frame');
  stage.clock.advance(1);
  await stage.settle();
  expect(bob.flags).toBe('+');
});

test('where nobody takes it, no more of it is sent than its first octets', async () => {
  stage = new ClusterStage(2);
  const alice = stage.join(0, 'alice#1');
  const { session } = endpoint('bob#1');
  stage.join(1, 'bob#1', { session: { ...session, direction: 'recvonly' } });
  const body = text(60_000);
  for (let at = 0; at < body.length; at += 10_000) {
    chunk(alice, body, at, Math.min(body.length, at + 10_000));
    await stage.settle();
  }
  expect(alice.statuses.every((status) => status === 200)).toBe(true);
  expect(stage.network.kinds(0, 1)).toEqual(['begin', 'taken']);
});

test('P-RX-02: octets of messages that come from elsewhere count as those of messages that come here', async () => {
  stage = new ClusterStage(2, {}, { maxPartialBytes: 50_000 });
  const alice = stage.join(0, 'alice#1');
  const bob = stage.join(1, 'bob#1', { delivery: 'whole' });
  const carol = stage.join(1, 'carol#1');
  const body = text(80_000);
  for (let at = 0; at < body.length; at += 10_000) {
    chunk(alice, body, at, Math.min(body.length, at + 10_000));
    await stage.settle();
    expect(stage.nodes[1].chat.load.partialOctets).toBeLessThanOrEqual(50_000);
  }
  stage.clock.advance(0);
  await stage.settle();
  // Their copies are given up, and they are told.
  expect([bob, carol].map(({ messages }) => messages.map((message) => message.includes('1 message was not')))).toEqual([
    [true],
    [true],
  ]);
  expect(carol.flags).toMatch(/^\+*#\$$/);
  expect(stage.nodes[1].chat.congestion.dropped).toBe(2);
});

test('a spool there that is slower than the sender makes him wait', async () => {
  const spool = new MemorySpool();
  stage = new ClusterStage(2, {}, { spool, window: 10_000, maxMessageSize: 1e9 });
  const alice = stage.join(0, 'alice#1');
  stage.join(1, 'carol#1');
  stage.join(1, 'dave#1');
  const bob = stage.join(1, 'bob#1', { delivery: 'whole' });
  const body = text(200_000);
  const [before, after] = alice.frameOf(`${body}|`, { id: 'large123', range: '1-*/*' }).split('|');
  let said = 0;
  for (; said < before.length && !alice.stream.paused; said += 5000) {
    alice.says(before.slice(said, said + 5000));
    await stage.settle();
  }
  expect(stage.network.kinds(1, 0)).toContain('want');
  // Four windows, and what was on its way.
  expect(said).toBeLessThan(70_000);
  for (; said < before.length; said += 5000) {
    while (alice.stream.paused) {
      spool.work();
      await stage.settle();
    }
    alice.says(before.slice(said, said + 5000));
    await stage.settle();
  }
  alice.says(after);
  for (let i = 0; i < 100; i++) {
    spool.work();
    await stage.settle();
  }
  await turn();
  expect(bob.messages).toEqual([body]);
  expect(spool.unclosed).toBe(0);
});

test('isSettled: not while any switch still has to be told, or to be told by, another, or a reader has not answered', async () => {
  const [alice] = enter(2, 0);
  const bob = stage.join(1, 'bob#1', { delivery: 'whole' });
  const settled = (): boolean[] => stage.nodes.map(({ chat }) => chat.isSettled(ROOM));
  expect(settled()).toEqual([true, true]);
  alice.send(text(100));
  await turn();
  expect(settled()).toEqual([false, true]);
  await stage.settle();
  expect(settled()).toEqual([true, false]);
  bob.answer('200 OK');
  expect(settled()).toEqual([true, true]);
  const body = text(20_000);
  chunk(alice, body, 0, 10_000);
  await stage.settle();
  expect(settled()).toEqual([false, false]);
  chunk(alice, body, 10_000, body.length);
  await stage.settle();
  bob.answer('200 OK');
  expect(settled()).toEqual([true, true]);
  expect(bob.messages).toHaveLength(2);
});

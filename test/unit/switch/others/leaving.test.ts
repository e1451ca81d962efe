import { ClusterStage, NOTHING_LEFT } from '../../../support/cluster-stage.js';
import type { StageLine } from '../../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../../support/switch-world.js';

let stage: ClusterStage;
afterEach(() => {
  expect(stage.close()).toEqual(NOTHING_LEFT);
});

const half = (line: StageLine, body: string, flag: '+' | '$'): void => {
  const middle = body.length >> 1;
  const [start, end] = flag === '+' ? [0, middle] : [middle, body.length];
  line.send(body.slice(start, end), { id: 'large123', range: `${start + 1}-${end}/${body.length}`, flag });
};

test('its members are no more, and nothing is sent there', async () => {
  stage = new ClusterStage(3);
  const alice = stage.join(0, 'alice#1');
  stage.join(1, 'bob#1');
  const carol = stage.join(2, 'carol#1');
  stage.network.leave(1);
  alice.send(cpim('alice', ROOM, 'hello'));
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
  await stage.settle();
  expect(alice.statuses).toEqual([200, 404]);
  expect(carol.messages).toHaveLength(1);
  expect(stage.nodes[0].focus.decisions.map(({ recipients }) => recipients)).toEqual([['carol#1'], []]);
});

test('what is said of its members after that is of no use', async () => {
  stage = new ClusterStage(2);
  const alice = stage.join(0, 'alice#1');
  stage.network.leave(1);
  stage.tell(1, endpoint('bob#1'));
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
  alice.send(cpim('alice', ROOM, 'hello'));
  await stage.settle();
  expect(alice.statuses).toEqual([404, 200]);
  expect(stage.nodes[0].chat.isSettled(ROOM)).toBe(true);
});

test('7701-6.1-12: what it was sending ends with #; what was complete stays', async () => {
  stage = new ClusterStage(2);
  const alice = stage.join(0, 'alice#1');
  const bob = stage.join(1, 'bob#1');
  const hello = cpim('alice', ROOM, 'hello');
  alice.send(hello);
  half(alice, cpim('alice', ROOM, 'x'.repeat(20_000)), '+');
  await stage.settle();
  stage.network.leave(0);
  await stage.settle();
  expect(bob.messages).toEqual([hello]);
  expect(bob.flags.at(-1)).toBe('#');
  expect(stage.nodes[1].chat.load.partialOctets).toBe(0);
  bob.answer('200 OK');
  expect(stage.nodes[1].chat.isSettled(ROOM)).toBe(true);
});

test('a message on its way to it goes on to the others, and nobody waits for who is gone', async () => {
  stage = new ClusterStage(3, {}, { window: 1000 });
  const alice = stage.join(0, 'alice#1');
  stage.join(1, 'bob#1');
  const carol = stage.join(2, 'carol#1');
  const body = cpim('alice', ROOM, 'x'.repeat(20_000));
  half(alice, body, '+');
  await stage.settle();
  stage.network.leave(1);
  half(alice, body, '$');
  expect(alice.stream.paused).toBe(true);
  await stage.settle();
  expect(alice.stream.paused).toBe(false);
  expect(carol.messages).toEqual([body]);
  expect(stage.nodes[0].chat.isSettled(ROOM)).toBe(true);
});

test('who waited for it, or for its members, waits no more', async () => {
  for (const stuck of [true, false]) {
    stage = new ClusterStage(2, {}, { window: 10_000 });
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    bob.stream.full = true;
    if (stuck) stage.network.stuck.add('0>1');
    for (let i = 0; i < 40 && !alice.stream.paused; i++) {
      alice.send(cpim('alice', ROOM, 'x'.repeat(3000)));
      await stage.settle();
    }
    expect(alice.stream.paused).toBe(true);
    stage.network.leave(1);
    expect(alice.stream.paused).toBe(false);
    expect(stage.close()).toEqual(NOTHING_LEFT);
  }
});

test('another one in its place has another number, and its members are known', async () => {
  stage = new ClusterStage(3);
  const alice = stage.join(0, 'alice#1');
  stage.join(1, 'bob#1');
  stage.network.leave(1);
  stage.remove('bob#1');
  const bob = stage.join(2, 'bob#1');
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
  await stage.settle();
  expect([alice.statuses, bob.messages.length]).toEqual([[200], 1]);
});

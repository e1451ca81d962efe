import { ClusterStage, NOTHING_LEFT } from '../../../support/cluster-stage.js';
import type { StageLine } from '../../../support/switch-stage.js';
import { cpim, ROOM } from '../../../support/switch-world.js';

const NOTICE = /(\d+) messages? (?:was|were) not delivered to you/;

let stage: ClusterStage;
afterEach(() => {
  expect(stage.close()).toEqual(NOTHING_LEFT);
});

const text = (length = 3000): string => cpim('alice', ROOM, 'x'.repeat(length));

/** Sends messages as long as the switch reads, at most `count`; returns how many. */
async function flood(line: StageLine, count: number, to = ROOM): Promise<number> {
  for (let i = 0; i < count; i++) {
    if (line.stream.paused) return i;
    line.send(cpim('alice', to, 'x'.repeat(3000)));
    await stage.settle();
  }
  return count;
}

/** How many messages the last one says were not delivered. */
const missedBy = (line: StageLine): number => Number(NOTICE.exec(line.messages.at(-1) ?? '')?.[1]);

const readers = (node: number, ...names: string[]): StageLine[] => names.map((name) => stage.join(node, `${name}#1`));

const stall = (...lines: StageLine[]): void => {
  for (const { stream } of lines) stream.full = true;
};

async function drain(...lines: StageLine[]): Promise<void> {
  for (let i = 0; i < 20; i++) {
    for (const { stream } of lines) stream.drain();
    await stage.settle();
  }
}

describe('RFC 7701 §6.4: slow readers at other switches', () => {
  test('a majority slows the sender down, until it has caught up', async () => {
    stage = new ClusterStage(2, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    const [bob] = readers(0, 'bob');
    const slow = readers(1, 'carol', 'dave');
    stall(...slow);
    const sent = await flood(alice, 100);
    expect(sent).toBeLessThan(20);
    expect(alice.stream.paused).toBe(true);
    await drain(...slow);
    expect(alice.stream.paused).toBe(false);
    expect([bob, ...slow].map(({ messages }) => messages.length)).toEqual([sent, sent, sent]);
  });

  test('7701-6.4-02: a minority of all does not, though it is all there are at its switch', async () => {
    stage = new ClusterStage(2, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    const fast = readers(0, 'bob', 'carol');
    const slow = readers(1, 'dave');
    stall(...slow);
    expect(await flood(alice, 60)).toBe(60);
    expect(fast.map(({ messages }) => messages.length)).toEqual([60, 60]);
  });

  test('half there and one here are a majority', async () => {
    stage = new ClusterStage(3, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    const slow = [...readers(0, 'bob'), ...readers(1, 'carol'), ...readers(2, 'dave')];
    readers(1, 'eve');
    readers(2, 'finn');
    stall(...slow.slice(1));
    expect(await flood(alice, 60)).toBe(60);
    stall(slow[0]);
    expect(await flood(alice, 60)).toBeLessThan(20);
    await drain(...slow);
  });

  test('those who took nothing for 30 s do not count', async () => {
    stage = new ClusterStage(2, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    const slow = readers(1, 'carol', 'dave');
    stall(...slow);
    await flood(alice, 100);
    for (let i = 0; i < 3; i++) {
      stage.clock.advance(10_000);
      await stage.settle();
    }
    expect(alice.stream.paused).toBe(false);
    expect(await flood(alice, 200)).toBe(200);
    for (const line of slow) line.answer('200 OK');
  });

  test('those who take a little now and then do', async () => {
    stage = new ClusterStage(2, {}, { window: 1_000_000 });
    const alice = stage.join(0, 'alice#1');
    const slow = readers(1, 'carol', 'dave');
    const large = text(30_000);
    const say = async (): Promise<boolean> => {
      if (alice.stream.paused) return false;
      alice.send(large);
      await stage.settle();
      return true;
    };
    stall(...slow);
    while (await say());
    const behind = (): boolean => stage.nodes[1].chat.load.pendingOctets > 1_000_000;
    for (let i = 0; i < 5; i++) {
      stage.clock.advance(10_000);
      for (const { stream } of i % 2 === 1 ? slow : []) {
        stream.drain();
        stream.full = true;
      }
      await stage.settle();
      expect(behind()).toBe(true);
    }
    // Two windows, which a pause of 5 s grants, and he waits again.
    let said = 0;
    while (await say()) said++;
    expect(said).toBeLessThan(70);
    await drain(...slow);
  });

  test('who leaves makes nobody wait', async () => {
    stage = new ClusterStage(2, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    readers(0, 'bob');
    stall(...readers(1, 'carol', 'dave'));
    await flood(alice, 100);
    expect(alice.stream.paused).toBe(true);
    stage.remove('carol#1');
    expect(alice.stream.paused).toBe(false);
  });

  test('to one participant: only his devices count', async () => {
    stage = new ClusterStage(2, {}, { window: 20_000 });
    const alice = stage.join(0, 'alice#1');
    const [bob] = readers(1, 'bob');
    readers(1, 'carol', 'dave');
    stall(bob);
    expect(await flood(alice, 100, 'sip:bob@example.org')).toBeLessThan(20);
    await drain(bob);
  });
});

describe('a switch that does not take what it is sent', () => {
  test('slows every sender down, and they go on when it takes it', async () => {
    stage = new ClusterStage(2, {}, { window: 10_000 });
    const alice = stage.join(0, 'alice#1');
    const [bob, carol] = [stage.join(0, 'bob#1'), stage.join(1, 'carol#1')];
    stage.network.stuck.add('0>1');
    const sent = await flood(alice, 100);
    // Four windows.
    expect(sent * 3000).toBeGreaterThan(35_000);
    expect(sent * 3000).toBeLessThan(45_000);
    expect(bob.messages).toHaveLength(sent);
    stage.network.stuck.clear();
    await stage.settle();
    expect(alice.stream.paused).toBe(false);
    expect(carol.messages).toHaveLength(sent);
  });

  test('costs bounded memory though a sender cannot be slowed down, and those there hear how many they missed', async () => {
    stage = new ClusterStage(2, {}, { window: 10_000, maxPendingBytes: 100_000 });
    const alice = stage.join(0, 'alice#1');
    const [bob, carol, dave] = ['bob#1', 'carol#1', 'dave#1'].map((id, i) => stage.join(i && 1, id));
    stage.network.stuck.add('0>1');
    let most = 0;
    for (let i = 0; i < 300; i++) {
      // As if he shared his connection with others: it is read on.
      alice.send(text());
      await stage.settle();
      most = Math.max(most, stage.network.inFlight(0, 1));
    }
    alice.send(cpim('alice', 'sip:carol@example.org', 'psst'));
    await stage.settle();
    expect(bob.messages).toHaveLength(300);
    // Four times what may wait for one session, and one message.
    expect(most).toBeLessThan(404_000);
    stage.network.stuck.clear();
    await stage.settle();
    for (const line of [carol, dave]) line.answer('200 OK');
    stage.clock.advance(0);
    await stage.settle();
    const got = dave.messages.filter((message) => message === text()).length;
    expect(got).toBeGreaterThan(100);
    expect([missedBy(dave), missedBy(carol)]).toEqual([300 - got, 300 - got + 1]);
    expect(stage.nodes[1].chat.congestion.dropped).toBe(2 * (300 - got) + 1);
  });

  test('gets a large message no further, and ends its copies', async () => {
    stage = new ClusterStage(2, {}, { window: 1000, maxPendingBytes: 20_000, maxMessageSize: 1e9 });
    const alice = stage.join(0, 'alice#1');
    const [bob, carol] = [stage.join(0, 'bob#1'), stage.join(1, 'carol#1')];
    const body = text(200_000);
    const send = (start: number, end: number): void =>
      alice.send(body.slice(start, end), {
        id: 'large123',
        range: `${start + 1}-${end}/${body.length}`,
        flag: end === body.length ? '$' : '+',
      });
    send(0, 10_000);
    await stage.settle();
    stage.network.stuck.add('0>1');
    for (let at = 10_000; at < body.length; at += 10_000) send(at, Math.min(body.length, at + 10_000));
    await stage.settle();
    expect(stage.network.inFlight(0, 1)).toBeLessThan(95_000);
    stage.network.stuck.clear();
    await stage.settle();
    expect(bob.messages).toEqual([body]);
    expect([carol.messages, carol.flags.at(-1)]).toEqual([[], '#']);
    stage.clock.advance(0);
    await stage.settle();
    expect(carol.messages).toEqual([expect.stringContaining('1 message was not delivered to you')]);
  });
});

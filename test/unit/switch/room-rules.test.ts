import type { RoomRules } from '../../../lib/focus-switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, OPEN_RULES, ROOM } from '../../support/switch-world.js';

const OTHER_ROOM = 'sip:other@chat.example';
const MAX_PENDING = 100_000;
const NOTICE = /\r\n\r\n(\d+) messages? (?:was|were) not delivered to you/;

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
  expect(stage.chat.load).toMatchObject({ endpoints: 0, congested: 0, pendingOctets: 0, partialOctets: 0 });
});

const setRules = (rules: Partial<RoomRules>): void =>
  stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, ...rules } });

const textOf = (length: number, from = 'alice', to = ROOM): string => cpim(from, to, 'x'.repeat(length));

/** A first chunk; says no more. */
const begin = (line: StageLine, id: string): void =>
  line.send(textOf(3000), { id, range: '1-*/*', flag: '+', lines: ['Failure-Report: no'] });

/** Messages that it was told to be given up. */
const aborted = ({ stream }: StageLine): number =>
  stream.read.toString('latin1').match(/-------\S+#\r\n/g)?.length ?? 0;

describe('7701-6.1-12 the chunk timer of a room', () => {
  test('is that of the room, and a change counts from the next chunk on', async () => {
    stage = new Stage({ chunkTimeout: 10_000 });
    const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
    begin(alice, 'first001');
    setRules({ chunkTimeout: 2000 });
    begin(alice, 'second01');
    await turn();
    stage.clock.advance(1999);
    await turn();
    expect(aborted(bob)).toBe(0);
    stage.clock.advance(1);
    await turn();
    expect(aborted(bob)).toBe(1);
    stage.clock.advance(7999);
    await turn();
    expect(aborted(bob)).toBe(1);
    stage.clock.advance(1);
    await turn();
    expect(aborted(bob)).toBe(2);
  });

  test('shorter than the pause after which a frame is not kept open, it is exact after a slow chunk', async () => {
    stage = new Stage({ chunkTimeout: 10_000 });
    const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
    const [head] = alice.frameOf(`${textOf(3000)}|`, { range: '1-*/*' }).split('|');
    alice.says(head);
    stage.clock.advance(9000);
    alice.says('more');
    await turn();
    stage.clock.advance(9999);
    await turn();
    expect(aborted(bob)).toBe(0);
    stage.clock.advance(1);
    await turn();
    expect(aborted(bob)).toBe(1);
  });

  test('is that of its own room only', async () => {
    stage = new Stage({ chunkTimeout: 1000 });
    stage.chat.openRoom({ uri: OTHER_ROOM, rules: OPEN_RULES });
    const [bob, alice] = ['bob#1', 'alice#1'].map((id) => stage.join(id, { room: OTHER_ROOM }));
    alice.send(textOf(3000, 'alice', OTHER_ROOM), { id: 'other001', range: '1-*/*', flag: '+' });
    stage.clock.advance(20_000);
    await turn();
    expect(aborted(bob)).toBe(0);
  });
});

/** Carol and dave keep the sender from being slowed down. */
function enter(rules: Partial<RoomRules>, slowReader?: 'drop' | 'skip-large' | 'disconnect'): StageLine[] {
  stage = new Stage(rules, { maxPendingBytes: MAX_PENDING, slowReader });
  return ['alice#1', 'bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
}

async function say(line: StageLine, ...bodies: string[]): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    line.send(body);
    if (index % 20 === 19) await turn();
  }
  await turn();
}

const many = (count: number, length = 4000): string[] => Array.from({ length: count }, () => textOf(length));

/** Bob stops reading, and more than 80000 octets wait for him. */
async function congest(alice: StageLine, bob: StageLine): Promise<void> {
  bob.stream.full = true;
  // What one turn writes is taken by the stream.
  await say(alice, ...many(20));
  await say(alice, ...many(20));
  stage.clock.advance(0);
  expect(bob.stream.full).toBe(true);
}

/** Bob reads all there is; returns what he got last, a notice perhaps. */
async function recover(bob: StageLine): Promise<string> {
  for (let before = -1; before < bob.stream.read.length; ) {
    before = bob.stream.read.length;
    bob.stream.drain();
    await turn();
    stage.clock.advance(0);
    await turn();
  }
  return bob.messages[bob.messages.length - 1];
}

/** Which of these somebody got. */
const got = ({ messages }: StageLine, bodies: readonly string[]): boolean[] =>
  bodies.map((body) => messages.includes(body));

describe('7701-6.4-01 the largest message for a congested reader', () => {
  const small = textOf(100);
  const middle = textOf(1000);
  const large = textOf(2001);

  test.each<[RoomRules['congestedMaxSize'], 'drop' | 'skip-large', boolean[]]>([
    [0, 'skip-large', [false, false, false]],
    [1500, 'drop', [true, true, false]],
    [null, 'drop', [false, false, false]],
    [null, 'skip-large', [true, true, true]],
  ])('congestedMaxSize %j, slowReader %s', async (congestedMaxSize, slowReader, expected) => {
    const [alice, bob, carol] = enter({ congestedMaxSize }, slowReader);
    await congest(alice, bob);
    await say(alice, small, middle, large);
    const last = await recover(bob);
    expect(got(bob, [small, middle, large])).toEqual(expected);
    expect(got(carol, [small, middle, large])).toEqual([true, true, true]);
    const missed = expected.filter((delivered) => !delivered).length;
    expect(NOTICE.exec(last)?.[1]).toBe(missed === 0 ? undefined : `${missed}`);
  });

  test('counts what was announced of a message in chunks; one of unknown size is none of the small ones', async () => {
    const [alice, bob] = enter({ congestedMaxSize: 1500 });
    await congest(alice, bob);
    for (const total of [`${middle.length}`, '*']) {
      alice.send(middle.slice(0, 500), { id: `total00${total.length}`, range: `1-500/${total}`, flag: '+' });
      alice.send(middle.slice(500), { id: `total00${total.length}`, range: `501-${middle.length}/${total}` });
    }
    await recover(bob);
    expect(bob.messages.filter((body) => body === middle)).toHaveLength(1);
  });

  test('as long as there is room', async () => {
    const [alice, bob] = enter({ congestedMaxSize: 5000 });
    await congest(alice, bob);
    await say(alice, ...many(40));
    expect(stage.chat.load.pendingOctets).toBeLessThanOrEqual(MAX_PENDING);
    expect(stage.chat.congestion.dropped).toBeGreaterThan(30);
    await recover(bob);
  });

  test('a change counts for the next message', async () => {
    const [alice, bob] = enter({ congestedMaxSize: 0 });
    await congest(alice, bob);
    await say(alice, small);
    setRules({ congestedMaxSize: 1500 });
    await say(alice, middle);
    await recover(bob);
    expect(got(bob, [small, middle])).toEqual([false, true]);
  });

  test('a number holds against slowReader: disconnect, which else ends the session at once', async () => {
    const [alice, bob] = enter({ congestedMaxSize: 1500 }, 'disconnect');
    await congest(alice, bob);
    await say(alice, small);
    expect(stage.focus.lost).toEqual([]);
    await recover(bob);
    expect(got(bob, [small])).toEqual([true]);
  });
});

describe('7701-6.4-01 congestion can be seen', () => {
  test('counted, told with what waits, and told when it is over', async () => {
    const [alice, bob] = enter({});
    expect(stage.chat.congestion).toEqual({ marks: 0, dropped: 0, ended: 0, notices: 0 });
    await congest(alice, bob);
    await say(alice, ...many(3));
    expect(stage.chat.load).toMatchObject({ congested: 1, pendingOctets: expect.any(Number) });
    expect(stage.chat.load.pendingOctets).toBeGreaterThan(MAX_PENDING * 0.8);
    expect(stage.focus.congestion).toEqual([['bob#1', true, expect.any(Number)]]);
    expect(stage.focus.congestion[0][2]).toBeGreaterThan(MAX_PENDING * 0.8);
    expect(await recover(bob)).toMatch(NOTICE);
    expect(stage.focus.congestion.slice(1)).toEqual([['bob#1', false, expect.any(Number)]]);
    expect(stage.chat.congestion).toEqual({ marks: 1, dropped: 3, ended: 0, notices: 1 });
    expect(stage.chat.load).toMatchObject({ congested: 0, pendingOctets: 0 });
  });

  test('sessions it ends are counted, and end as their own room says', async () => {
    const names = ['alice', 'bob', 'carol', 'dave'];
    stage = new Stage({ congestedMaxSize: 1500 }, { maxPendingBytes: MAX_PENDING, slowReader: 'disconnect' });
    stage.chat.openRoom({ uri: OTHER_ROOM, rules: OPEN_RULES });
    const lines = names.map((name) => stage.join(`${name}#1`));
    const others = names.map((name) => stage.join(`${name}#2`, { ...endpoint(`${name}#2`), room: OTHER_ROOM }));
    for (const [room, [alice, bob]] of [
      [ROOM, lines],
      [OTHER_ROOM, others],
    ] as const) {
      bob.stream.full = true;
      const bodies = Array.from({ length: 20 }, () => textOf(4000, 'alice', room));
      await say(alice, ...bodies);
      await say(alice, ...bodies);
    }
    stage.clock.advance(0);
    expect(stage.focus.lost).toEqual([['bob#2', 'congested']]);
    expect(stage.chat.congestion).toMatchObject({ marks: 2, ended: 1 });
  });

  test('with a size that still passes, too, a reader that takes nothing is ended after three minutes', async () => {
    stage = new Stage({ congestedMaxSize: 1500 }, { maxMessageSize: 1e9 });
    const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
    bob.stream.full = true;
    const [head] = alice.frameOf(`${textOf(3000)}|`, { range: '1-*/*' }).split('|');
    alice.says(head);
    for (let i = 0; i < 10; i++) {
      alice.driver.events.data(Buffer.alloc(65_536, 'y'));
      await turn();
    }
    stage.clock.advance(179_999);
    expect(stage.focus.lost).toEqual([]);
    stage.clock.advance(1);
    expect(stage.focus.lost).toEqual([['bob#1', 'congested']]);
    expect(stage.chat.congestion.ended).toBe(1);
  });

  test('nothing is told of a session that was removed meanwhile', async () => {
    const [alice, bob] = enter({});
    bob.stream.full = true;
    await say(alice, ...many(20));
    await say(alice, ...many(20));
    stage.chat.removeEndpoint('bob#1');
    stage.clock.advance(1000);
    expect(stage.focus.congestion).toEqual([]);
  });
});

test('3994-P-01: who wrote to everybody is told to the focus, but not who composes, notifies, whispers or is refused', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(cpim('alice', ROOM, 'hello'));
  const long = textOf(5000);
  alice.send(long.slice(0, 2000), { id: 'pieces01', range: `1-*/${long.length}`, flag: '+' });
  alice.send(long.slice(2000), { id: 'pieces01', range: `2001-*/${long.length}` });
  bob.send(cpim('bob', ROOM, '<isComposing/>', 'application/im-iscomposing+xml'));
  bob.send(cpim('bob', ROOM, '<imdn/>', 'message/imdn+xml'));
  bob.send(cpim('bob', 'sip:alice@example.org', 'psst'));
  bob.send(cpim('carol', ROOM, 'not me'));
  await turn();
  expect(stage.focus.spoken).toEqual(['alice#1', 'alice#1']);
});

import type { SwitchOptions } from '../../../lib/switch/switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

let stage: Stage;
/** Who reached which limit, each time. */
const limits = (): string[] => stage.focus.limits.map(([id, limit]) => `${id} ${limit}`);
afterEach(() => {
  expect(stage.close()).toBe(0);
  expect(stage.chat.held).toBe(0);
});

function enter(options: Partial<SwitchOptions>, ...names: string[]): StageLine[] {
  stage = new Stage({}, options);
  return names.map((name) => stage.join(name));
}

/** So many messages of about 8000 octets. */
async function flood(line: StageLine, count: number): Promise<void> {
  const body = cpim(line.id.split('#')[0], ROOM, 'x'.repeat(7_900));
  for (let i = 0; i < count; i++) {
    line.send(body);
    if (i % 20 === 19) await turn();
  }
  await turn();
}

test('maxTotalPendingBytes: what many wait for is counted once', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `u${i}#1`);
  const [sender, ...readers] = enter({ maxTotalPendingBytes: 2_000_000 }, ...names);
  for (const { stream } of readers) stream.full = true;
  // A turn's worth is with the streams; the others wait.
  await flood(sender, 120);
  const { pendingOctets } = stage.chat.load;
  expect(pendingOctets).toBeGreaterThan(10_000_000);
  expect(stage.chat.held).toBeLessThan(1_000_000);
  expect(limits()).toEqual([]);
});

test('maxTotalPendingBytes: whoever is furthest behind goes without first, and who reads misses nothing', async () => {
  const [ana, far, near, reader] = enter({ maxTotalPendingBytes: 400_000 }, 'ana#1', 'far#1', 'near#1', 'reader#1');
  far.stream.full = true;
  await flood(ana, 50);
  near.stream.full = true;
  const before = stage.chat.held;
  await flood(ana, 28);
  expect(before).toBeGreaterThan(0);
  expect(stage.chat.held).toBeLessThanOrEqual(400_000);
  expect(new Set(limits())).toEqual(new Set(['far#1 maxTotalPendingBytes']));
  expect(reader.messages).toHaveLength(78);
  expect(ana.statuses).toEqual(Array.from({ length: 78 }, () => 200));
  for (let i = 0; i < 3; i++) {
    near.stream.drain();
    await turn();
  }
  expect(near.messages).toHaveLength(78);
});

test('maxTotalPendingBytes: it holds over all rooms and readers, whatever each of them may have waiting', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `u${i}#1`);
  const lines = enter({ maxTotalPendingBytes: 500_000 }, ...names);
  for (const { stream } of lines) stream.full = true;
  for (let round = 0; round < 10; round++) {
    for (const line of lines) await flood(line, 20);
    expect(stage.chat.held).toBeLessThanOrEqual(500_000);
  }
  expect(limits().length).toBeGreaterThan(0);
  // The readers read again: all that waited leaves, and they hear how much they missed.
  for (let i = 0; i < 40; i++) {
    for (const { stream } of lines) stream.drain();
    await turn();
    stage.clock.advance(1);
  }
  expect(stage.chat.load.pendingOctets).toBe(0);
  expect(stage.chat.held).toBe(0);
  expect(lines[0].messages.some((text) => /\d+ messages? (?:was|were) not delivered to you/.test(text))).toBe(true);
});

test('maxPendingBytes: who becomes congested is told once, and not for each copy', async () => {
  const [ana, far] = enter({ maxPendingBytes: 200_000 }, 'ana#1', 'far#1', 'reader#1');
  far.stream.full = true;
  await flood(ana, 100);
  stage.clock.advance(0);
  expect(limits()).toEqual(['far#1 maxPendingBytes']);
});

test('maxTotalPendingBytes: a reader that nothing waits for is not congested by what waits for others', async () => {
  const [ana, far, reader] = enter({ maxTotalPendingBytes: 400_000 }, 'ana#1', 'far#1', 'reader#1');
  far.stream.full = true;
  await flood(ana, 78);
  // Too large to be written at once, and there is no room to have it wait.
  ana.send(cpim('ana', ROOM, 'x'.repeat(200_000)));
  await turn();
  expect(limits()).toContain('reader#1 maxTotalPendingBytes');
  far.stream.full = false;
  for (let i = 0; i < 20; i++) {
    far.stream.drain();
    await turn();
  }
  stage.clock.advance(1);
  await turn();
  expect(stage.chat.load.congested).toBe(0);
  expect(reader.messages.at(-1)).toMatch(/1 message was not delivered to you/);
  stage.clock.advance(180_000);
  expect(stage.focus.lost).not.toContainEqual(['reader#1', 'congested']);
});

test.each([
  ['its length was announced', '1-*/60000', 0],
  ['it turns out to be too long', '1-*/*', 1],
])('maxTotalPendingBytes: what nobody takes is not counted: %s', async (_, range, begun) => {
  const [ana] = enter({}, 'ana#1');
  const { session } = endpoint('small#1');
  const small = stage.join('small#1', { session: { ...session, peer: { ...session.peer, maxSize: 10_000 } } });
  const body = cpim('ana', ROOM, 'x'.repeat(60_000)).slice(0, 60_000);
  for (let i = 0; i < 3; i++) {
    ana.send(body.slice(0, 8_000), { id: `large${i}`, range, flag: '+' });
    await turn();
    ana.send(body.slice(8_000), { id: `large${i}`, range: range.replace('1-', '8001-') });
    await turn();
  }
  expect(ana.statuses).toEqual([200, 200, 200, 200, 200, 200]);
  expect(small.flags).toBe('#'.repeat(3 * begun));
  expect(stage.chat.held).toBe(0);
});

test('maxTotalPendingBytes: nor is one who only waits for a sender to go on', async () => {
  const [ana, bob, far] = enter({ maxTotalPendingBytes: 400_000 }, 'ana#1', 'bob#1', 'far#1', 'reader#1');
  const body = cpim('bob', ROOM, 'x'.repeat(60_000)).slice(0, 8_000);
  bob.send(body, { id: 'unfinished', range: '1-*/60000', flag: '+' });
  await turn();
  far.stream.full = true;
  await flood(ana, 78);
  ana.send(cpim('ana', ROOM, 'x'.repeat(200_000)));
  await turn();
  expect(limits()).toContain('reader#1 maxTotalPendingBytes');
  expect(stage.chat.load.congested).toBe(1);
});

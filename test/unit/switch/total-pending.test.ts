import type { SwitchOptions } from '../../../lib/switch/switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, ROOM } from '../../support/switch-world.js';

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

test('maxTotalPendingBytes: who has read everything does not become congested by what is refused to him', async () => {
  const [ana, far, idle] = enter({ maxTotalPendingBytes: 100_000 }, 'ana#1', 'far#1', 'idle#1');
  far.stream.full = true;
  await flood(ana, 50);
  idle.stream.full = true;
  ana.send(cpim('ana', ROOM, 'x'.repeat(200_000)));
  await turn();
  idle.stream.drain();
  await turn();
  expect(stage.chat.load.congested).toBe(1);
});

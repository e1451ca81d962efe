import { existsSync } from 'node:fs';
import { contenders } from '../../../../bench/contenders.js';
import { peers } from '../../../../bench/peers/index.js';
import { debianVersion, notInstalled, npmVersion } from '../../../../bench/peers/packages.js';

const SETUP = { link: 'tcp', rooms: 1, participants: 6, confirm: 'always' } as const;
const broadcast = peers.find(({ name }) => name === 'ws-broadcast')!;

test('every peer is a contender and none says it speaks as the server does', () => {
  for (const peer of peers) {
    expect(contenders).toContain(peer);
    expect(peer.sameProtocol).toBe(false);
  }
});

test.each(['prosody', 'ejabberd', 'socket.io'])('%s is ready, or says how to get it', async (name) => {
  const state = await peers.find((peer) => peer.name === name)!.prepare(false);
  if (state !== 'ready') expect(state).toMatch(/^not installed: \S+ install /);
});

test('what is installed has a version, what is not has a way to get it', () => {
  expect(npmVersion('ws')).toMatch(/^8\./);
  expect(npmVersion('no-such-package-anywhere')).toBeUndefined();
  const version = debianVersion('prosody');
  if (version !== undefined) expect(version).toMatch(/^\d/);
  expect(notInstalled('prosody')).toContain('--install-peers');
});

test('a room of ws: joins, delivers to all others, is counted, and leaves no process', async () => {
  expect(await broadcast.prepare(false)).toBe('ready');
  expect(broadcast.version?.()).toBe(npmVersion('ws'));
  const room = await broadcast.start(SETUP);
  const pids = [...room.pids];
  try {
    expect(room.residentKb()).toBeGreaterThan(10_000);
    expect(await room.join(4)).toBeGreaterThan(0);
    expect(await room.join(2)).toBeGreaterThan(0);
    const point = { textOctets: 100, senders: 4, window: 4, rate: 0, warmupMs: 20, measureMs: 100 };
    const result = await room.run(point);
    expect(result).toMatchObject({ participants: 6, lost: 0, doubled: 0, disordered: 0, altered: 0, errors: 0 });
    expect(result.copies).toBeGreaterThan(0);
    expect(result.cpuSeconds).toBeGreaterThan(0);
    const paced = await room.run({ ...point, window: 0, rate: 2000 });
    expect(paced).toMatchObject({ lost: 0, errors: 0 });
  } finally {
    await room.stop();
  }
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
});

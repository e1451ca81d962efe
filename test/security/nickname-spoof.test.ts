import { Bystanders } from '../support/bystanders.js';
import { Caller, type CallOptions } from '../support/caller.js';
import type { Frame } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;
let bystanders: Bystanders;
let eve: Caller;

async function start(room: Record<string, unknown> = {}, options: CallOptions = {}): Promise<void> {
  server = await ServerUnderTest.start({ rooms: { defaults: { nicknameChangesPerMinute: 1000, ...room } } });
  bystanders = await Bystanders.in(server);
  eve = await Caller.join(server, bystanders.room, { uri: 'sip:eve@example.com', ...options });
}
afterEach(() => server.close());

let count = 0;

/** NICKNAME as octets, without a client that would look at it. */
async function asks(nickname: string, caller = eve): Promise<Frame> {
  const tid = `nick${++count}`;
  const quoted = Buffer.from(`"${nickname}"`).toString('latin1');
  caller.msrp.write(
    `MSRP ${tid} NICKNAME\r\nTo-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}\r\nUse-Nickname: ${quoted}\r\n-------${tid}$\r\n`,
  );
  for (;;) {
    const frame = await caller.msrp.frame();
    if (frame.tid === tid) return frame;
  }
}

const nicknameOf = (user: string): string | undefined =>
  server.server.room(bystanders.room)?.participants.get(`sip:${user}@example.com`)?.nickname;

test.each([
  'Alice Brown',
  'alice brown',
  'ALICE BROWN',
  '  Alice   Brown ',
  'Alice\u00a0Brown',
  'Alice\u3000Brown',
  'Ａｌｉｃｅ Brown',
])('nickname spoof, 8266-2.4-01: %j is the nickname of another: 425', async (spoof) => {
  await start();
  expect(await bystanders.ana.participant.setNickname('Alice Brown')).toMatchObject({ status: 200 });
  expect((await asks(spoof)).what).toBe('425');
  expect(nicknameOf('eve')).toBeUndefined();
  await bystanders.undisturbed();
});

test.each([
  ['an override', 'nworB\u202eecilA'],
  ['a mark', 'Alice\u200e Brown'],
  ['a space of no width', 'Alice\u200b Brown'],
  ['a soft hyphen', 'Ali\u00adce Brown'],
  ['a joiner between letters that do not join', 'Ali\u200dce Brown'],
  ['a variation selector', 'Alice\ufe0f Brown'],
  ['a tag', 'Alice\u{e0041} Brown'],
  ['a private character', 'Alice\ue000 Brown'],
  ['an unassigned one', 'Alice\u0378 Brown'],
  ['a Hangul filler', 'Alice\u3164 Brown'],
])('nickname spoof, 8266-2-01: %s that is not seen: 424', async (_what, spoof) => {
  await start();
  await bystanders.ana.participant.setNickname('Alice Brown');
  expect((await asks(spoof)).what).toMatch(/^42[45]$/);
  expect(nicknameOf('eve')).toBeUndefined();
  await bystanders.undisturbed();
});

describe('nickname spoof by confusables, 7701-7.1-14', () => {
  /** Each looks like `paypal` in some script or case. */
  const lookalikes = ['раураl', 'pаypal', 'paypaI', 'paypa1', 'ρaypal', 'pay\u0440al', 'p\u0251ypal'];

  test.each(lookalikes)('%s is refused where lookalikes are', async (spoof) => {
    await start({ refuseConfusableNicknames: true });
    expect(await bystanders.ana.participant.setNickname('paypal')).toMatchObject({ status: 200 });
    expect((await asks(spoof)).what).toBe('425');
    await bystanders.undisturbed();
  });

  test('whoever looks like a reserved word is refused too', async () => {
    await start({ refuseConfusableNicknames: true, reservedNicknames: ['admin'] });
    for (const spoof of ['admin', 'ADMIN', 'аdmin', 'adrnin']) expect((await asks(spoof)).what).toBe('425');
  });

  test('elsewhere they are two names, and the URI beside them says who it is', async () => {
    await start();
    await bystanders.ana.participant.setNickname('paypal');
    expect((await asks('pаypal')).what).toBe('200');
    const uris = [...(server.server.room(bystanders.room)?.participants.values() ?? [])];
    expect(uris.map(({ uri, nickname }) => [uri, nickname])).toContainEqual(['sip:eve@example.com', 'pаypal']);
  });
});

test('nickname spoof, 7701-11-04: the name of somebody who just left is not to be had', async () => {
  await start();
  const caller = await Caller.join(server, bystanders.room, { uri: 'sip:carla@example.com' });
  expect((await asks('Carla', caller)).what).toBe('200');
  await caller.bye();
  expect((await asks('Carla')).what).toBe('425');
});

test('nickname spoof: a NICKNAME on the session of another names nobody', async () => {
  await start();
  const victim = await Caller.join(server, bystanders.room, { uri: 'sip:victim@example.com' });
  eve.msrp.write(
    `MSRP nickx1 NICKNAME\r\nTo-Path: ${victim.roomPath}\r\nFrom-Path: ${victim.path}\r\nUse-Nickname: "Fool"\r\n-------nickx1$\r\n`,
  );
  expect((await eve.msrp.frame()).what).toBe('506');
  expect(nicknameOf('victim')).toBeUndefined();
  await bystanders.undisturbed();
});

import type { TestParticipant } from '../../lib/client/testing.js';
import { Caller } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** Waits for a roster in which `user` has that nickname. */
async function sees(watcher: TestParticipant, user: string, nickname: string | undefined): Promise<void> {
  await watcher.events.next('roster', ({ participants }) =>
    participants.some((entry) => entry.uri === `sip:${user}@example.com` && entry.nickname === nickname),
  );
}

test('7701-7.1-01: a nickname is granted and shown to the others', async () => {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  await sees(bob, 'ana', undefined);
  expect(await ana.participant.setNickname('Loud Fox')).toMatchObject({ status: 200 });
  await sees(bob, 'ana', 'Loud Fox');
  await ana.participant.send('hi');
  expect((await bob.events.next('message'))[0].nickname).toBe('Loud Fox');
});

test('7701-7.1-08: one that is taken is refused with 425, however it is written', async () => {
  const room = server.newRoom();
  await server.join(room, 'ana', { nick: 'Älice' });
  const bob = await server.join(room, 'bob', { nick: 'Bob' });
  for (const name of ['Älice', 'älice', ' ÄLICE ', 'A\u0308lice']) {
    expect(await bob.participant.setNickname(name)).toMatchObject({ status: 425 });
  }
  expect(bob.participant.nickname).toBe('Bob');
  await expect(server.join(room, 'carla', { nick: 'alice ' })).resolves.toBeDefined();
  await expect(server.join(room, 'dora', { nick: 'BOB' })).rejects.toMatchObject({
    code: 'CHAT_ERR_NICKNAME_REFUSED',
    msrpStatus: 425,
  });
});

test('7701-7.2-01: the same name may be had in another room', async () => {
  await server.join(server.newRoom(), 'ana', { nick: 'Fox' });
  const bob = await server.join(server.newRoom(), 'bob', { nick: 'Fox' });
  expect(bob.participant.nickname).toBe('Fox');
});

test('7701-7.3-01: removal; 7701-11-04: then still held for whom had it', async () => {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  await ana.participant.setNickname('Fox');
  await sees(bob, 'ana', 'Fox');
  expect(await ana.participant.setNickname('')).toMatchObject({ status: 200 });
  await sees(bob, 'ana', undefined);
  expect(await bob.participant.setNickname('fox')).toMatchObject({ status: 425 });
  expect(await ana.participant.setNickname('Fox')).toMatchObject({ status: 200 });
});

test('7701-11-04: after leaving it is held for others, and free after five minutes', async () => {
  const clock = new ManualClock();
  const timed = await ServerUnderTest.start({ clock });
  try {
    const room = timed.newRoom();
    const bob = await timed.join(room, 'bob');
    const ana = await timed.join(room, 'ana', { nick: 'Fox' });
    await ana.participant.leave();
    expect(await bob.participant.setNickname('Fox')).toMatchObject({ status: 425 });

    clock.advance(300_001);
    expect(await bob.participant.setNickname('Fox')).toMatchObject({ status: 200 });
  } finally {
    await timed.close();
  }
});

test('reserved words are nobody’s', async () => {
  const { participant } = await server.join(server.newRoom(), 'ana');
  expect(await participant.setNickname('Admin')).toMatchObject({ status: 425 });
});

test('7701-7.1-06: malformed is 424, missing is 400, the session lives on', async () => {
  const caller = await Caller.join(server, server.newRoom());
  const nickname = async (tid: string, ...headers: string[]) => {
    const head = [`MSRP ${tid} NICKNAME`, `To-Path: ${caller.roomPath}`, `From-Path: ${caller.path}`, ...headers];
    caller.msrp.write(`${head.join('\r\n')}\r\n-------${tid}$\r\n`);
    return caller.msrp.frameOf(/^\d/);
  };
  expect(await nickname('nick1', 'Use-Nickname: unquoted')).toMatchObject({ tid: 'nick1', what: '424' });
  expect(await nickname('nick2', 'Use-Nickname: "open')).toMatchObject({ what: '424' });
  expect(await nickname('nick3')).toMatchObject({ what: '400' });
  expect(await nickname('nick4', 'Use-Nickname: "Fox"')).toMatchObject({ what: '200' });
});

test('7701-7.1-05: a room without nicknames says 403 and does not announce them', async () => {
  const plain = await ServerUnderTest.start({ rooms: { defaults: { allowNicknames: false } } });
  try {
    const caller = await Caller.join(plain, 'sip:r@localhost');
    expect(caller.response.body.toString()).toContain('a=chatroom:private-messages\r\n');
    caller.msrp.write(
      `MSRP nick1 NICKNAME\r\nTo-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}\r\nUse-Nickname: "A"\r\n-------nick1$\r\n`,
    );
    expect(await caller.msrp.frameOf(/^\d/)).toMatchObject({ what: '403' });
  } finally {
    await plain.close();
  }
});

test('7701-7.1-10: in the scope of a domain a nickname is one user’s in all its rooms, who may have it in each', async () => {
  const domain = await ServerUnderTest.start({ rooms: { defaults: { nicknameScope: 'domain' } } });
  try {
    const [one, other, elsewhere] = [domain.newRoom(), domain.newRoom(), domain.newRoom('conf.example.com')];
    await domain.join(one, 'ana', { nick: 'Fox' });
    const bob = await domain.join(other, 'bob', { nick: 'Owl' });
    expect(await bob.participant.setNickname('fox')).toMatchObject({ status: 425 });
    expect(bob.participant.nickname).toBe('Owl');
    const again = await domain.join(other, 'ana', { nick: 'Fox' });
    await sees(bob, 'ana', 'Fox');
    await again.participant.leave();
    expect(await bob.participant.setNickname('Fox')).toMatchObject({ status: 425 });
    expect((await domain.join(elsewhere, 'bob', { nick: 'Fox' })).participant.nickname).toBe('Fox');
  } finally {
    await domain.close();
  }
});

test('7701-7.1-14: what looks like the nickname of another is refused where that is wanted', async () => {
  const careful = await ServerUnderTest.start({ rooms: { defaults: { refuseConfusableNicknames: true } } });
  try {
    const room = careful.newRoom();
    await careful.join(room, 'ana', { nick: 'BOY' });
    const bob = await careful.join(room, 'bob');
    for (const name of ['B0Y', 'b\u043ey', '\u0430dmin']) {
      expect(await bob.participant.setNickname(name)).toMatchObject({ status: 425 });
    }
    expect(await bob.participant.setNickname('TOY')).toMatchObject({ status: 200 });
  } finally {
    await careful.close();
  }
});

test('7701-11-02: who changes too often is refused with 403 and keeps the last one', async () => {
  const clock = new ManualClock();
  const calm = await ServerUnderTest.start({ clock, rooms: { defaults: { nicknameChangesPerMinute: 2 } } });
  try {
    const { participant } = await calm.join(calm.newRoom(), 'ana', { nick: 'One' });
    expect(await participant.setNickname('Two')).toMatchObject({ status: 200 });
    expect(await participant.setNickname('Three')).toMatchObject({ status: 403 });
    expect(await participant.setNickname('Two')).toMatchObject({ status: 200 });
    clock.advance(30_000);
    expect(await participant.setNickname('Three')).toMatchObject({ status: 200 });
  } finally {
    await calm.close();
  }
});

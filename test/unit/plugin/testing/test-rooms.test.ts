import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createTestRooms,
  ManualClock,
  type TestRooms,
  type TestRoomsOptions,
} from '../../../../plugin/testing/index.js';

/** Sockets, of any kind, that this process has open. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => /TCP|UDP|Pipe.*Server/.test(name)).length;

describe('createTestRooms', () => {
  let kit: TestRooms;
  const start = async (options?: TestRoomsOptions): Promise<TestRooms> => {
    kit = await createTestRooms(options);
    return kit;
  };

  afterEach(() => kit.close());

  test('participants of a room read what one of them writes, and the program what all do', async () => {
    const { rooms } = await start();
    const seen: unknown[] = [];
    rooms.on('message', (room, { from, text }) => seen.push([room.name, from, text]));
    const ana = await kit.join('lobby', { nick: 'ana' });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    expect(await ana.participant.send('hello')).toMatchObject({ status: 200 });
    const [message] = await bruno.events.next('message');
    expect(message).toMatchObject({ text: 'hello', from: 'sip:ana@localhost', private: false });
    expect(seen).toEqual([['lobby', 'sip:ana@localhost', 'hello']]);
    await rooms.in('lobby').send('from the room');
    await ana.events.next('message', ({ text }) => text === 'from the room');
  });

  test('opens no socket and needs no port: two servers stand side by side', async () => {
    const before = sockets();
    const first = await start({ domain: 'one.example' });
    const second = await createTestRooms({ domain: 'two.example' });
    try {
      await first.join('lobby', { nick: 'ana' });
      const { participant } = await second.join('lobby', { nick: 'ana' });
      expect(participant.uri).toBe('sip:ana@two.example');
      expect([first.rooms.stats.participants, second.rooms.stats.participants]).toEqual([1, 1]);
      expect(sockets()).toBe(before);
    } finally {
      await second.close();
    }
  });

  test('a message far above what a stream takes at once arrives whole', async () => {
    await start();
    const ana = await kit.join('lobby', { nick: 'ana' });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    const large = 'a long story '.repeat(100_000);
    await ana.participant.send(large);
    const [message] = await bruno.events.next('message');
    expect(message.text === large).toBe(true);
  });

  test('the roster, private messages, nicknames and kicks are those of the real rooms', async () => {
    const clock = new ManualClock();
    const { rooms } = await start({ clock });
    const ana = await kit.join('lobby', { nick: 'ana' });
    await expect(kit.join('lobby', { uri: 'sip:eva@localhost', nick: 'ana' })).rejects.toMatchObject({
      code: 'CHAT_ERR_NICKNAME_REFUSED',
    });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    // Rosters are told once a second.
    await clock.passUntil(ana.events.next('join', ({ nickname }) => nickname === 'bruno'));
    await ana.participant.sendPrivate('sip:bruno@localhost', 'for you');
    await bruno.events.next('message', (message) => message.private && message.text === 'for you');
    await rooms.room('lobby')?.participants.get('sip:bruno@localhost')?.kick('enough');
    const [end] = await bruno.events.next('ended');
    expect(end.kind).toBe('removed');
  });

  test('time passes when the test says so', async () => {
    const clock = new ManualClock();
    const { rooms } = await start({ clock });
    const { participant } = await kit.join('lobby', { nick: 'ana' });
    await rooms.room('lobby')?.participants.get('sip:ana@localhost')?.mute(600_000);
    expect(await participant.send('may I?')).toMatchObject({ status: 403 });
    clock.advance(600_001);
    expect(await participant.send('and now?')).toMatchObject({ status: 200 });
  });

  test('a process that is busy is no reason to refuse anybody', async () => {
    const clock = new ManualClock();
    const { rooms } = await start({ clock, limits: { maxLoopDelay: 20 } });
    const lateness = monitorEventLoopDelay({ resolution: 10 });
    lateness.enable();
    while (lateness.count === 0) await nextTurn();
    const end = performance.now() + 200;
    while (performance.now() < end);
    // Who looks at the process sees it.
    while (lateness.max < 100e6) await nextTurn();
    lateness.disable();
    clock.advance(1_000);
    expect(rooms.stats.load).toMatchObject({ level: 'none', delay: { mean: 0, p99: 0, max: 0 } });
    await kit.join('lobby');
  });

  test('handlers of the application are asked; a wrong password is refused', async () => {
    const users: Record<string, { password: string }> = { ana: { password: 'secret' } };
    await start({ auth: 'digest', digest: { lookup: (user) => users[user] ?? null } });
    await expect(kit.join('lobby', { nick: 'ana', password: 'wrong' })).rejects.toMatchObject({
      code: 'CHAT_ERR_JOIN_REFUSED',
    });
    const { participant } = await kit.join('lobby', { nick: 'ana', password: 'secret' });
    expect(participant.nickname).toBe('ana');
  });

  test('requests that are not for a room go to the application, again and again', async () => {
    const { srf } = await start({ domain: 'chat.example' });
    const asked: string[] = [];
    srf.use('invite', (req, res, next) => {
      asked.push(req.uri);
      if (req.uri.includes('nobody')) next();
      else res.send(486);
    });
    const statusOf = (uri: string): Promise<unknown> =>
      kit.join(uri).then(
        () => 200,
        (error: { sipStatus?: number }) => error.sipStatus,
      );
    expect(await statusOf('sip:phone@elsewhere.example')).toBe(486);
    // drachtio-srf answers what nobody takes, and ends the connection of a server that opens one for each request.
    expect(await statusOf('sip:nobody@elsewhere.example')).toBe(404);
    expect(await statusOf('sip:phone@elsewhere.example')).toBe(486);
    expect(asked).toHaveLength(3);
    await kit.join('lobby');
  });

  test('close lets everybody leave and leaves nothing behind', async () => {
    const before = { files: readdirSync('.').length, sockets: sockets() };
    const left: string[] = [];
    const clock = new ManualClock();
    const { rooms } = await start({ clock });
    rooms.on('leave', (_room, { uri }) => left.push(uri));
    await kit.join('lobby', { nick: 'ana' });
    await kit.join('other', { nick: 'bruno' });
    await kit.close();
    await nextTurn();
    expect(left.toSorted()).toEqual(['sip:ana@localhost', 'sip:bruno@localhost']);
    expect(clock.pending).toBe(0);
    expect({ files: readdirSync('.').length, sockets: sockets() }).toEqual(before);
    await expect(kit.join('lobby')).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
  });

  test('a wrong option is named', async () => {
    await start();
    const wrong = { rooms: { create: 'somebody' } } as unknown as TestRoomsOptions;
    await expect(createTestRooms(wrong)).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
  });
});

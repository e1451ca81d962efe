import { writeFile } from 'node:fs/promises';
import {
  createTestRooms,
  ManualClock,
  type TestRooms,
  type TestRoomsOptions,
} from '../../../../plugin/testing/index.js';
import type { ChatroomsOptions } from '../../../../plugin/index.js';
import type { TestParticipant } from '../../../../lib/client/testing.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';

let kit: TestRooms;
let given: TestRoomsOptions;

const start = async (options: TestRoomsOptions = {}): Promise<TestRooms> => {
  given = options;
  kit = await createTestRooms(options);
  return kit;
};

/** As `start` had it, with these options instead. */
const reload = ({ msrp, limits, ...options }: ChatroomsOptions): ReturnType<TestRooms['rooms']['reload']> => {
  const { clock: _clock, locals: _locals, ...before } = given;
  const own = { maxSpoolBytes: 0, ...limits };
  return kit.rooms.reload({ ...before, ...options, limits: own, msrp: { ...msrp, listen: '127.0.0.1:2855' } });
};

afterEach(async () => {
  await kit.close();
  await removeFiles();
});

/** What a message is answered. */
const send = async ({ participant }: TestParticipant, text = 'hello'): Promise<number> => {
  try {
    return (await participant.send(text)).status;
  } catch (error) {
    return (error as { msrpStatus: number }).msrpStatus;
  }
};

const refusal = (join: Promise<unknown>): Promise<number | undefined> =>
  join.then(
    () => undefined,
    (error: { sipStatus: number }) => error.sipStatus,
  );

describe('limits', () => {
  test('maxParticipants: nobody is sent away, and the next is refused; without it the default holds again', async () => {
    await start();
    const [ana, ben] = [await kit.join('lobby', { nick: 'ana' }), await kit.join('lobby', { nick: 'ben' })];
    expect((await reload({ limits: { maxParticipants: 1 } })).applied).toContain('limits.maxParticipants');
    expect(await refusal(kit.join('lobby', { nick: 'eve' }))).toBe(486);
    expect(await send(ana)).toBe(200);
    await ben.events.next('message');
    await reload({});
    expect(await refusal(kit.join('lobby', { nick: 'eve' }))).toBeUndefined();
  });

  test('maxRooms and maxBans', async () => {
    await start();
    await reload({ limits: { maxRooms: 1, maxBans: 1 } });
    const room = await kit.rooms.create('one');
    await expect(kit.rooms.create('two')).rejects.toMatchObject({ code: 'CHAT_ERR_TOO_MANY_ROOMS' });
    await room.ban('sip:eve@localhost');
    await expect(room.ban('sip:mal@localhost')).rejects.toThrow();
    await reload({ limits: { maxBans: 2 } });
    await room.ban('sip:mal@localhost');
  });

  test('messagesPerSecond: who was as fast as he could is held back, then faster, then free', async () => {
    const clock = new ManualClock();
    await start({ clock });
    const ana = await kit.join('lobby', { nick: 'ana' });
    const statuses = async (count: number): Promise<number[]> => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push(await send(ana));
      return all;
    };
    await reload({ limits: { messagesPerSecond: 1, messageBurst: 1 } });
    expect(await statuses(2)).toEqual([200, 413]);
    clock.advance(1000);
    await reload({ limits: { messagesPerSecond: 2, messageBurst: 2 } });
    // What he had saved at the old rate is not more at the new one.
    expect(await statuses(2)).toEqual([200, 413]);
    clock.advance(1000);
    expect(await statuses(3)).toEqual([200, 200, 413]);
    await reload({});
    clock.advance(1);
    expect(await statuses(5)).toEqual([200, 200, 200, 200, 200]);
  });

  test('maxMessageSize, of sessions there are', async () => {
    await start();
    const ana = await kit.join('lobby', { nick: 'ana' });
    expect(await send(ana, 'x'.repeat(5000))).toBe(200);
    await reload({ limits: { maxMessageSize: 1000 } });
    expect(await send(ana, 'x'.repeat(5000))).toBe(413);
    expect(await send(ana, 'x'.repeat(500))).toBe(200);
  });

  test('joinsPerSecond', async () => {
    await start();
    await reload({ limits: { joinsPerSecond: 0.001, joinBurst: 1 } });
    await kit.join('lobby', { nick: 'ana' });
    expect(await refusal(kit.join('lobby', { nick: 'ben' }))).toBe(503);
    await reload({ trustedPeers: ['127.0.0.1'], limits: { joinsPerSecond: 0.001, joinBurst: 1 } });
    expect(await refusal(kit.join('lobby', { nick: 'ben' }))).toBeUndefined();
  });

  test('maxConnections', async () => {
    await start();
    await kit.join('lobby', { nick: 'ana' });
    await reload({ limits: { maxConnections: 1 } });
    await expect(kit.join('lobby', { nick: 'ben' })).rejects.toThrow();
    await reload({});
    await kit.join('lobby', { nick: 'ben' });
  });
});

const config = (name: string): object | undefined => kit.rooms.room(name)?.config;

describe('rooms', () => {
  test('a new one is made; one that somebody made before becomes it', async () => {
    await start({ rooms: { static: { lobby: {} } } });
    await kit.join('cellar', { nick: 'ana' });
    const { applied } = await reload({
      rooms: { static: { lobby: {}, attic: { title: 'Attic' }, cellar: { subject: 'Wine' } } },
    });
    expect(applied).toEqual(['rooms.static.attic', 'rooms.static.cellar']);
    expect(config('attic')).toMatchObject({ title: 'Attic', deletion: 'never' });
    expect(config('cellar')).toMatchObject({ subject: 'Wine', deletion: 'never' });
  });

  test('of one there is what the file says otherwise changes, and the rest stays as moderators left it', async () => {
    await start({ rooms: { static: { lobby: { subject: 'One', locked: false, roster: { full: 9 } } } } });
    const room = kit.rooms.room('lobby');
    await room?.configure({ locked: true, title: 'By hand', subject: 'By hand' });
    await reload({ rooms: { static: { lobby: { subject: 'Two', locked: false, roster: { full: 10 } } } } });
    expect(config('lobby')).toMatchObject({
      subject: 'Two',
      locked: true,
      title: 'By hand',
      roster: { full: 10, speakers: 20 },
    });
    // What it says no more has its default again.
    await reload({ rooms: { static: { lobby: {} } } });
    expect(config('lobby')).toMatchObject({ subject: '', locked: true, title: 'By hand', roster: { full: 500 } });
  });

  test('one that is no more in the file stays as it is, until nobody is in it', async () => {
    await start({ rooms: { static: { lobby: { subject: 'Kept' }, empty: {}, always: { deletion: 'never' } } } });
    const ana = await kit.join('lobby', { nick: 'ana' });
    const nextClosed = (): Promise<unknown> => new Promise((resolve) => kit.rooms.once('roomClosed', resolve));
    const first = nextClosed();
    await reload({ rooms: {} });
    expect(await first).toMatchObject({ name: 'empty' });
    expect(config('lobby')).toMatchObject({ subject: 'Kept', deletion: 'empty' });
    expect([...kit.rooms.rooms.keys()].toSorted()).toEqual(['sip:always@localhost', 'sip:lobby@localhost']);
    const closed = nextClosed();
    await ana.participant.leave();
    await closed;
    expect(kit.rooms.room('lobby')).toBeUndefined();
  });

  test('defaults: rooms that say nothing of it follow, and those that do not stay', async () => {
    await start({ rooms: { defaults: { kickBan: 1 }, static: { lobby: { kickBan: 5 } } } });
    const own = await kit.rooms.create('own');
    await kit.rooms.create('other', { kickBan: 7 });
    await reload({ rooms: { defaults: { kickBan: 2 }, static: { lobby: { kickBan: 5 } } } });
    expect([own.config.kickBan, config('other'), config('lobby')]).toMatchObject([2, { kickBan: 7 }, { kickBan: 5 }]);
    expect((await kit.rooms.create('new')).config.kickBan).toBe(2);
  });

  test('two exchange their aliases', async () => {
    await start({ rooms: { static: { a: { aliases: ['8000'] }, b: { aliases: ['8001'] } } } });
    await reload({ rooms: { static: { a: { aliases: ['8001'] }, b: { aliases: ['8000'] } } } });
    expect([kit.rooms.room('8000')?.name, kit.rooms.room('8001')?.name]).toEqual(['b', 'a']);
  });

  test('create: nobody', async () => {
    await start();
    await reload({ rooms: { create: 'nobody' } });
    expect(await refusal(kit.join('lobby', { nick: 'ana' }))).toBe(404);
  });
});

const nothing = async (wrong: ChatroomsOptions, code: string): Promise<void> => {
  const rooms = [...kit.rooms.rooms.keys()];
  await expect(reload({ limits: { maxParticipants: 1 }, ...wrong })).rejects.toMatchObject({ code });
  expect([...kit.rooms.rooms.keys()]).toEqual(rooms);
  await kit.join('lobby', { nick: 'ana' });
  expect(await refusal(kit.join('lobby', { nick: 'ben' }))).toBeUndefined();
};

describe('all or nothing', () => {
  test.each<[string, ChatroomsOptions]>([
    ['CHAT_ERR_OPTION', { limits: { maxRooms: 0 } }],
    ['CHAT_ERR_OPTION', { rooms: { static: { lobby: { tls: 'required' } } } }],
    ['CHAT_ERR_ROOM_URI', { rooms: { static: { '': {} } } }],
    ['CHAT_ERR_ROOM_DOMAIN', { rooms: { static: { 'sip:attic@elsewhere.example': {} } } }],
    ['CHAT_ERR_ROOM_EXISTS', { rooms: { static: { attic: {}, lobby: { aliases: ['attic'] } } } }],
    ['CHAT_ERR_TOO_MANY_ROOMS', { limits: { maxRooms: 1 }, rooms: { static: { lobby: {}, a: {}, b: {} } } }],
    ['CHAT_ERR_CREDENTIAL_SOURCE', { digest: { file: '/nowhere/at/all' }, rooms: { static: { attic: {} } } }],
  ])('%s', async (code, wrong) => {
    await start({ rooms: { static: { lobby: {} } } });
    await nothing(wrong, code);
  });

  test('what is only wrong with what cannot change', async () => {
    await start();
    // TLS would have to be listened for, which needs a restart.
    await nothing(
      { msrp: { tls: { listen: '127.0.0.1:0' } }, rooms: { static: { lobby: { tls: 'required' } } } },
      'CHAT_ERR_OPTION',
    );
  });

  test('not while it stops', async () => {
    await start();
    await kit.rooms.close();
    await expect(reload({})).rejects.toMatchObject({ code: 'CHAT_ERR_DRAINING' });
  });
});

const refuse = (): never => {
  throw Object.assign(new Error('no'), { sipStatus: 403, msrpStatus: 400 });
};

describe('who may', () => {
  test('digest: other users, and a nonce that is out stays good', async () => {
    const [first, second] = [await fileWith('ana:one'), await fileWith('ana:two\nben:two')];
    await start({ auth: 'digest', digest: { file: first } });
    await kit.join('lobby', { nick: 'ana', password: 'one' });
    expect((await reload({ digest: { file: second } })).applied).toEqual(['digest.file']);
    expect(await refusal(kit.join('lobby', { nick: 'ana', password: 'one' }))).toBeDefined();
    await kit.join('lobby', { nick: 'ben', password: 'two' });
    // Also from then on a change of the file counts at once.
    await writeFile(second, 'ben:three');
    await kit.join('lobby', { uri: 'sip:ben@localhost', nick: 'ben2', username: 'ben', password: 'three' });
  });

  test('handlers given anew, and taken away', async () => {
    await start();
    const ana = await kit.join('lobby', { nick: 'ana' });
    const { applied } = await reload({ authorizeJoin: refuse, authorizeMessage: refuse });
    expect(applied).toEqual(['authorizeJoin', 'authorizeMessage']);
    expect(await refusal(kit.join('lobby', { nick: 'ben' }))).toBe(403);
    expect(await send(ana)).toBe(400);
    await reload({});
    await kit.join('lobby', { nick: 'ben' });
    expect(await send(ana)).toBe(200);
  });
});

test('what needs a restart stays as it was, and is told each time', async () => {
  await start({ contactHost: 'domain' });
  const restart = [{ option: 'contactHost', why: 'dialogs that are up were made with it' }];
  expect(await reload({ contactHost: 'address' })).toEqual({ applied: [], restart });
  expect(await reload({ contactHost: 'address' })).toEqual({ applied: [], restart });
  expect(await reload({})).toEqual({ applied: [], restart: [] });
});

test('reloads come one after the other', async () => {
  await start();
  const limits = [1, 2, 3].map((maxParticipants) => reload({ limits: { maxParticipants } }));
  await expect(reload({ limits: { maxRooms: 0 } })).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
  await Promise.all(limits);
  for (const nick of ['ana', 'ben', 'cleo']) await kit.join('lobby', { nick });
  expect(await refusal(kit.join('lobby', { nick: 'dan' }))).toBe(486);
});

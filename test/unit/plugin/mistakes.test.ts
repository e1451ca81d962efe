/** What the mistakes of a program do: the rooms go on, and whoever made one hears of it. */
import Srf from 'drachtio-srf';
import { type ChatroomsOptions, chatrooms, type Room, webhooks } from '../../../plugin/index.js';
import { createTestRooms, ManualClock, type TestRooms } from '../../../plugin/testing/index.js';

const lines: { line: string; fields: object }[] = [];
const keep = (fields: object, line = ''): void => void lines.push({ line, fields });
const logger = { debug: () => {}, info: keep, warn: keep, error: keep };
const told = (line: string): object[] => lines.filter((each) => each.line === line).map(({ fields }) => fields);

let kit: TestRooms;

const start = async (options: ChatroomsOptions = {}): Promise<TestRooms> => {
  kit = await createTestRooms({ logger, ...options });
  return kit;
};

beforeEach(() => lines.splice(0));
afterEach(() => kit.close());

const throws = (why: string) => () => {
  throw new Error(why);
};
const rejects = (why: string) => async () => {
  await Promise.resolve();
  throw new Error(why);
};

const existing = (name: string): Room => {
  const room = kit.rooms.room(name);
  if (!room) throw new Error(`no room ${name}`);
  return room;
};

describe('a listener that throws', () => {
  test('keeps the event from no other, of the room or of the server, and is logged with its stack', async () => {
    const { rooms } = await start();
    const heard: string[] = [];
    rooms.on('roomCreated', throws('created'));
    rooms.on('roomCreated', (room) => {
      room.on('join', throws('one'));
      room.on('join', () => heard.push('room'));
    });
    rooms.on('join', throws('two'));
    rooms.on('join', () => heard.push('server'));
    await kit.join('lobby');
    expect(heard).toEqual(['room', 'server']);
    expect(told('a listener failed')).toMatchObject([
      { who: 'listener of roomCreated', error: expect.stringContaining('Error: created') },
      { who: 'listener of join', error: expect.stringMatching(/Error: one\n +at /) },
      { who: 'listener of join', error: expect.stringContaining('Error: two') },
    ]);
  });

  test('is heard once when it asked for that', async () => {
    const { rooms } = await start();
    rooms.once('join', throws('once'));
    await kit.join('lobby', { nick: 'ana' });
    await kit.join('lobby', { nick: 'bruno' });
    expect(told('a listener failed')).toHaveLength(1);
  });

  test('does not keep drain and close from what they do', async () => {
    const { rooms } = await start();
    const { events } = await kit.join('lobby');
    rooms.on('draining', throws('draining'));
    await rooms.drain({ timeout: 1 });
    await rooms.close();
    await events.next('ended');
    expect(rooms.rooms.size).toBe(0);
  });

  test('does not keep listen from resolving', async () => {
    await start();
    const rooms = chatrooms({ logger, msrp: { listen: '127.0.0.1:0' } });
    rooms.on('listening', throws('listening'));
    await rooms.listen();
    await rooms.close();
  });

  test('does not keep room.close from resolving, and neither does the loss of all listeners', async () => {
    const { rooms } = await start();
    const [one, other] = [await rooms.create('one'), await rooms.create('other')];
    one.on('closed', throws('closed'));
    await one.close();
    const closed = other.close();
    other.removeAllListeners();
    await closed;
    expect(rooms.rooms.size).toBe(0);
  });
});

test('a listener whose promise rejects ends no process: it is logged', async () => {
  const { rooms } = await start();
  const listener: () => unknown = rejects('later');
  rooms.on('join', listener);
  await kit.join('lobby');
  expect(told('a listener failed')).toMatchObject([
    { who: 'listener of join', error: expect.stringContaining('Error: later') },
  ]);
});

test('without any logger a defect is a warning of the process, each once', async () => {
  await start();
  const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const quiet = await createTestRooms();
  try {
    quiet.rooms.on('join', throws('unheard'));
    await quiet.join('lobby', { nick: 'ana' });
    await quiet.join('lobby', { nick: 'bruno' });
    const unheard = expect.stringMatching(/^a listener failed: Error: unheard\n +at /);
    expect(warned.mock.calls).toEqual([[unheard, 'ChatroomsWarning']]);
  } finally {
    warned.mockRestore();
    await quiet.close();
  }
});

test('onAudit that rejects is logged, as one that throws', async () => {
  const { rooms } = await start({ onAudit: rejects('disk full') });
  await rooms.create('one');
  await existing('one').lock();
  await Promise.resolve();
  expect(told('onAudit failed')).toMatchObject([{ error: expect.stringContaining('disk full') }]);
});

test('a plugin that fails when nobody waits for it any more is logged', async () => {
  const { rooms } = await start();
  rooms.register(rejects('no database'));
  await new Promise(setImmediate);
  expect(told('a plugin failed')).toMatchObject([{ error: expect.stringContaining('no database') }]);
});

const join = (): Promise<unknown> => kit.join('lobby', { nick: 'ana' });

describe('a handler', () => {
  test('that throws by mistake refuses with 403, and the mistake is logged', async () => {
    const broken = undefined as unknown as { list: string[] };
    await start({ authorizeJoin: () => void broken.list.length });
    await expect(join()).rejects.toMatchObject({ sipStatus: 403 });
    expect(told('a handler failed')).toMatchObject([
      { who: 'authorizeJoin', error: expect.stringContaining('TypeError') },
    ]);
  });

  test('that gives false does not let pass: it is refused with 403, and logged as a mistake', async () => {
    await start({ authorizeJoin: (() => false) as never });
    await expect(join()).rejects.toMatchObject({ sipStatus: 403 });
    expect(told('a handler failed')).toMatchObject([
      { who: 'authorizeJoin', error: expect.stringContaining('has to throw where it refuses') },
    ]);
  });

  test.each(['authorizeMessage', 'preMessage'])(
    'of messages that gives false, %s, does not let pass',
    async (handler) => {
      await start({ [handler]: async () => Promise.resolve(false) });
      const { participant } = await kit.join('lobby', { nick: 'ana' });
      expect(await participant.send('hello')).toMatchObject({ status: 403 });
      expect(told('a handler of messages failed')).toMatchObject([
        { error: expect.stringContaining(`${handler} has to throw where it refuses`) },
      ]);
    },
  );

  test('that refuses is no mistake; what it says is in the log, and not told to who is refused', async () => {
    await start({ authorizeJoin: throws('ana owes us money') });
    const refused = await join().catch((error: unknown) => error);
    expect(refused).toMatchObject({ sipStatus: 403 });
    expect(String(refused)).not.toContain('owes');
    expect(told('a handler failed')).toEqual([]);
    expect(told('join refused')).toMatchObject([{ status: 403, cause: 'ana owes us money' }]);
  });

  test.each([
    ['a URI alone', 'sip:ana@localhost'],
    ['nothing in it', {}],
  ])('that gives for somebody %s: 500, and the log says what is missing', async (_what, given) => {
    await start({ authenticate: () => given as never });
    await expect(join()).rejects.toMatchObject({ sipStatus: 500 });
    expect(told('unexpected')).toMatchObject([{ error: expect.stringContaining('authenticate has to give') }]);
  });

  test('of messages that throws by mistake refuses with 403, and the mistake is logged', async () => {
    const broken = undefined as unknown as { list: string[] };
    await start({ preMessage: () => void broken.list.length });
    const { participant } = await kit.join('lobby');
    expect(await participant.send('hello')).toMatchObject({ status: 403 });
    const facts = { endpoint: expect.stringMatching(/^e\d+$/), room: 'sip:lobby@localhost' };
    expect(told('a handler of messages failed')).toMatchObject([
      { ...facts, error: expect.stringContaining('TypeError') },
    ]);
    expect(told('refused by a handler of messages')).toMatchObject([{ ...facts, status: 403 }]);
    expect(told('message refused')).toEqual([]);
  });

  test.each<[string, ChatroomsOptions]>([
    ['domain', { domain: () => new Promise<never>(() => {}) }],
    ['resolveRoom', { domain: 'other.example', resolveRoom: () => new Promise<never>(() => {}) }],
  ])('%s that never answers: 504 in time', async (_name, options) => {
    const clock = new ManualClock();
    kit = await createTestRooms({ logger, ...options, clock });
    const joining = kit.join('sip:lobby@localhost').catch((error: unknown) => error);
    // The handler is asked some turns of the event loop later.
    expect(await clock.passUntil(joining)).toMatchObject({ sipStatus: 504 });
  });

  test.each<[string, ChatroomsOptions]>([
    ['domain', { domain: () => undefined as unknown as null }],
    ['resolveRoom', { domain: 'other.example', resolveRoom: () => undefined as unknown as null }],
  ])('%s that gives nothing means: not ours', async (_name, options) => {
    await start(options);
    const passed: string[] = [];
    kit.srf.invite((_req, res) => {
      passed.push('invite');
      res.send(480);
    });
    await expect(kit.join('sip:lobby@localhost')).rejects.toMatchObject({ sipStatus: 480 });
    expect(passed).toEqual(['invite']);
  });
});

describe('too late', () => {
  test('a room that was closed writes to nobody, whoever has its name by now', async () => {
    const { rooms } = await start();
    const before = await rooms.create('lobby');
    const { participant } = await kit.join('lobby', { nick: 'ana' });
    const ana = before.find('ana');
    await before.close();
    await rooms.create('lobby');
    const { events } = await kit.join('lobby', { nick: 'ana' });
    await expect(before.send('to the old room')).resolves.toBe(0);
    await expect(ana?.send('to her who was there')).resolves.toBe(0);
    await expect(existing('lobby').send('to the new one')).resolves.toBe(1);
    const [message] = await events.next('message');
    expect(message.text).toBe('to the new one');
    await participant.leave();
  });

  test('what was closed opens nothing again', async () => {
    const { rooms } = await start();
    await rooms.close();
    const stopping = { code: 'CHAT_ERR_DRAINING' };
    await expect(rooms.create('lobby')).rejects.toMatchObject(stopping);
    await expect(rooms.listen()).rejects.toMatchObject(stopping);
    await expect(rooms.attach(kit.srf)).rejects.toMatchObject(stopping);
    rooms.userOnline('sip:ana@localhost');
    expect(rooms.online.size).toBe(0);
    await rooms.close();
  });
});

describe('what is no argument', () => {
  test('of webhooks: nobody listens for receivers there cannot be', async () => {
    const { rooms } = await start();
    const before = rooms.listenerCount('join');
    expect(() => webhooks(rooms, { url: 'http://127.0.0.1/' } as never)).toThrow('webhooks.secret');
    expect(rooms.listenerCount('join')).toBe(before);
  });

  test('of webhooks without the rooms, and of register without a function', async () => {
    const { rooms } = await start();
    const usage = expect.objectContaining({ code: 'CHAT_ERR_USAGE' });
    expect(() => webhooks({ url: 'http://127.0.0.1/', secret: 's' } as never, [])).toThrow(usage);
    expect(() => webhooks(undefined as never, [])).toThrow(usage);
    expect(() => rooms.register({ quizBot: () => {} } as never)).toThrow(usage);
  });

  test('of webhooks: an option there is not is named, with what was meant', async () => {
    const { rooms } = await start();
    const receiver = { url: 'http://127.0.0.1/', secret: 's', evnts: ['join'] };
    expect(() => webhooks(rooms, receiver as never)).toThrow('no option webhooks.evnts; did you mean "events"?');
  });

  test('of reload and configure: nothing at all', async () => {
    const { rooms } = await start();
    const room = await rooms.create('lobby');
    const option = expect.objectContaining({ code: 'CHAT_ERR_OPTION', message: expect.stringContaining('object') });
    await expect(rooms.reload(undefined as never)).rejects.toEqual(option);
    await expect(rooms.reload(null as never)).rejects.toEqual(option);
    await expect(room.configure(undefined as never)).rejects.toEqual(option);
  });

  test('of setRole: he stays what he was', async () => {
    await start();
    await kit.join('lobby', { nick: 'ana' });
    const ana = existing('lobby').find('ana');
    const before = ana?.role;
    await expect(ana?.setRole('king' as never)).rejects.toMatchObject({
      code: 'CHAT_ERR_OPTION',
      message: 'There is no role "king"; there are owner, moderator, participant, visitor.',
    });
    expect(ana?.role).toBe(before);
  });

  test('of what is sent: neither a text nor a content type', async () => {
    await start();
    const { participant } = await kit.join('lobby', { nick: 'ana' });
    await expect(participant.send(5 as never)).rejects.toMatchObject({
      code: 'CHAT_ERR_USAGE',
      message: expect.stringContaining('of type number'),
    });
    await expect(existing('lobby').send('x', { contentType: 'html' })).rejects.toMatchObject({
      code: 'CHAT_ERR_CPIM_ARGUMENT',
      message: '"html" is no content type; write it like text/html.',
    });
  });

  test('of chatrooms and attach', async () => {
    const { rooms } = await start();
    expect(() => chatrooms(null as never)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION' }));
    expect(() => chatrooms('lobby' as never)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION' }));
    await expect(rooms.attach(undefined as never)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
    await expect(rooms.attach(Srf as never)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });

  test('of a room: nobody is banned until no date, and nothing is written that is no text', async () => {
    const { rooms } = await start();
    const room = await rooms.create('lobby');
    for (const until of [new Date('tomorrow'), '2030-01-01' as never]) {
      await expect(room.ban('sip:ana@localhost', { until })).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
    }
    expect(room.bans).toEqual([]);
    await expect(room.send(5 as never)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });
});

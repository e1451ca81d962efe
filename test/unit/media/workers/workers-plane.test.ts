import type { Verdict } from '../../../../lib/focus-switch.js';
import { request } from '../../../support/msrp-frames.js';
import { cpim, endpoint, OPEN_RULES, ROOM } from '../../../support/switch-world.js';
import { type Guest, turns, until, WorkersStage } from '../../../support/workers-stage.js';

let stage: WorkersStage;

beforeEach(async () => {
  stage = await WorkersStage.start();
});
afterEach(() => stage.close());

const body = async ({ peer }: Guest): Promise<string> => (await peer.frameOf('SEND')).body ?? '';

/** One of a message of the room itself. */
const notice = (text: string): Buffer =>
  Buffer.from(`From: <${ROOM}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`);

/** Everybody at each of the two workers, in the order in which they join. */
async function four(): Promise<Guest[]> {
  const guests: Guest[] = [];
  for (const id of ['ana#1', 'ben#1', 'cleo#1', 'dan#1']) guests.push(await stage.join(id));
  return guests;
}

describe('placement', () => {
  test('the participants of a room are spread first, then all', async () => {
    const [ana, ben, cleo, dan] = await four();
    const ports = [ana, ben, cleo, dan].map(({ media }) => stage.portOf(media));
    expect(ports[0]).not.toBe(ports[1]);
    expect(new Set(ports.slice(2))).toEqual(new Set(ports.slice(0, 2)));
  });

  test('places given away count before anybody takes them, for a second', () => {
    const given = [1, 2, 3, 4].map(() => stage.plane.ends(ROOM).tcp?.port);
    expect(new Set(given.slice(0, 2)).size).toBe(2);
    expect(given.filter((port) => port === given[0])).toHaveLength(2);
    const [first] = given;
    stage.plane.control.addEndpoint(stage.media('ana#1', {}, stage.plane.ends(ROOM).tcp));
    stage.clock.advance(1_001);
    expect(stage.plane.ends(ROOM).tcp?.port).not.toBe(first);
  });

  test('ends serve as long as their worker does', async () => {
    const ends = stage.plane.ends(ROOM);
    expect(stage.plane.moved(ROOM, ends)).toBeNull();
    stage.threads[0].end();
    stage.threads[1].end();
    await until(() => stage.log.filter(({ message }) => message === 'worker ended').length === 2);
    expect(stage.plane.moved(ROOM, ends)).toBeNull();
    expect(() => stage.plane.ends(ROOM)).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_NO_WORKER', sipStatus: 503 }),
    );
  });
});

describe('messages', () => {
  test('7701-6.1-05 cross to the other worker, and are counted by neither twice', async () => {
    const [ana, ...others] = await four();
    ana.peer.send(cpim('ana', ROOM, 'hello'));
    for (const other of others) expect(await body(other)).toContain('hello');
    await turns(5);
    for (const { peer } of others) expect(peer.untaken.filter(({ what }) => what === 'SEND')).toEqual([]);
  });

  test('of the room go to those who are chosen, hear, and take the type; how many is known at once', async () => {
    const [ana, ben, cleo] = await four();
    const { control } = stage.plane;
    const deaf = { ...cleo.media, session: { ...cleo.media.session, direction: 'recvonly' as const } };
    control.updateEndpoint(deaf);
    expect(control.send(ROOM, notice('for some'), ({ id }) => id !== 'dan#1')).toBe(2);
    for (const guest of [ana, ben]) expect(await body(guest)).toContain('for some');
    control.tell('ben#1', notice('for ben'));
    expect(await body(ben)).toContain('for ben');
    expect(control.send('sip:elsewhere@chat.example', notice('x'), () => true)).toBe(0);
    expect(() => control.send(ROOM, Buffer.from('nonsense'), () => true)).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_CPIM_ARGUMENT' }),
    );
  });

  test('are shown to who watches, and cross for nobody else', async () => {
    const [ana, ben] = await four();
    stage.plane.control.watch(true);
    ana.peer.send(cpim('ana', ROOM, 'seen'));
    await until(() => stage.focus.seen.length === 1);
    expect(stage.focus.seen[0]).toMatchObject({ room: ROOM, endpoint: 'ana#1', to: null });
    expect(stage.focus.seen[0].body?.toString()).toBe(cpim('ana', ROOM, 'seen'));
    stage.plane.control.watch(false);
    await body(ben);
    ana.peer.send(cpim('ana', ROOM, 'unseen'));
    expect(await body(ben)).toContain('unseen');
    await turns(5);
    expect(stage.focus.seen).toHaveLength(1);
  });

  test('who spoke is told once and at once, then every 200 ms', async () => {
    const [ana, ben] = await four();
    for (const text of ['1', '2', '3']) {
      ana.peer.send(cpim('ana', ROOM, text));
      expect(await body(ben)).toContain(text);
    }
    await until(() => stage.focus.spoken.length > 0);
    await turns(5);
    expect(stage.focus.spoken).toEqual(['ana#1']);
    stage.clock.advance(200);
    await until(() => stage.focus.spoken.length > 1);
    expect(stage.focus.spoken).toEqual(['ana#1', 'ana#1']);
  });
});

describe('what is asked', () => {
  test('7701-7.1-09 the status of a NICKNAME comes from the focus', async () => {
    const [ana] = await four();
    stage.focus.nickname = () => 425;
    const lines = ['MSRP nick1 NICKNAME', `To-Path: ${ana.peer.peer}`, `From-Path: ${ana.peer.path}`];
    ana.peer.write(`${[...lines, 'Use-Nickname: "Fox"'].join('\r\n')}\r\n-------nick1$\r\n`);
    expect((await ana.peer.frameOf(/^\d/)).what).toBe('425');
  });

  test('JOIN-15 what is said at the door reaches the focus and nobody else', async () => {
    const [, ben] = await four();
    const heard: string[] = [];
    Object.assign(stage.focus, { knock: (id: string, text: string) => heard.push(`${id} ${text}`) && 200 });
    const eve = await stage.join('eve#1', { atDoor: true });
    eve.peer.send(cpim('eve', ROOM, 'sesame'));
    expect((await eve.peer.frameOf(/^\d/)).what).toBe('200');
    expect(heard).toEqual(['eve#1 sesame']);
    expect(ben.peer.untaken.filter(({ what }) => what === 'SEND')).toEqual([]);
  });

  describe('a verdict', () => {
    let verdict: Verdict | Promise<Verdict>;

    beforeEach(async () => {
      await stage.close();
      stage = new WorkersStage();
      stage.focus.gate = {
        everywhere: true,
        ask: ({ content, envelope }) => {
          expect(envelope.headerBytes).toBeInstanceOf(Buffer);
          expect(content?.toString()).toBe('hello');
          return verdict;
        },
      };
      await stage.plane.listen();
      stage.open();
    });

    test('passes another text on', async () => {
      const [ana, ben] = await four();
      verdict = Promise.resolve({ is: 'passed', instead: { contentType: 'text/plain', text: 'HELLO' } });
      ana.peer.send(cpim('ana', ROOM, 'hello'));
      expect(await body(ben)).toContain('HELLO');
    });

    test('is taken: what it runs is run here, after the answer', async () => {
      const [ana] = await four();
      const run = jest.fn();
      verdict = { is: 'taken', run };
      ana.peer.send(cpim('ana', ROOM, 'hello'));
      expect((await ana.peer.frameOf(/^\d/)).what).toBe('200');
      await until(() => run.mock.calls.length > 0);
      expect(run).toHaveBeenCalledTimes(1);
    });

    test('passes, and is told when routing refuses it then', async () => {
      const [ana] = await four();
      const refused = jest.fn();
      const instead = { to: 'sip:nobody@example.org', contentType: 'text/plain', text: 'x' };
      verdict = { is: 'passed', instead, refused };
      ana.peer.send(cpim('ana', ROOM, 'hello'));
      expect((await ana.peer.frameOf(/^\d/)).what).toBe('200');
      await until(() => refused.mock.calls.length > 0);
      expect(refused).toHaveBeenCalledWith(404);
    });

    test.each([
      ['refuses', (): Verdict => ({ is: 'refused', status: 415 }), '415'],
      ['rejects: 403', (): Promise<Verdict> => Promise.reject(new Error('no')), '403'],
    ])('%s', async (_what, make, status) => {
      const [ana] = await four();
      verdict = make();
      ana.peer.send(cpim('ana', ROOM, 'hello'));
      expect((await ana.peer.frameOf(/^\d/)).what).toBe(status);
    });
  });
});

describe('sessions', () => {
  test('a new role is none: the session goes on', async () => {
    const [ana, ben] = await four();
    stage.plane.control.updateEndpoint({ ...ana.media, mayWrite: false });
    ana.peer.send(cpim('ana', ROOM, 'hello'));
    expect((await ana.peer.frameOf(/^\d/)).what).toBe('403');
    expect(stage.focus.bound.filter((id) => id === 'ana#1')).toHaveLength(1);
    stage.plane.control.updateEndpoint(ana.media);
    ana.peer.send(cpim('ana', ROOM, 'again'));
    expect(await body(ben)).toContain('again');
  });

  test('4975-8.4-03 a re-INVITE may bring one to another worker, where it is bound anew', async () => {
    const [, ben, cleo] = await four();
    const end = { host: '127.0.0.1', port: stage.portOf(ben.media) };
    const moved = stage.media('ana#1', {}, end);
    stage.plane.control.updateEndpoint(moved);
    const peer = await stage.bind(moved);
    peer.send(cpim('ana', ROOM, 'from elsewhere'));
    for (const guest of [ben, cleo]) expect(await body(guest)).toContain('from elsewhere');
    ben.peer.send(cpim('ben', 'sip:ana@example.org', 'welcome'));
    expect((await peer.frameOf('SEND')).body).toContain('welcome');
    expect(stage.plane.stats.endpoints).toBe(4);
  });

  test('who was removed is written to by nobody, at neither worker', async () => {
    const [ana, , cleo] = await four();
    stage.plane.control.removeEndpoint('ben#1');
    await turns(10);
    for (const guest of [ana, cleo]) {
      guest.peer.send(cpim(guest.media.participant, 'sip:ben@example.org', 'psst'));
      expect((await guest.peer.frameOf(/^\d/)).what).toBe('404');
    }
  });

  test('a lost connection is told of, once', async () => {
    const [ana] = await four();
    ana.peer.drop();
    await until(() => stage.focus.lost.length > 0);
    await turns(5);
    expect(stage.focus.lost).toEqual([['ana#1', 'connection-lost']]);
  });

  test('4975-5.4-09 a loss that crosses a re-INVITE is one of the session before: nobody hears of it', async () => {
    const [ana, ben] = await four();
    const again = stage.media('ana#1', {}, { host: '127.0.0.1', port: stage.portOf(ana.media) });
    stage.logged = ({ message }) => {
      if (message === 'MSRP session lost') stage.plane.control.updateEndpoint(again);
    };
    ana.peer.drop();
    await until(() => stage.log.some(({ message }) => message === 'MSRP session lost'));
    const peer = await stage.bind(again);
    expect(stage.focus.lost).toEqual([]);
    ben.peer.send(cpim('ben', ROOM, 'hello again'));
    expect((await peer.frameOf('SEND')).body).toContain('hello again');
  });

  test('an endpoint of a room that is not open', () => {
    expect(() => stage.plane.control.addEndpoint(endpoint('ana#1', { room: 'sip:no@chat.example' }))).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_ROOM_UNKNOWN' }),
    );
  });

  test('4975-7.3-01 what is announced waits for its session', async () => {
    const media = stage.media('ana#1');
    const withdraw = stage.plane.announce(media.session.localUri);
    await turns(5);
    const binding = stage.bind(media);
    await turns(20);
    stage.plane.control.addEndpoint(media);
    await binding;
    withdraw();
    expect(stage.focus.bound).toEqual(['ana#1']);
  });
});

test('BYE-09 a room is settled when all workers have said so twice; at once when nobody is in it', async () => {
  const { control } = stage.plane;
  expect(control.isSettled(ROOM)).toBe(true);
  const [ana] = await four();
  let looks = 0;
  const settled = async (): Promise<number> => {
    for (looks = 1; !control.isSettled(ROOM); looks++) await turns(5);
    return looks;
  };
  expect(await settled()).toBe(3);
  control.closeRoom(ROOM);
  stage.open();
  ana.peer.send(cpim('ana', ROOM, 'half'), { range: '1-*/1000', flag: '+' });
  await ana.peer.frameOf(/^\d/);
});

test('figures are summed; those of a worker that ended stay counted', async () => {
  await four();
  stage.clock.advance(1_000);
  await until(() => stage.plane.stats.connections === 4);
  expect(stage.plane.stats).toMatchObject({ rooms: 1, endpoints: 4, sessions: 4, congested: 0 });
});

test('log records of workers are written here, with the number of the worker', async () => {
  const [ana] = await four();
  ana.peer.drop();
  await until(() => stage.log.some(({ message }) => message === 'MSRP session lost'));
  const record = stage.log.find(({ message }) => message === 'MSRP session lost');
  expect(record).toMatchObject({ level: 'debug', fields: { endpoint: 'ana#1', room: ROOM } });
  expect([0, 1]).toContain(record?.fields.worker);
});

test('refusals of workers, of requests and of messages, are counted here, and stay counted; their lines have the endpoint', async () => {
  const [ana, ben] = await four();
  for (const { peer } of [ana, ben]) {
    peer.write(request('astray1', 'SEND', peer.peer.replace(/session\d+/, 'nobody'), peer.path, ['Message-ID: msg1']));
    expect((await peer.frameOf(/^\d/)).what).toBe('481');
    peer.send('text', { contentType: 'text/plain' });
    expect((await peer.frameOf(/^\d/)).what).toBe('415');
  }
  const lines = (): unknown[] => stage.log.filter(({ message }) => message === 'message refused');
  await until(() => lines().length === 2);
  expect(lines()).toEqual(
    expect.arrayContaining(
      ['ana#1', 'ben#1'].map((id) =>
        expect.objectContaining({ level: 'info', fields: expect.objectContaining({ endpoint: id, status: 415 }) }),
      ),
    ),
  );
  await until(() => stage.focus.refusals.length === 2);
  expect(stage.focus.refusals).toEqual(
    expect.arrayContaining(
      ['ana#1', 'ben#1'].map((id) => [
        id,
        { method: 'SEND', status: 415, messageId: expect.any(String), byProgram: false },
      ]),
    ),
  );
  const counted = { refusedRequests: { 481: 2 }, traffic: { refused: { 415: 2 } } };
  stage.clock.advance(1_000);
  await until(() => stage.plane.stats.refusedRequests[481] === 2);
  expect(stage.plane.stats).toMatchObject(counted);
  stage.threads[0].end();
  await until(() => stage.log.some(({ message }) => message === 'worker ended'));
  expect(stage.plane.stats).toMatchObject(counted);
});

test('what the memory of this thread lacks is told: that of the workers there are, to a megabyte', async () => {
  const second = async (): Promise<void> => {
    stage.clock.advance(1_000);
    await turns(20);
  };
  stage.memory = { rss: 900_000_000, heapUsed: 30_000_000, arrayBuffers: 11_000_000 };
  stage.clock.advance(1_000);
  await until(() => stage.plane.memory > 0);
  await second();
  expect(stage.plane.memory).toBe(2 * 40 * 1_048_576);
  stage.memory = { rss: 900_000_000, heapUsed: 1, arrayBuffers: 0 };
  await second();
  await until(() => stage.plane.memory === 2 * 1_048_576);
  stage.threads[0].end();
  await until(() => stage.plane.memory === 1_048_576);
});

test('what throws when it is told costs itself alone: what workers say behind it is heard', async () => {
  stage.focus.sessionBound = (id) => {
    stage.focus.bound.push(id);
    throw new Error('out of luck');
  };
  await stage.join('ana#1');
  await stage.join('ben#1');
  const failed = stage.log.filter(({ message }) => message === 'what a worker said failed');
  expect(failed.map(({ fields }) => fields.said)).toEqual(['sessionBound', 'sessionBound']);
});

/** The first of two, with two of four sessions. */
async function ended(): Promise<{ lost: Guest[]; kept: Guest[] }> {
  const guests = await four();
  stage.threads[0].end(new Error('boom'));
  await until(() => stage.focus.lost.length === 2);
  const gone = new Set(stage.focus.lost.map(([id]) => id));
  return {
    lost: guests.filter(({ media }) => gone.has(media.id)),
    kept: guests.filter(({ media }) => !gone.has(media.id)),
  };
}

describe('a worker ends', () => {
  test('its sessions are lost as by a connection, the others go on, and it is said why', async () => {
    const { lost, kept } = await ended();
    expect(lost).toHaveLength(2);
    expect(stage.focus.lost.map(([, reason]) => reason)).toEqual(['connection-lost', 'connection-lost']);
    kept[0].peer.send(cpim(kept[0].media.participant, ROOM, 'still here'));
    expect(await body(kept[1])).toContain('still here');
    kept[0].peer.send(cpim(kept[0].media.participant, `sip:${lost[0].media.participant}@example.org`, 'psst'));
    await until(() => kept[0].peer.untaken.some(({ what }) => what === '404'));
    expect(stage.log).toContainEqual({
      level: 'error',
      fields: { worker: 0, error: expect.stringContaining('boom') },
      message: 'worker failed',
    });
  });

  test('a re-INVITE brings a session to one that lives', async () => {
    const { lost, kept } = await ended();
    const [guest] = lost;
    const end = stage.plane.moved(ROOM, { tcp: { host: '127.0.0.1', port: stage.portOf(guest.media) } })?.tcp;
    expect(end?.port).toBe(stage.portOf(kept[0].media));
    const again = stage.media(guest.media.id, {}, end);
    stage.plane.control.updateEndpoint(again);
    const peer = await stage.bind(again);
    kept[0].peer.send(cpim(kept[0].media.participant, ROOM, 'there you are'));
    expect((await peer.frameOf('SEND')).body).toContain('there you are');
  });

  test('it is started anew at the same port, and knows rooms, members and what is watched', async () => {
    stage.plane.control.watch(true);
    const { lost, kept } = await ended();
    const [guest] = lost;
    stage.clock.advance(100);
    const end = { host: '127.0.0.1', port: stage.portOf(guest.media) };
    await until(() => stage.plane.moved(ROOM, { tcp: end }) === null && stage.threads.length === 3);
    await turns(10);
    const again = stage.media(guest.media.id, {}, end);
    stage.plane.control.updateEndpoint(again);
    const peer = await stage.bind(again);
    peer.send(cpim(guest.media.participant, ROOM, 'back again'));
    for (const other of kept) expect(await body(other)).toContain('back again');
    kept[0].peer.send(cpim(kept[0].media.participant, ROOM, 'welcome back'));
    expect((await peer.frameOf('SEND')).body).toContain('welcome back');
    await until(() => stage.focus.seen.length === 2);
  });

  test('only a new session comes to the thread that took its place', async () => {
    const { lost } = await ended();
    const [{ media }] = lost;
    stage.plane.control.updateEndpoint({ ...media, moderator: true });
    stage.clock.advance(100);
    await until(() => stage.threads.length === 3);
    stage.plane.control.updateEndpoint({ ...media, moderator: false });
    await turns(10);
    expect(stage.focus.lost).toHaveLength(2);
    stage.plane.control.removeEndpoint(media.id);
    expect(stage.plane.stats.endpoints).toBe(3);
  });

  test('it is started later each time', async () => {
    const starts: number[] = [];
    const begin = stage.clock.now();
    stage.threads[0].end();
    for (let count = 3; count <= 6; count++) {
      await turns(5);
      while (stage.threads.length < count) {
        stage.clock.advance(50);
        await turns(2);
      }
      starts.push(stage.clock.now() - begin);
      stage.threads[count - 1].end();
    }
    const gaps = starts.map((at, index) => at - (starts[index - 1] ?? 0));
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(100 * 2 ** index);
  });
});

describe('rules', () => {
  test('of the room change at both workers', async () => {
    const [ana, ben] = await four();
    stage.plane.control.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, privateMessages: false } });
    for (const [from, to] of [
      [ana, 'ben'],
      [ben, 'ana'],
    ] as const) {
      from.peer.send(cpim(from.media.participant, `sip:${to}@example.org`, 'psst'));
      expect((await from.peer.frameOf(/^\d/)).what).toBe('403');
    }
  });
});

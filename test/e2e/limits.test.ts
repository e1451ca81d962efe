import type { SipResponse } from '../../lib/embedded-drachtio/sip.js';
import type { LimitEvent } from '../../lib/util/limit-reports.js';
import { Caller, cpim, inviteFrom, offer } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

const HERE = '127.0.0.1';

let server: ServerUnderTest;
let told: LimitEvent[];
afterEach(() => server.close());

async function start(options: ServerUnderTestOptions): Promise<ServerUnderTest> {
  server = await ServerUnderTest.start(options);
  told = [];
  server.events.on('limit', (event) => void told.push(event));
  return server;
}

/** The answer to an INVITE of somebody. */
const invited = (agent: SipPeer, room: string, user: string): Promise<SipResponse> =>
  agent.exchange(inviteFrom(agent, room, { uri: `sip:${user}@example.com`, body: offer() }));

/** Two who talk in a room of their own; `talks` fails when they are disturbed. */
async function conversation(): Promise<{ room: string; talks: (text: string) => Promise<void> }> {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const talks = async (text: string): Promise<void> => {
    expect(await ana.participant.send(text)).toMatchObject({ status: 200 });
    await bob.events.next('message', (message) => message.text === text);
  };
  await talks('hello');
  return { room, talks };
}

/** What a caller is answered to so many messages. */
async function says(caller: Caller, room: string, count: number, body = 'hi'): Promise<string[]> {
  const statuses: string[] = [];
  for (let i = 0; i < count; i++) {
    const { what } = await caller.exchange(cpim('sip:caller@example.com', room, body));
    statuses.push(what);
  }
  return statuses;
}

describe('what is refused in SIP', () => {
  test('joinsPerSecond: 503 with Retry-After for the address that overdoes it, in whatever name; those inside go on', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { joinsPerSecond: 2, joinBurst: 6 } });
    const { room, talks } = await conversation();
    const agent = await Caller.agent(server);
    const answers: SipResponse[] = [];
    for (let i = 0; i < 6; i++) answers.push(await invited(agent, room, `user${i}`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 503, 503]);
    const after = Number(answers[5].headers.get('Retry-After'));
    expect(after).toBeGreaterThanOrEqual(3);
    expect(after).toBeLessThanOrEqual(9);
    expect(told).toEqual([{ limit: 'joinsPerSecond', source: HERE, status: 503, count: 1 }]);
    await talks('after');
    clock.advance(1000);
    expect(told[1]).toEqual({ limit: 'joinsPerSecond', source: HERE, status: 503, count: 1 });
    expect((await invited(agent, room, 'late')).status).toBe(200);
    expect(server.server.chat.stats.limited).toEqual({ joinsPerSecond: 2 });
  });

  test('joinsPerSecond: a trusted proxy, which carries everybody, has no such limit', async () => {
    await start({ limits: { joinsPerSecond: 1, joinBurst: 1 }, trustedPeers: [HERE] });
    const agent = await Caller.agent(server);
    for (let i = 0; i < 4; i++) expect((await invited(agent, server.newRoom(), `user${i}`)).status).toBe(200);
    expect(told).toEqual([]);
  });

  test('maxRooms: 480', async () => {
    await start({ limits: { maxRooms: 1 } });
    const { talks } = await conversation();
    const room = server.newRoom();
    expect((await invited(await Caller.agent(server), room, 'eve')).status).toBe(480);
    expect(told).toEqual([{ limit: 'maxRooms', room, source: HERE, status: 480, count: 1 }]);
    await talks('after');
  });

  test('maxParticipants: 486', async () => {
    await start({ limits: { maxParticipants: 2 } });
    const { room, talks } = await conversation();
    expect((await invited(await Caller.agent(server), room, 'eve')).status).toBe(486);
    expect(told).toEqual([{ limit: 'maxParticipants', room, source: HERE, status: 486, count: 1 }]);
    await talks('after');
  });

  test('maxEndpointsPerParticipant: 486', async () => {
    await start({ limits: { maxEndpointsPerParticipant: 1 } });
    const { room, talks } = await conversation();
    expect((await invited(await Caller.agent(server), room, 'ana')).status).toBe(486);
    expect(told).toEqual([{ limit: 'maxEndpointsPerParticipant', room, source: HERE, status: 486, count: 1 }]);
    await talks('after');
  });

  test('maxSubscriptions: 480', async () => {
    await start({ limits: { maxSubscriptions: 1 }, auth: 'open' });
    const { room, talks } = await conversation();
    const agent = await Caller.agent(server);
    const subscribe = (user: string): Promise<SipResponse> => {
      const request = agent.compose('SUBSCRIBE', room, {
        headers: [
          ['Event', 'conference'],
          ['Expires', '600'],
        ],
      });
      request.headers.set('From', `<sip:${user}@example.com>;tag=${user}`);
      return agent.exchange(request);
    };
    // The client of the two who talk watches the room, if it does; one of these is too many in any case.
    const statuses = [(await subscribe('dan')).status, (await subscribe('eve')).status];
    expect(statuses.at(-1)).toBe(480);
    expect(told[0]).toMatchObject({ limit: 'maxSubscriptions', room, source: HERE, status: 480 });
    await talks('after');
  });

  test('maxBans: the act is refused', async () => {
    await start({ limits: { maxBans: 1 } });
    const { room, talks } = await conversation();
    const facade = server.server.existing(room);
    await facade.ban('sip:eve@example.com');
    await expect(facade.ban('sip:mallory@example.com')).rejects.toMatchObject({ code: 'CHAT_ERR_TOO_MANY_ENTRIES' });
    expect(told).toEqual([{ limit: 'maxBans', room, count: 1 }]);
    await talks('after');
  });
});

describe('what is refused in MSRP', () => {
  test('messagesPerSecond: 413, and an event with who and where', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { messagesPerSecond: 1, messageBurst: 3 } });
    const { room, talks } = await conversation();
    const caller = await Caller.join(server, room);
    expect(await says(caller, room, 5)).toEqual(['200', '200', '200', '413', '413']);
    const event = { limit: 'messagesPerSecond', room, participant: 'sip:caller@example.com', status: 413, count: 1 };
    expect(told).toEqual([event]);
    await talks('after');
    clock.advance(1000);
    expect(told).toEqual([event, event]);
    expect(await says(caller, room, 2)).toEqual(['200', '413']);
  });

  test('bytesPerSecond: he is read more slowly, nothing is refused, and the others go on at once', async () => {
    const clock = new ManualClock();
    await start({ clock, limits: { bytesPerSecond: 100_000, bytesBurst: 300_000 } });
    const { room, talks } = await conversation();
    const caller = await Caller.join(server, room);
    const answers = says(caller, room, 8, 'x'.repeat(100_000));
    await new Promise<void>((resolve) => server.events.once('limit', () => resolve()));
    await talks('meanwhile');
    expect(told[0]).toEqual({ limit: 'bytesPerSecond', room, participant: 'sip:caller@example.com', count: 1 });
    expect(await clock.passUntil(answers, 10)).toEqual(Array.from({ length: 8 }, () => '200'));
  });

  test('maxMessageSize: 413, in one frame or in many', async () => {
    await start({ limits: { maxMessageSize: 20_000 } });
    const { room, talks } = await conversation();
    const caller = await Caller.join(server, room);
    expect(await says(caller, room, 2, 'x'.repeat(20_000))).toEqual(['413', '413']);
    expect(told[0]).toMatchObject({
      limit: 'maxMessageSize',
      room,
      participant: 'sip:caller@example.com',
      status: 413,
    });
    expect(await says(caller, room, 1)).toEqual(['200']);
    await talks('after');
  });

  test('maxPartialMessages, maxPartialBytes: 413', async () => {
    await start({ limits: { maxPartialMessages: 2, maxPartialBytes: 5000 } });
    const { room, talks } = await conversation();
    const caller = await Caller.join(server, room);
    const begin = async (messageId: string, octets: number): Promise<string> => {
      const start = cpim('sip:caller@example.com', room, 'x'.repeat(octets));
      return (await caller.exchange(start, { messageId, range: '1-*/*', flag: '+' })).what;
    };
    expect([await begin('one1', 100), await begin('two2', 9000), await begin('three3', 100)]).toEqual([
      '200',
      '413',
      '200',
    ]);
    expect(await begin('four4', 100)).toBe('413');
    const of = { room, participant: 'sip:caller@example.com', status: 413, count: 1 };
    expect(told).toEqual([
      { limit: 'maxPartialBytes', ...of },
      { limit: 'maxPartialMessages', ...of },
    ]);
    await talks('after');
  });

  test('nicknameChangesPerMinute: 403', async () => {
    await start({ rooms: { defaults: { nicknameChangesPerMinute: 2 } } });
    const { room, talks } = await conversation();
    const eve = await server.join(room, 'eve');
    await eve.participant.setNickname('one');
    await eve.participant.setNickname('two');
    expect(await eve.participant.setNickname('three')).toMatchObject({ status: 403 });
    const participant = 'sip:eve@example.com';
    expect(told).toEqual([{ limit: 'nicknameChangesPerMinute', room, participant, status: 403, count: 1 }]);
    await talks('after');
  });

  test('maxHeaderLines: the connection is closed, and that of nobody else', async () => {
    await start({ limits: { maxHeaderLines: 20 } });
    const { room, talks } = await conversation();
    const caller = await Caller.join(server, room);
    const gone = caller.msrp.disconnected();
    const fields = Array.from({ length: 20 }, (_, i) => `X-${i}: x\r\n`).join('');
    caller.msrp.write(`MSRP many1 SEND\r\nTo-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}\r\n${fields}\r\n`);
    await gone;
    expect(told).toEqual([{ limit: 'maxHeaderLines', source: HERE, count: 1 }]);
    await talks('after');
  });
});

test('joinsPerSecond: holds of itself where others than this machine can connect: 200 at once', async () => {
  await start({ clock: new ManualClock(), msrp: { advertise: 'chat.example.com' } });
  const agent = await Caller.agent(server, 'tcp');
  // What it needs is not there, so each is answered at once, and counted all the same.
  const headers: [string, string][] = [['Require', 'nothing-we-have']];
  const statuses: number[] = [];
  for (let i = 0; i < 202; i++) {
    const invite = inviteFrom(agent, server.newRoom(), { uri: 'sip:eve@example.com', headers, body: offer() });
    statuses.push((await agent.exchange(invite)).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 200 }, () => 420), 503, 503]);
});

test('a listener of limit that throws disturbs nobody', async () => {
  await start({ limits: { maxParticipants: 2 } });
  server.events.on('limit', () => {
    throw new Error('mine');
  });
  const { room, talks } = await conversation();
  expect((await invited(await Caller.agent(server), room, 'eve')).status).toBe(486);
  await talks('after');
});

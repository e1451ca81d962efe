import { connect } from 'node:net';
import { type Logger, silent } from '../../lib/util/log.js';
import { Caller, cpim, inviteFrom, lines, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { LogLines } from '../support/log-lines.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start({ rooms: { static: { full: { maxParticipants: 1 }, shut: { locked: true } } } });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

const SESSION = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
const AUDIO = ['m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'];

/** Final response to an INVITE with these headers and body. */
async function invite(room: string, body: string, headers: [string, string][] = [], transport?: 'udp' | 'tcp') {
  const agent = await Caller.agent(server, transport);
  return agent.exchange(inviteFrom(agent, room, { uri: 'sip:caller@example.com', headers, body }));
}

describe.each(['udp', 'tcp'] as const)('joining over %s', (transport) => {
  test('JOIN-01, JOIN-14, PBX-06, 7701-5.2-05: the 200 is that of a focus, and its Contact the room', async () => {
    const room = server.newRoom('conf.example.com');
    const { response, roomPath } = await Caller.call(server, room, { transport });
    expect(response.headers.get('Contact')).toBe(`<${room}>;isfocus`);
    expect(response.headers.get('Allow')).toContain('SUBSCRIBE');
    expect(response.headers.get('Allow-Events')).toBe('conference');
    expect(response.headers.get('Content-Type')).toBe('application/sdp');
    const sdp = response.body.toString();
    expect(sdp).toContain('\r\na=accept-types:message/cpim\r\n');
    expect(sdp).toContain('\r\na=chatroom:nickname private-messages\r\n');
    expect(sdp).toContain('\r\na=setup:passive\r\n');
    expect(roomPath).toMatch(new RegExp(`^msrp://127\\.0\\.0\\.1:${server.msrp.port}/\\w{16,};tcp$`));
  });

  test('each call has a session of its own (4975-8.2-01) and a To tag of its own', async () => {
    const room = server.newRoom();
    const calls = [await Caller.call(server, room, { transport }), await Caller.call(server, room, { transport })];
    expect(new Set(calls.map(({ roomPath }) => roomPath)).size).toBe(2);
    expect(new Set(calls.map(({ dialog }) => dialog.remoteTag)).size).toBe(2);
  });
});

describe('refused', () => {
  test.each([
    ['400 for a body that only says it is SDP', 400, 'hello', ''],
    ['JOIN-10: 488 for audio only', 488, lines(...SESSION, ...AUDIO), ''],
    ['JOIN-10: 488 for a session without m-lines', 488, lines(...SESSION), ''],
    ['JOIN-10: 488 for accept-types without message/cpim', 488, offer().replace('message/cpim ', ''), ''],
    ['JOIN-10: 488 for no path', 488, offer().replace(/a=path.*\r\n/, ''), ''],
    ['JOIN-10: 488 for TLS where there is none', 488, offer().replace('TCP/MSRP', 'TCP/TLS/MSRP'), ''],
    ['404 for a domain of ours but no room', 404, offer(), 'sip:@localhost'],
  ])('%s', async (_title, status, body, room) => {
    const response = await invite(room || server.newRoom(), body);
    expect(response.status).toBe(status);
    if (status === 488) expect(response.headers.get('Warning')).toMatch(/^3\d\d /);
  });

  test('400 for no Contact, and nothing is left of it', async () => {
    const agent = await Caller.agent(server);
    const request = inviteFrom(agent, server.newRoom(), { uri: 'sip:caller@example.com', body: offer() });
    request.headers.delete('Contact');
    const before = server.server.chat.focus.rooms.size;
    expect(await agent.exchange(request)).toMatchObject({ status: 400 });
    expect(server.server.chat.focus.rooms.size).toBe(before);
  });

  test('415 for a body that is no SDP', async () => {
    const response = await invite(server.newRoom(), 'hello', [['Content-Type', 'text/plain']]);
    expect(response).toMatchObject({ status: 415 });
    expect(response.headers.get('Accept')).toBe('application/sdp');
  });

  test('FAC-06: 420 for an extension that is required and not there', async () => {
    const response = await invite(server.newRoom(), offer(), [['Require', '100rel, timer']]);
    expect(response).toMatchObject({ status: 420 });
    expect(response.headers.get('Unsupported')).toBe('100rel');
  });

  test('a full room and a locked one', async () => {
    await Caller.join(server, 'sip:full@localhost', { uri: 'sip:ana@example.com' });
    expect((await invite('sip:full@localhost', offer())).status).toBe(486);
    expect((await invite('sip:shut@localhost', offer())).status).toBeGreaterThanOrEqual(403);
  });

  test('another domain is not ours: nobody answers but drachtio itself', async () => {
    expect((await invite('sip:ana@elsewhere.example', offer())).status).toBeGreaterThanOrEqual(400);
  });

  test('JOIN-02, FAC-02: 404 where only known rooms can be joined', async () => {
    const closed = await ServerUnderTest.start({ rooms: { create: 'nobody', static: { lobby: {} } } });
    try {
      const agent = await Caller.agent(closed);
      const call = (room: string) =>
        agent.exchange(inviteFrom(agent, room, { uri: 'sip:caller@example.com', body: offer() }));
      expect(await call('sip:other@localhost')).toMatchObject({ status: 404 });
      await expect(Caller.join(closed, 'sip:lobby@localhost')).resolves.toBeDefined();
    } finally {
      await closed.close();
    }
  });

  test('what is told as refused is what is counted, with the same code, and in the log', async () => {
    const log = new LogLines();
    const shut = await ServerUnderTest.start({ rooms: { static: { shut: { locked: true } } }, logger: log.logger });
    const told: string[] = [];
    shut.events.on('refused', ({ method, status, code }) => void told.push(`${method} ${status} ${code ?? 'none'}`));
    try {
      const agent = await Caller.agent(shut);
      const room = 'sip:shut@localhost';
      const ask = async (method: string, headers: [string, string][] = [], body = ''): Promise<number> =>
        (await agent.exchange(agent.compose(method, room, { headers, body }))).status;
      const sdp: [string, string][] = [['Content-Type', 'application/sdp']];
      expect(await ask('INVITE', sdp, offer())).toBe(403);
      expect(await ask('INVITE', sdp, lines(...SESSION, ...AUDIO))).toBe(488);
      expect(await ask('SUBSCRIBE', [['Event', 'presence']])).toBe(489);
      expect(await ask('REFER', [['Refer-To', '<sip:bob@example.com>']])).toBe(403);
      expect(await ask('MESSAGE', [['Content-Type', 'text/plain']], 'hello')).toBe(405);
      expect(told).toEqual([
        'INVITE 403 CHAT_ERR_ROOM_LOCKED',
        'INVITE 488 none',
        'SUBSCRIBE 489 none',
        'REFER 403 CHAT_ERR_FORBIDDEN',
        'MESSAGE 405 none',
      ]);
      expect(shut.server.stats.sip.refusals).toEqual(Object.fromEntries(told.map((refusal) => [refusal, 1])));
      const logged = log.lines.filter(({ message }) => message === 'join refused' || message === 'request refused');
      expect(logged.map(({ fields: { status, code = 'none' } }) => [status, code])).toEqual(
        told.map((refusal) => refusal.split(' ')).map(([, status, code]) => [Number(status), code]),
      );
    } finally {
      await shut.close();
    }
  });

  test('481 for a dialog that is not', async () => {
    expect(await invite('sip:lobby@localhost', offer(), [['To', '<sip:lobby@localhost>;tag=x']])).toMatchObject({
      status: 481,
    });
  });
});

test('SDP-07: of audio and message lines only the message line is taken', async () => {
  const path = newPath();
  const message = offer({ path }).split('\r\n').slice(5);
  const caller = await Caller.join(server, server.newRoom(), {
    path,
    body: lines(...SESSION, ...AUDIO, ...message.slice(0, -1)),
  });
  const media = caller.response.body.toString().match(/^m=.*$/gm);
  expect(media).toEqual([expect.stringMatching(/^m=audio 0 RTP\/AVP 0/), expect.stringMatching(/^m=message [1-9]/)]);
});

test('JOIN-11, RFC 3261 §13.3.1.4: INVITE without offer; the answer comes in the ACK', async () => {
  const room = server.newRoom();
  const agent = await Caller.agent(server);
  const request = inviteFrom(agent, room, { uri: 'sip:caller@example.com', body: '' });
  request.headers.delete('Content-Type');
  const { dialog, response } = await agent.invite(request, offer());
  const path = /a=path:(\S+)/.exec(response.body.toString())?.[1] ?? '';
  expect(response.body.toString()).toContain('a=setup:actpass');
  const own = newPath();
  const answered = await FakeMsrpPeer.connect(path, own);
  await answered.close();
  await agent.exchange(dialog.createRequest('BYE'), dialog);
});

test('CAP-01: OPTIONS tells what an INVITE would meet', async () => {
  const agent = await Caller.agent(server);
  const response = await agent.exchange(agent.compose('OPTIONS', 'sip:lobby@localhost'));
  expect(response.status).toBe(200);
  expect(response.headers.get('Allow')).toContain('INVITE');
  expect(response.headers.get('Contact')).toContain(';isfocus');
  expect(await agent.exchange(agent.compose('OPTIONS', 'sip:@localhost'))).not.toMatchObject({ status: 200 });
});

test.each(['MESSAGE', 'INFO', 'PUBLISH'])('CAP-04: %s does not reach a room', async (method) => {
  const agent = await Caller.agent(server);
  const response = await agent.exchange(agent.compose(method, 'sip:lobby@localhost'));
  expect(response.status).toBeGreaterThanOrEqual(400);
});

test.each([true, false])('BYE-15, RFC 3261 §9.2: CANCEL while somebody thinks; then he may: %s', async (may) => {
  let asked: (() => void) | undefined;
  let decide: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const slow = await ServerUnderTest.start({
    authorizeJoin: () =>
      new Promise((resolve, reject) => {
        decide = may ? resolve : () => reject(new Error('not him'));
        asked?.();
      }),
  });
  const told: number[] = [];
  slow.events.on('refused', ({ status }) => void told.push(status));
  try {
    const agent = await Caller.agent(slow);
    const transaction = agent.send(inviteFrom(agent, slow.newRoom(), { uri: 'sip:a@example.com', body: offer() }));
    const final = finalOf(transaction);
    await arrived;
    agent.transactions.cancel(transaction);
    expect(await final).toMatchObject({ status: 487 });
    // Whatever comes after the CANCEL comes to the rooms after it.
    await agent.exchange(agent.compose('MESSAGE', slow.newRoom()));
    decide?.();
    await new Promise(setImmediate);
    expect(slow.server.chat.focus.rooms.size).toBe(0);
    // What was decided afterwards is no answer.
    expect(slow.server.stats.sip.joins).toEqual({ 487: 1 });
    expect(slow.server.stats.sip.refusals).toEqual({ 'INVITE 487 none': 1, 'MESSAGE 404 none': 1 });
    expect(told).toEqual([487, 404]);
  } finally {
    await slow.close();
  }
});

/** Resolves when the switch has noticed that a connection broke. */
function watchLoss(): { logger: Logger; lost: Promise<void> } {
  let told: (() => void) | undefined;
  const lost = new Promise<void>((resolve) => {
    told = resolve;
  });
  const debug: Logger['debug'] = (_fields, message) => {
    if (message === 'MSRP session lost') told?.();
  };
  return { logger: { ...silent, debug }, lost };
}

describe('the end of a call', () => {
  test('BYE closes the MSRP connection', async () => {
    const clock = new ManualClock();
    const timed = await ServerUnderTest.start({ clock });
    const caller = await Caller.join(timed, timed.newRoom());
    const gone = caller.msrp.disconnected();
    expect(await caller.bye()).toMatchObject({ status: 200 });
    // The peer has five seconds to close it first, or to bind another session.
    clock.advance(5_000);
    await gone;
    await timed.close();
  });

  test('after BYE the session is unknown: 481', async () => {
    const room = server.newRoom();
    await server.join(room, 'ana');
    const caller = await Caller.join(server, room);
    const { roomPath, path } = caller;
    await caller.bye();
    const late = await FakeMsrpPeer.connect(roomPath, path);
    late.send(undefined, { range: '1-0/0' });
    expect(await late.frameOf(/^\d/)).toMatchObject({ what: '481' });
    await late.close();
  });

  test('JOIN-02: a room nobody is in any more does not remember', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana', { nick: 'Fox' });
    await ana.participant.leave();
    const agent = await Caller.agent(server);
    const headers: [string, string][] = [['Event', 'conference']];
    expect(await agent.exchange(agent.compose('SUBSCRIBE', room, { headers }))).toMatchObject({ status: 404 });
  });

  test('P-CON-03, BYE-11: connection lost, no re-INVITE within 30 s: BYE, and the others see it', async () => {
    const clock = new ManualClock();
    const { logger, lost } = watchLoss();
    const timed = await ServerUnderTest.start({ clock, logger });
    try {
      const caller = await Caller.join(timed, timed.newRoom());
      caller.msrp.drop();
      await lost;
      clock.advance(29_000);
      expect(timed.server.chat.focus.rooms.size).toBe(1);
      clock.advance(1_001);
      const bye = await caller.answered('BYE');
      expect(bye.headers.get('Reason')).toBeUndefined();
      expect(timed.server.chat.focus.rooms.size).toBe(0);
    } finally {
      await timed.close();
    }
  });

  test('P-CON-03: a re-INVITE with a new session rescues it', async () => {
    const clock = new ManualClock();
    const { logger, lost } = watchLoss();
    const timed = await ServerUnderTest.start({ clock, logger });
    try {
      const room = timed.newRoom();
      const ana = await timed.join(room, 'ana');
      const caller = await Caller.join(timed, room);
      caller.msrp.drop();
      await lost;
      const path = newPath();
      const answer = await caller.reinvite(offer({ path }));
      const [, roomPath = ''] = /a=path:(\S+)/.exec(answer.body.toString()) ?? [];
      expect(roomPath).not.toBe(caller.roomPath);
      const again = await FakeMsrpPeer.connect(roomPath, path);
      again.send(undefined, { range: '1-0/0' });
      await again.frameOf('200');
      clock.advance(60_000);
      await ana.participant.send('welcome back');
      expect((await again.frameOf('SEND')).body).toContain('welcome back');
      await again.close();
    } finally {
      await timed.close();
    }
  });

  test('P-CON-01: who never opens the MSRP session gets BYE', async () => {
    const clock = new ManualClock();
    const timed = await ServerUnderTest.start({ clock });
    try {
      const caller = await Caller.call(timed, timed.newRoom());
      clock.advance(30_001);
      clock.advance(30_001);
      expect((await caller.answered('BYE')).method).toBe('BYE');
    } finally {
      await timed.close();
    }
  });

  test('the server stops: 503 to who comes, BYE to who is here', async () => {
    const stopping = await ServerUnderTest.start();
    const caller = await Caller.join(stopping, stopping.newRoom());
    const closing = stopping.server.close();
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toMatch(/^SIP;cause=503/);
    await closing;
    await stopping.close();
  });
});

describe('re-INVITE', () => {
  test('the same offer again: the session goes on on its connection', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana');
    const caller = await Caller.join(server, room);
    const answer = await caller.reinvite(offer({ path: caller.path }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Contact')).toContain(';isfocus');
    expect(answer.body.toString()).toContain(`a=path:${caller.roomPath}\r\n`);
    await ana.participant.send('still there?');
    expect((await caller.msrp.frameOf('SEND')).body).toContain('still there?');
  });

  test('RFC 3261 §14.2: refused with 488, the session stays as it was', async () => {
    const caller = await Caller.join(server, server.newRoom());
    expect(await caller.reinvite(lines(...SESSION, ...AUDIO))).toMatchObject({ status: 488 });
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
  });

  test('without offer: 200 with ours', async () => {
    const caller = await Caller.join(server, server.newRoom());
    const response = await finalOf(caller.request('UPDATE'));
    expect(response.status).toBe(200);
  });
});

describe('who connects', () => {
  test('6135-4.2: a passive offerer is connected to, with a SEND at once', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana');
    const peer = await FakeMsrpPeer.listen();
    server.onClose(() => peer.close());
    const body = offer({ path: peer.path, setup: 'passive' });
    const caller = await Caller.call(server, room, { path: peer.path, body });
    expect(caller.response.body.toString()).toContain('a=setup:active');
    const opener = await peer.frameOf('SEND');
    expect(opener.headers.get('to-path')).toBe(peer.path);
    expect(opener.body).toBeUndefined();
    await ana.participant.send('hello');
    expect((await peer.frameOf('SEND')).body).toContain('hello');
    peer.send(cpim('sip:caller@example.com', room, 'hello back'));
    expect((await ana.events.next('message'))[0].text).toBe('hello back');
  });

  test('a passive offerer that cannot be reached gets BYE', async () => {
    const peer = await FakeMsrpPeer.listen();
    await peer.close();
    const clock = new ManualClock();
    const timed = await ServerUnderTest.start({ clock });
    try {
      const body = offer({ path: peer.path, setup: 'passive' });
      const caller = await Caller.call(timed, timed.newRoom(), { path: peer.path, body });
      expect((await clock.passUntil(caller.answered('BYE'))).method).toBe('BYE');
    } finally {
      await timed.close();
    }
  });
});

test('4975-5.4-06: a stranger on the MSRP port cannot use the session of somebody', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const caller = await Caller.join(server, room);
  const stranger = await FakeMsrpPeer.connect(caller.roomPath, caller.path);
  stranger.send(cpim('sip:caller@example.com', room, 'not me'));
  expect(await stranger.frameOf(/^\d/)).toMatchObject({ what: '506' });
  await stranger.close();
  await caller.exchange(cpim('sip:caller@example.com', room, 'me'));
  expect((await ana.events.next('message'))[0].text).toBe('me');
});

test('an HTTP client on the MSRP port is sent away', async () => {
  const socket = connect(server.msrp.port, server.msrp.host);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) =>
    socket
      .on('close', resolve)
      .on('error', () => {})
      .resume(),
  );
});

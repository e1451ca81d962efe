import { Caller, inviteFrom, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { hears, PolicyStage, ROOM } from '../support/policy-stage.js';
import type { ServerUnderTestOptions } from '../support/server.js';

let stage: PolicyStage;

async function start(options: ServerUnderTestOptions = {}): Promise<PolicyStage> {
  stage = await PolicyStage.start(options);
  return stage;
}

afterEach(() => stage.server.close());

const noCpim = (path = newPath()): string => offer({ path }).replace('message/cpim ', '');

/** The same session, ended. */
const ended = (path: string): string => offer({ path }).replace(/m=message \d+/, 'm=message 0');

async function optionsOf(uri: string): Promise<string> {
  const sip = await Caller.agent(stage.server);
  const response = await sip.exchange(sip.compose('OPTIONS', uri));
  expect(response.headers.get('Contact')).toContain(';isfocus');
  return response.body.toString();
}

describe('7701-11-01: chatUnaware refuse', () => {
  const BLINK: [string, string][] = [['User-Agent', 'Blink Pro 5.9.1 (MacOSX)']];

  test('who declares no a=chatroom is refused with 488, AG Projects is not', async () => {
    const { room } = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const agent = await Caller.agent(stage.server);
    const body = offer({ attributes: [] });
    const invite = inviteFrom(agent, ROOM, { uri: 'sip:caller@example.com', headers: [], body });
    const response = await agent.exchange(invite);
    expect(response.status).toBe(488);
    expect(response.headers.get('Warning')).toMatch(/^399 localhost "a=chatroom is missing/);
    await Caller.call(stage.server, ROOM, { body, headers: BLINK });
    await Caller.call(stage.server, ROOM, { uri: 'sip:aware@example.com' });
    expect(stage.participants).toBe(2);
  });

  test('also when the answer comes in the ACK', async () => {
    const { room } = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const sip = await Caller.agent(stage.server);
    await sip.invite(sip.compose('INVITE', ROOM), offer({ attributes: [] }));
    const bye = await sip.next();
    bye.reply(200);
    expect(bye.request.method).toBe('BYE');
    expect(stage.participants).toBe(0);
  });

  test('7701-8-08: nor may it be withdrawn under this policy; the session stays', async () => {
    const { room } = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const caller = await Caller.join(stage.server, ROOM);
    expect((await caller.reinvite(offer({ path: caller.path, attributes: [] }))).status).toBe(488);
    await hears(caller, room, 'still here');
  });

  test('who is in stays, and 7701-8-08: who withdraws a=chatroom gets no private messages', async () => {
    const { room } = await start();
    const path = newPath();
    const ana = await stage.server.join(ROOM, 'ana');
    const old = await Caller.join(stage.server, ROOM, { path, body: offer({ path, attributes: [] }) });
    const caller = await Caller.join(stage.server, ROOM, { uri: 'sip:later@example.com' });
    await room.configure({ chatUnaware: 'refuse' });
    expect((await old.reinvite(offer({ path, attributes: [] }))).status).toBe(200);
    expect((await caller.reinvite(offer({ path: caller.path, attributes: [] }))).status).toBe(200);
    expect(await ana.participant.sendPrivate('sip:later@example.com', 'psst')).toMatchObject({ status: 428 });
  });
});

describe("7701-5.2-02, SDP-12: refuseMedia 'port-0'", () => {
  const AUDIO = offer().replace(/m=message[^]*$/, 'm=audio 4000 RTP/AVP 0 8\r\n');

  test.each([
    ['no message/cpim', noCpim(), 'm=message 0 TCP/MSRP *\r\n'],
    ['JOIN-16: audio only', AUDIO, 'm=audio 0 RTP/AVP 0\r\n'],
    ['no a=chatroom where that is refused', offer({ attributes: [] }), 'm=message 0 TCP/MSRP *\r\n'],
    ['TLS where there is none', offer().replace('TCP/MSRP', 'TCP/TLS/MSRP'), 'm=message 0 TCP/TLS/MSRP *\r\n'],
  ])('%s: 200 with port 0, nobody has joined, BYE after 30 s', async (_name, body, line) => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0', chatUnaware: 'refuse' });
    const joined: unknown[] = [];
    room.on('join', (who) => joined.push(who));
    const caller = await Caller.call(stage.server, ROOM, { body });
    expect(caller.response.body.toString()).toMatch(new RegExp(`\\r\\n${line.replace(/[*]/g, '\\*')}$`));
    expect([stage.participants, joined]).toEqual([0, []]);
    stage.clock.advance(29_999);
    await stage.quiet(caller);
    expect([stage.participants, joined]).toEqual([0, []]);
    await stage.server.clear();
  });

  test('7701-11-06: MSRP without TLS where that is required', async () => {
    const { room } = await start({ msrp: { tls: { listen: '127.0.0.1:0' } } });
    const before = await Caller.join(stage.server, ROOM);
    await room.configure({ refuseMedia: 'port-0', tls: 'required' });
    const caller = await Caller.call(stage.server, ROOM, { uri: 'sip:later@example.com' });
    expect(caller.response.body.toString()).toMatch(/m=message 0 TCP\/MSRP \*\r\n$/);
    expect((await before.reinvite(offer({ path: before.path }))).status).toBe(200);
    await hears(before, room, 'still here');
    expect(stage.participants).toBe(1);
  });

  test('without an offer that can be used the call ends after 30 s', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const before = stage.clock.pending;
    const caller = await Caller.call(stage.server, ROOM, { body: noCpim() });
    expect((await caller.reinvite(AUDIO)).body.toString()).toMatch(/m=audio 0/);
    await stage.settled(caller);
    stage.clock.advance(30_000);
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toBe('SIP;cause=488;text="No chat session was offered"');
    expect(stage.clock.pending).toBe(before);
  });

  test('a re-INVITE that can be used joins', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const ana = await stage.server.join(ROOM, 'ana');
    const caller = await Caller.call(stage.server, ROOM, { body: noCpim() });
    const path = newPath();
    const answer = await caller.reinvite(offer({ path }));
    expect(answer.status).toBe(200);
    const [, roomPath = ''] = /a=path:(\S+)/.exec(answer.body.toString()) ?? [];
    const msrp = await FakeMsrpPeer.connect(roomPath, path);
    stage.server.onClose(() => msrp.close());
    msrp.send(undefined, { range: '1-0/0' });
    await msrp.frameOf('200');
    expect(stage.participants).toBe(2);
    stage.clock.advance(31_000);
    await ana.participant.send('welcome');
    expect((await msrp.frameOf('SEND')).body).toContain('welcome');
  });

  test('who may not come is refused all the same', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0', locked: true });
    await expect(Caller.call(stage.server, ROOM, { body: noCpim() })).rejects.toThrow('403');
  });

  test('RFC 3261 14.2: what a participant offers instead is refused with 488, and its session stays', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(stage.server, ROOM);
    expect((await caller.reinvite(noCpim(caller.path))).status).toBe(488);
    await hears(caller, room, 'still here');
  });

  test('the room is closed: BYE also for who has no session', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.call(stage.server, ROOM, { body: noCpim() });
    await room.close();
    await caller.answered('BYE');
  });
});

describe('RFC 3264 8.2: a participant ends its stream with port 0', () => {
  test('it has left, and gets BYE', async () => {
    const { room } = await start();
    const left: string[] = [];
    room.on('leave', ({ uri }) => left.push(uri));
    const caller = await Caller.join(stage.server, ROOM);
    const answer = await caller.reinvite(ended(caller.path));
    expect([answer.status, answer.body.toString()]).toEqual([
      200,
      expect.stringMatching(/m=message 0 TCP\/MSRP \*\r\n$/),
    ]);
    expect((await caller.answered('BYE')).headers.get('Reason')).toMatch(/^SIP;cause=200;/);
    expect(left).toEqual(['sip:caller@example.com']);
  });

  test("with 'port-0' its call may come back with another one", async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(stage.server, ROOM);
    expect((await caller.reinvite(ended(caller.path))).status).toBe(200);
    await stage.settled(caller);
    expect(stage.participants).toBe(0);
    const path = newPath();
    const answer = await caller.reinvite(offer({ path }));
    const [, roomPath = ''] = /a=path:(\S+)/.exec(answer.body.toString()) ?? [];
    expect(roomPath).not.toBe(caller.roomPath);
    expect(stage.participants).toBe(1);
  });

  test.each([false, true])(
    'or with the answer to our offer, unless the room was locked meanwhile: %s',
    async (locked) => {
      const { room } = await start();
      await room.configure({ refuseMedia: 'port-0' });
      const caller = await Caller.join(stage.server, ROOM);
      expect((await caller.reinvite(ended(caller.path))).status).toBe(200);
      await stage.settled(caller);
      await room.configure({ locked });
      const request = caller.dialog.createRequest('INVITE', { headers: [['Contact', `<${caller.sip.uri}>`]] });
      const response = await caller.sip.exchange(request, caller.dialog);
      // RFC 3264 §8.1: a new stream comes behind those there were.
      expect(response.body.toString()).toMatch(
        /m=message 0 TCP\/MSRP \*\r\nm=message \d+ TCP\/MSRP \*\r\na=setup:actpass/,
      );
      const answer = offer().replace('m=message', 'm=message 0 TCP/MSRP *\r\nm=message');
      await caller.sip.acknowledge(request, caller.dialog, answer);
      if (locked) expect((await caller.answered('BYE')).headers.get('Reason')).toMatch(/^SIP;cause=480;/);
      else await stage.settled(caller);
      expect(stage.participants).toBe(locked ? 0 : 1);
    },
  );

  test('or ends with the server', async () => {
    const { room } = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(stage.server, ROOM);
    await caller.reinvite(ended(caller.path));
    await stage.settled(caller);
    const closing = stage.server.server.close();
    expect((await caller.answered('BYE')).headers.get('Reason')).toMatch(/^SIP;cause=503/);
    await stage.clock.passUntil(closing);
  });
});

test('P-SIP-01: OPTIONS tell what the room permits', async () => {
  const { room } = await start();
  expect(await optionsOf(ROOM)).toContain('\r\na=chatroom:nickname private-messages\r\n');
  await room.configure({ allowNicknames: false, allowPrivateMessages: false, acceptWrappedTypes: ['text/plain'] });
  const sdp = await optionsOf(ROOM);
  expect(sdp).toContain('\r\na=chatroom\r\n');
  expect(sdp).toContain('\r\na=accept-wrapped-types:text/plain\r\n');
});

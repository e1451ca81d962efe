import type { Room } from '../../plugin/rooms-api.js';
import { Dialog, type ServerTransaction } from '../../lib/embedded-drachtio/sip.js';
import { Caller, type CallOptions, CHATROOM, cpim, inviteFrom, lines, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

jest.setTimeout(20_000);

const ROOM = 'sip:lounge@localhost';
const SDP: [string, string] = ['Content-Type', 'application/sdp'];

let server: ServerUnderTest;
let clock: ManualClock;

async function start(options: ServerUnderTestOptions = {}): Promise<Room> {
  clock = new ManualClock();
  server = await ServerUnderTest.start({ clock, ...options });
  return server.server.create('lounge');
}

afterEach(() => server.close());

const participants = (): number => server.server.room('lounge')?.participants.size ?? 0;

/** The next re-INVITE of the room. */
async function reoffered(caller: Caller): Promise<ServerTransaction> {
  const transaction = await caller.sip.next();
  expect(transaction.request.method).toBe('INVITE');
  return transaction;
}

const bodyOf = ({ request }: ServerTransaction): string => request.body.toString();

/** Answers a re-INVITE as the client of `caller`, with this SDP or the one of before. */
async function accept(
  caller: Caller,
  reinvite: ServerTransaction,
  body: string = offer({ path: caller.path, setup: 'active' }),
): Promise<void> {
  const acks = caller.sip.acks.length;
  reinvite.reply(200, { headers: [['Contact', `<${caller.sip.uri}>`], SDP], body: Buffer.from(body) });
  await caller.sip.acked(acks + 1);
}

/** The room has the final responses to all it asked; no time passes. */
const answeredAll = (): Promise<void> => clock.passUntil(server.server.adapter.idle(60_000), 0);

/** The room has sent what it had to before it answers this. */
async function sentAll(caller: Caller): Promise<void> {
  expect((await finalOf(caller.request('OPTIONS'))).status).toBe(200);
}

async function settled(caller: Caller): Promise<void> {
  await answeredAll();
  await sentAll(caller);
}

/** Nothing came that was not looked at. */
async function quiet(caller: Caller): Promise<void> {
  await settled(caller);
  expect(caller.sip.unread).toBe(0);
}

/** The message of somebody reaches the caller on the connection that it has. */
async function hears(caller: Caller, say: (text: string) => Promise<unknown>, text: string): Promise<void> {
  await say(text);
  expect((await caller.msrp.frameOf('SEND')).body).toContain(text);
}

const withoutNicknames = (sdp: string): string =>
  sdp.replace('a=chatroom:nickname private-messages', 'a=chatroom:private-messages');

describe('7701-8-08: a change of the room is offered anew', () => {
  test('only what the room declares is another, and the session goes on', async () => {
    const room = await start();
    const body = offer({ path: newPath() }).replace('m=message', 'm=audio 4000 RTP/AVP 0\r\nm=message');
    const path = /a=path:(\S+)/.exec(body)?.[1];
    const caller = await Caller.join(server, ROOM, { path, body });
    await room.configure({ allowNicknames: false, acceptWrappedTypes: ['text/*'] });
    const reinvite = await reoffered(caller);
    const before = caller.response.body.toString();
    expect(before).toContain('\r\nm=audio 0 RTP/AVP 0\r\n');
    // 4975-8.4-02: the version counts up; 6135-4.2-02: an offer says `actpass` where the answer said `passive`.
    expect(bodyOf(reinvite)).toBe(
      withoutNicknames(before)
        .replace(/^(o=- \d+) 1 /m, '$1 2 ')
        .replace('a=setup:passive', 'a=setup:actpass')
        .replace('a=accept-wrapped-types:*', 'a=accept-wrapped-types:text/*'),
    );
    expect(reinvite.request.headers.get('Contact')).toContain(';isfocus');
    expect(reinvite.request.headers.get('Supported')).toBe('timer');
    const answer = offer({ path, setup: 'active' }).replace('m=message', 'm=audio 0 RTP/AVP 0\r\nm=message');
    await accept(caller, reinvite, answer);
    await answeredAll();
    await hears(caller, (text) => room.send(text), 'still here');
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
    expect(participants()).toBe(1);
  });

  test('4975-8.4-03: an answer that says nothing of a=setup keeps the connection too', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowPrivateMessages: false });
    const reinvite = await reoffered(caller);
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom:nickname\r\n');
    await accept(caller, reinvite, offer({ path: caller.path }).replace(/a=setup.*\r\n/, ''));
    await hears(caller, (text) => room.send(text), 'still here');
  });

  test('what SDP does not say is not offered, nor what is taken back in time', async () => {
    const room = await start();
    const caller = await Caller.call(server, ROOM);
    await room.configure({ title: 'Lounge', locked: true, tls: 'optional', chatUnaware: 'refuse' });
    await quiet(caller);
  });

  test('several changes meanwhile are one more offer', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const first = await reoffered(caller);
    for (const type of ['text/plain', 'text/html', 'text/*']) await room.configure({ acceptWrappedTypes: [type] });
    await accept(caller, first);
    const second = await reoffered(caller);
    expect(bodyOf(second)).toBe(
      bodyOf(first)
        .replace(/^(o=- \d+) 2 /m, '$1 3 ')
        .replace('types:*', 'types:text/*'),
    );
    await accept(caller, second);
    await quiet(caller);
  });

  test('RFC 3261 14.1: not before the ACK', async () => {
    const room = await start();
    const sip = await Caller.agent(server);
    const invite = inviteFrom(sip, ROOM, { uri: 'sip:caller@example.com', headers: [], body: offer() });
    const transaction = sip.send(invite);
    const response = await finalOf(transaction);
    await room.configure({ allowNicknames: false });
    expect((await sip.exchange(sip.compose('OPTIONS', ROOM))).status).toBe(200);
    expect(sip.unread).toBe(0);
    if (!transaction.flow) throw new Error('no flow');
    const dialog = Dialog.fromResponse(invite, response, transaction.flow);
    await sip.acknowledge(invite, dialog);
    const reinvite = await sip.next();
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom:private-messages\r\n');
    reinvite.reply(488);
    await sip.exchange(dialog.createRequest('BYE'), dialog);
  });

  test('RFC 4028 7.4: the session timer runs on', async () => {
    const room = await start();
    const headers: [string, string][] = [
      ['Supported', 'timer'],
      ['Session-Expires', '600;refresher=uac'],
    ];
    const caller = await Caller.call(server, ROOM, { headers });
    expect(caller.response.headers.get('Session-Expires')).toBe('600;refresher=uac');
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    expect(reinvite.request.headers.get('Session-Expires')).toBe('600;refresher=uas');
    await accept(caller, reinvite);
  });

  test('a peer that offers first hears it in our answer', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(491);
    await settled(caller);
    const answer = await caller.reinvite(offer({ path: caller.path }));
    expect(answer.body.toString()).toContain('\r\na=chatroom:private-messages\r\n');
    clock.advance(2_000);
    await quiet(caller);
  });

  test('an offer without ours: the 200 has it', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(488);
    await settled(caller);
    const request = caller.dialog.createRequest('INVITE', { headers: [['Contact', `<${caller.sip.uri}>`]] });
    const response = await caller.sip.exchange(request, caller.dialog);
    expect(response.body.toString()).toContain('\r\na=chatroom:private-messages\r\n');
    await caller.sip.acknowledge(request, caller.dialog, offer({ path: caller.path }));
    await hears(caller, (text) => room.send(text), 'still here');
  });

  test('our own client follows it', async () => {
    const room = await start();
    const [ana, bob] = await server.joinAll(ROOM, 'ana', 'bob');
    await room.configure({ allowNicknames: false, allowPrivateMessages: false });
    await answeredAll();
    await expect(ana.participant.setNickname('Fox')).rejects.toMatchObject({ code: 'CHAT_ERR_NICKNAME_UNSUPPORTED' });
    await expect(ana.participant.sendPrivate('sip:bob@example.com', 'psst')).rejects.toMatchObject({
      code: 'CHAT_ERR_PRIVATE_UNSUPPORTED',
    });
    await ana.participant.send('for all');
    expect((await bob.events.next('message'))[0].text).toBe('for all');
    await room.configure({ allowNicknames: true, allowPrivateMessages: true });
    await answeredAll();
    expect(await ana.participant.setNickname('Fox')).toMatchObject({ status: 200 });
    await ana.participant.sendPrivate('sip:bob@example.com', 'psst');
    expect((await bob.events.next('message'))[0].text).toBe('psst');
  });
});

test('twenty re-INVITEs of a room are under way at a time', async () => {
  const room = await start();
  const callers: Caller[] = [];
  for (let i = 0; i < 22; i++) callers.push(await Caller.call(server, ROOM, { uri: `sip:caller${i}@example.com` }));
  await room.configure({ allowNicknames: false });
  const first = await Promise.all(callers.slice(0, 20).map(reoffered));
  for (const caller of callers.slice(20)) await sentAll(caller);
  expect(callers.slice(20).map(({ sip }) => sip.unread)).toEqual([0, 0]);
  await accept(callers[7], first[7]);
  await accept(callers[20], await reoffered(callers[20]));
  await accept(callers[21], await reoffered(callers[21]));
  for (const [index, reinvite] of first.entries()) if (index !== 7) await accept(callers[index], reinvite);
  await answeredAll();
});

describe('JOIN-18: offers that meet', () => {
  test('the peer offers while ours is under way: 491, and an UPDATE that only refreshes 200', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    expect((await caller.reinvite(offer({ path: caller.path }))).status).toBe(491);
    const update = caller.request('UPDATE', { headers: [SDP], body: offer({ path: caller.path }) });
    expect((await finalOf(update)).status).toBe(491);
    expect((await finalOf(caller.request('UPDATE'))).status).toBe(200);
    await accept(caller, reinvite);
    expect((await caller.reinvite(offer({ path: caller.path }))).status).toBe(200);
  });

  test('RFC 3261 14.1: 491 from the peer: again within 2 s, not for ever', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const first = await reoffered(caller);
    first.reply(491);
    for (let retry = 0; retry < 5; retry++) {
      await answeredAll();
      clock.advance(2_000);
      const again = await clock.passUntil(reoffered(caller), 10);
      expect(bodyOf(again)).toBe(bodyOf(first));
      again.reply(491);
    }
    await settled(caller);
    clock.advance(2_000);
    await quiet(caller);
    await hears(caller, (text) => room.send(text), 'still here');
  });
});

describe('an offer that fails', () => {
  test('RFC 3261 14.1: refused, the session stays, and the next change is offered', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(488);
    await settled(caller);
    await hears(caller, (text) => room.send(text), 'still here');
    await room.configure({ allowPrivateMessages: false });
    const reinvite = await reoffered(caller);
    expect(bodyOf(reinvite)).toMatch(/^o=- \d+ 2 /m);
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom\r\n');
    await accept(caller, reinvite);
  });

  test.each([481, 408])('RFC 3261 12.2.1.2: %d ends the dialog', async (status) => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(status);
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toMatch(/^SIP;cause=480;/);
    expect(participants()).toBe(0);
  });

  test('no answer at all ends the dialog', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    reinvite.reply(180);
    clock.advance(40_001);
    await caller.answered('BYE');
    reinvite.reply(487);
  });

  test('an answer with port 0 ends it too', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path: caller.path }).replace(/m=message \d+/, 'm=message 0'));
    await caller.answered('BYE');
    expect(participants()).toBe(0);
  });

  test('somebody removed meanwhile gets BYE, and is not offered anything again', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    await room.participants.get('sip:caller@example.com')?.kick('enough');
    expect((await caller.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=403;text="enough"');
    reinvite.reply(491);
    clock.advance(2_000);
    await room.configure({ allowNicknames: true });
    expect((await caller.sip.exchange(caller.sip.compose('OPTIONS', ROOM))).status).toBe(200);
    expect(caller.sip.unread).toBe(0);
  });
});

describe('what the answer says holds', () => {
  test('7701-8-09: without a=chatroom no private messages, and no greeting', async () => {
    const room = await start();
    const ana = await server.join(ROOM, 'ana');
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path: caller.path, attributes: [] }));
    await answeredAll();
    expect(await ana.participant.sendPrivate('sip:caller@example.com', 'psst')).toMatchObject({ status: 428 });
    await hears(caller, (text) => room.send(text), 'for all');
  });

  test('4975-8.4-03: another session of the peer takes the place of the old one', async () => {
    const room = await start();
    const caller = await Caller.join(server, ROOM);
    await room.configure({ allowNicknames: false });
    const path = newPath();
    const reinvite = await reoffered(caller);
    await accept(caller, reinvite, offer({ path }));
    const [, roomPath = ''] = /a=path:(\S+)/.exec(bodyOf(reinvite)) ?? [];
    expect(roomPath).toBe(caller.roomPath);
    const moved = await FakeMsrpPeer.connect(roomPath, path);
    server.onClose(() => moved.close());
    moved.send(undefined, { range: '1-0/0' });
    await moved.frameOf('200');
    await room.send('over here');
    expect((await moved.frameOf('SEND')).body).toContain('over here');
  });

  test('4975-8.9-01: a listener stays one', async () => {
    const room = await start();
    const attributes = [CHATROOM, 'a=recvonly'];
    const path = newPath();
    const caller = await Caller.join(server, ROOM, { path, body: offer({ path, attributes }) });
    const say = (): Promise<unknown> => caller.exchange(cpim('sip:caller@example.com', ROOM, 'hi'));
    const refused = await say();
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path, attributes }));
    expect(await say()).toMatchObject({ what: (refused as { what: string }).what });
    await hears(caller, (text) => room.send(text), 'listen');
  });
});

describe('7701-11-01: chatUnaware refuse', () => {
  const unaware: CallOptions = { body: offer({ attributes: [] }) };
  const BLINK: [string, string][] = [['User-Agent', 'Blink Pro 5.9.1 (MacOSX)']];

  test('who declares no a=chatroom is refused with 488, AG Projects is not', async () => {
    const room = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const agent = await Caller.agent(server);
    const body = unaware.body ?? '';
    const invite = inviteFrom(agent, ROOM, { uri: 'sip:caller@example.com', headers: [], body });
    const response = await agent.exchange(invite);
    expect(response.status).toBe(488);
    expect(response.headers.get('Warning')).toMatch(/^399 localhost "a=chatroom is missing/);
    await Caller.call(server, ROOM, { body, headers: BLINK });
    await Caller.call(server, ROOM, { uri: 'sip:aware@example.com' });
    expect(participants()).toBe(2);
  });

  test('also when the answer comes in the ACK', async () => {
    const room = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const sip = await Caller.agent(server);
    await sip.invite(sip.compose('INVITE', ROOM), offer({ attributes: [] }));
    const bye = await sip.next();
    bye.reply(200);
    expect(bye.request.method).toBe('BYE');
    expect(participants()).toBe(0);
  });

  test('7701-8-08: nor may it be withdrawn under this policy; the session stays', async () => {
    const room = await start();
    await room.configure({ chatUnaware: 'refuse' });
    const caller = await Caller.join(server, ROOM);
    expect((await caller.reinvite(offer({ path: caller.path, attributes: [] }))).status).toBe(488);
    await hears(caller, (text) => room.send(text), 'still here');
  });

  test('who is in stays, and 7701-8-08: who withdraws a=chatroom gets no private messages', async () => {
    const room = await start();
    const path = newPath();
    const ana = await server.join(ROOM, 'ana');
    const old = await Caller.join(server, ROOM, { path, body: offer({ path, attributes: [] }) });
    const caller = await Caller.join(server, ROOM, { uri: 'sip:later@example.com' });
    await room.configure({ chatUnaware: 'refuse' });
    expect((await old.reinvite(offer({ path, attributes: [] }))).status).toBe(200);
    expect((await caller.reinvite(offer({ path: caller.path, attributes: [] }))).status).toBe(200);
    expect(await ana.participant.sendPrivate('sip:later@example.com', 'psst')).toMatchObject({ status: 428 });
  });
});

describe("7701-5.2-02, SDP-12: refuseMedia 'port-0'", () => {
  const noCpim = (path = newPath()): string => offer({ path }).replace('message/cpim ', '');
  const AUDIO = lines(
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 4000 RTP/AVP 0 8'],
  );

  test.each([
    ['no message/cpim', noCpim(), 'm=message 0 TCP/MSRP *\r\n'],
    ['JOIN-16: audio only', AUDIO, 'm=audio 0 RTP/AVP 0\r\n'],
    ['no a=chatroom where that is refused', offer({ attributes: [] }), 'm=message 0 TCP/MSRP *\r\n'],
    ['TLS where there is none', offer().replace('TCP/MSRP', 'TCP/TLS/MSRP'), 'm=message 0 TCP/TLS/MSRP *\r\n'],
  ])('%s: 200 with port 0, nobody has joined, BYE after 30 s', async (_name, body, line) => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0', chatUnaware: 'refuse' });
    const joined: unknown[] = [];
    room.on('join', (who) => joined.push(who));
    const caller = await Caller.call(server, ROOM, { body });
    expect(caller.response.body.toString()).toMatch(new RegExp(`\\r\\n${line.replace(/[*]/g, '\\*')}$`));
    expect([participants(), joined]).toEqual([0, []]);
    clock.advance(29_999);
    await quiet(caller);
    expect([participants(), joined]).toEqual([0, []]);
    await server.clear();
  });

  test('7701-11-06: MSRP without TLS where that is required', async () => {
    const room = await start({ msrp: { tls: { listen: '127.0.0.1:0' } } });
    const before = await Caller.join(server, ROOM);
    await room.configure({ refuseMedia: 'port-0', tls: 'required' });
    const caller = await Caller.call(server, ROOM, { uri: 'sip:later@example.com' });
    expect(caller.response.body.toString()).toMatch(/m=message 0 TCP\/MSRP \*\r\n$/);
    expect((await before.reinvite(offer({ path: before.path }))).status).toBe(200);
    await hears(before, (text) => room.send(text), 'still here');
    expect(participants()).toBe(1);
  });

  test('without an offer that can be used the call ends after 30 s', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.call(server, ROOM, { body: noCpim() });
    expect((await caller.reinvite(AUDIO)).body.toString()).toMatch(/m=audio 0/);
    await settled(caller);
    clock.advance(30_000);
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toBe('SIP;cause=488;text="No chat session was offered"');
    expect(clock.pending).toBe(0);
  });

  test('a re-INVITE that can be used joins', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const ana = await server.join(ROOM, 'ana');
    const caller = await Caller.call(server, ROOM, { body: noCpim() });
    const path = newPath();
    const answer = await caller.reinvite(offer({ path }));
    expect(answer.status).toBe(200);
    const [, roomPath = ''] = /a=path:(\S+)/.exec(answer.body.toString()) ?? [];
    const msrp = await FakeMsrpPeer.connect(roomPath, path);
    server.onClose(() => msrp.close());
    msrp.send(undefined, { range: '1-0/0' });
    await msrp.frameOf('200');
    expect(participants()).toBe(2);
    clock.advance(31_000);
    await ana.participant.send('welcome');
    expect((await msrp.frameOf('SEND')).body).toContain('welcome');
  });

  test('who may not come is refused all the same', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0', locked: true });
    await expect(Caller.call(server, ROOM, { body: noCpim() })).rejects.toThrow('403');
  });

  test('RFC 3261 14.2: what a participant offers instead is refused with 488, and its session stays', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(server, ROOM);
    expect((await caller.reinvite(noCpim(caller.path))).status).toBe(488);
    await hears(caller, (text) => room.send(text), 'still here');
  });

  test('the room is closed: BYE also for who has no session', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.call(server, ROOM, { body: noCpim() });
    await room.close();
    await caller.answered('BYE');
  });
});

describe('RFC 3264 8.2: a participant ends its stream with port 0', () => {
  const ended = (path: string): string => offer({ path }).replace(/m=message \d+/, 'm=message 0');

  test('it has left, and gets BYE', async () => {
    const room = await start();
    const left: string[] = [];
    room.on('leave', ({ uri }) => left.push(uri));
    const caller = await Caller.join(server, ROOM);
    const answer = await caller.reinvite(ended(caller.path));
    expect([answer.status, answer.body.toString()]).toEqual([
      200,
      expect.stringMatching(/m=message 0 TCP\/MSRP \*\r\n$/),
    ]);
    expect((await caller.answered('BYE')).headers.get('Reason')).toMatch(/^SIP;cause=200;/);
    expect(left).toEqual(['sip:caller@example.com']);
  });

  test("with 'port-0' its call may come back with another one", async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(server, ROOM);
    expect((await caller.reinvite(ended(caller.path))).status).toBe(200);
    await settled(caller);
    expect(participants()).toBe(0);
    const path = newPath();
    const answer = await caller.reinvite(offer({ path }));
    const [, roomPath = ''] = /a=path:(\S+)/.exec(answer.body.toString()) ?? [];
    expect(roomPath).not.toBe(caller.roomPath);
    expect(participants()).toBe(1);
  });

  test('or ends with the server', async () => {
    const room = await start();
    await room.configure({ refuseMedia: 'port-0' });
    const caller = await Caller.join(server, ROOM);
    await caller.reinvite(ended(caller.path));
    await settled(caller);
    const closing = server.server.close();
    expect((await caller.answered('BYE')).headers.get('Reason')).toMatch(/^SIP;cause=503/);
    await clock.passUntil(closing);
  });
});

test('P-SIP-01: OPTIONS tell what the room permits', async () => {
  const room = await start();
  const ask = async (): Promise<string> => {
    const sip = await Caller.agent(server);
    const response = await sip.exchange(sip.compose('OPTIONS', ROOM));
    expect(response.headers.get('Contact')).toContain(';isfocus');
    return response.body.toString();
  };
  expect(await ask()).toContain('\r\na=chatroom:nickname private-messages\r\n');
  await room.configure({ allowNicknames: false, allowPrivateMessages: false, acceptWrappedTypes: ['text/plain'] });
  const sdp = await ask();
  expect(sdp).toContain('\r\na=chatroom\r\n');
  expect(sdp).toContain('\r\na=accept-wrapped-types:text/plain\r\n');
});

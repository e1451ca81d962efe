import { answer, Callees, pathIn } from '../support/callee.js';
import { Caller, cpim, inviteFrom, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

const BOB = 'sip:bob@example.com';

describe.each(['udp', 'tcp'] as const)('a room that calls people by way of a proxy over %s', (transport) => {
  let callees: Callees;
  let server: ServerUnderTest;

  beforeAll(async () => {
    callees = await Callees.start(transport);
    server = await ServerUnderTest.start({ outboundProxy: callees.proxy });
  });
  afterEach(() => server.clear());
  afterAll(async () => {
    await server?.close();
    await callees?.close();
  });

  const newRoom = () => server.server.create(server.newRoom('conf.example.com'));

  test('INV-01, INV-02, INV-10, INV-20, HDR-01, PBX-15: one INVITE each, from the room, to the proxy whatever the host', async () => {
    const room = newRoom();
    const results = room.invite([BOB, 'sip:x@evil.example']);
    const invited = [await callees.invited(), await callees.invited()];
    expect(invited.map(({ request }) => request.uri).toSorted()).toEqual([BOB, 'sip:x@evil.example']);
    expect(new Set(invited.map((each) => each.header('Call-ID'))).size).toBe(2);
    const [first] = invited;
    expect(first.header('To')).toBe(`<${first.request.uri}>`);
    expect(first.header('From')).toMatch(new RegExp(`^<${room.uri}>;tag=`));
    expect(first.header('Contact')).toBe(`<${room.uri}>;isfocus`);
    expect(first.header('Max-Forwards')).toBe('70');
    expect(first.header('Allow')).toContain('SUBSCRIBE');
    expect(first.header('Route')).toBeUndefined();
    expect(first.header('Supported')).toBe('timer, norefersub, multiple-refer, replaces, join');
    expect(first.header('Content-Type')).toBe('application/sdp');
    expect(first.sdp).toMatch(/^m=message \d+ TCP\/MSRP \*\r\n/m);
    expect(first.sdp.match(/^m=/gm)).toHaveLength(1);
    expect(first.sdp).toContain('a=setup:actpass\r\n');
    expect(first.sdp).toContain('a=chatroom:nickname private-messages\r\n');
    expect(first.sdp).not.toContain('file-selector');
    for (const each of invited) each.reply(480);
    expect(await results).toEqual([
      { uri: BOB, status: 480, reason: 'Temporarily Unavailable' },
      { uri: 'sip:x@evil.example', status: 480, reason: 'Temporarily Unavailable' },
    ]);
  });

  test('who accepts is in, and chats', async () => {
    const room = newRoom();
    const ana = await server.join(room.uri, 'ana');
    const results = room.invite(BOB);
    const invited = await callees.invited();
    invited.reply(180);
    const bob = await invited.join();
    expect(await results).toEqual([{ uri: BOB, status: 200, reason: 'OK' }]);
    expect([...room.participants.keys()].toSorted()).toEqual(['sip:ana@example.com', BOB]);
    const heard = ana.events.next('message');
    bob.msrp.send(cpim(BOB, room.uri, 'Hello'));
    const [message] = await heard;
    expect(message).toMatchObject({ text: 'Hello' });
    const told = bob.msrp.frameOf('SEND');
    await room.send('Welcome');
    expect((await told).body).toContain('Welcome');
    await bob.bye();
    expect([...room.participants.keys()]).toEqual(['sip:ana@example.com']);
  });

  test('SDP-19 of plain offers, 6135-4.2-04: to a callee that answers setup:passive the room connects', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    const invited = await callees.invited();
    const msrp = await FakeMsrpPeer.listen();
    const bob = await invited.accept(answer(msrp.path, 'passive'));
    const bound = await msrp.frameOf('SEND');
    expect(bound.headers.get('from-path')).toBe(pathIn(invited.sdp));
    expect(await results).toEqual([{ uri: BOB, status: 200, reason: 'OK' }]);
    const told = msrp.frameOf('SEND');
    await room.send('Welcome');
    expect((await told).body).toContain('Welcome');
    await bob.bye();
    await msrp.close();
  });

  test('in the dialog that a call made, requests are answered as in one of a caller: SUBSCRIBE, re-INVITE, OPTIONS, BYE', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    const invited = await callees.invited();
    const path = newPath();
    const bob = await invited.accept(answer(path));
    // At once behind the ACK: its dialog is known (DRA-G8).
    const subscribed = bob.request('SUBSCRIBE', [
      ['Event', 'conference'],
      ['Expires', '600'],
    ]);
    const notify = await callees.request();
    expect(await subscribed).toMatchObject({ status: 200 });
    expect(notify).toMatchObject({ method: 'NOTIFY' });
    expect(notify.headers.get('Contact')).toBe(`<${room.uri}>;isfocus`);
    expect(notify.body.toString()).toContain('<joining-method>dialed-out</joining-method>');
    await bob.connect(path);
    expect(await results).toMatchObject([{ status: 200 }]);
    const options = await bob.request('OPTIONS');
    expect(options.headers.get('Contact')).toContain('isfocus');
    const sdp: [string, string][] = [['Content-Type', 'application/sdp']];
    const again = await bob.request('INVITE', sdp, answer(path).replace('o=- 1 1', 'o=- 1 2'));
    expect(again).toMatchObject({ status: 200 });
    expect(again.headers.get('Contact')).toBe(`<${room.uri}>;isfocus`);
    expect(pathIn(again.body.toString())).toBe(pathIn(invited.sdp));
    await bob.bye();
    expect(room.participants.size).toBe(0);
  });

  test('SDP-16: what the room declares anew is offered to him in a re-INVITE with the next version', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    const invited = await callees.invited();
    const bob = await invited.join();
    await results;
    await room.configure({ allowNicknames: false });
    const reinvite = await callees.invited();
    expect(reinvite.header('Call-ID')).toBe(invited.header('Call-ID'));
    expect(reinvite.header('Contact')).toBe(`<${room.uri}>;isfocus`);
    expect(reinvite.sdp).toContain('a=chatroom:private-messages\r\n');
    expect(/^o=- \d+ (\d+)/m.exec(reinvite.sdp)?.[1]).toBe('2');
    reinvite.reply(488);
    await bob.bye();
  });

  test('who is removed gets BYE with a Reason', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    const bob = await (await callees.invited()).join();
    await results;
    await room.participants.get(BOB)?.kick();
    const bye = await callees.request();
    expect(bye.method).toBe('BYE');
    expect(bye.headers.get('Reason')).toContain('cause=403');
    await bob.msrp.close();
  });

  test('7701-5.2-11, JOIN-17 the other way round: an answer without message/cpim: ACK, then BYE 488; he never was in', async () => {
    const room = newRoom();
    const joins: unknown[] = [];
    room.on('join', (participant) => joins.push(participant));
    const results = room.invite(BOB);
    await (await callees.invited()).accept(answer(newPath()).replace('message/cpim ', ''));
    const bye = await callees.request();
    expect(bye.method).toBe('BYE');
    expect(bye.headers.get('Reason')).toContain('cause=488');
    expect(await results).toMatchObject([{ uri: BOB, status: 488 }]);
    expect(joins).toEqual([]);
  });

  test('a 200 without SDP, or without Contact, is ended the same way', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    await (await callees.invited()).accept('');
    expect((await callees.request()).method).toBe('BYE');
    expect(await results).toMatchObject([{ status: 488 }]);
    const others = room.invite(BOB);
    (await callees.invited()).reply(200);
    const bye = await callees.request();
    expect(bye.method).toBe('BYE');
    expect(bye.headers.get('Reason')).toContain('Missing Contact');
    expect(await others).toMatchObject([{ status: 488 }]);
  });

  test('HDR-01: an INVITE from one of our rooms is a loop: 482', async () => {
    const room = newRoom();
    const agent = await Caller.agent(server);
    const invite = inviteFrom(agent, newRoom().uri, { uri: room.uri, body: offer() });
    expect(await agent.exchange(invite)).toMatchObject({ status: 482 });
  });

  test.each([
    ['a room of ours', 'sip:other@conf.example.com'],
    ['a room of ours, whatever the port', 'sips:other@CONF.example.com:5061'],
    ['another scheme', 'mailto:bob@example.com'],
    ['headers in the URI', 'sip:bob@example.com?Route=%3Csip:x%3E'],
    ['nobody in particular', 'sip:example.com'],
    ['a blank', 'sip:bob@example.com\r\nVia: x'],
  ])('INV-02, REF-15: %s is not dialled, and with it nobody', async (_title, uri) => {
    const room = newRoom();
    await expect(room.invite([BOB, uri])).rejects.toMatchObject({ code: 'CHAT_ERR_DIAL_TARGET', sipStatus: 403 });
    expect(callees.sip.unread).toBe(0);
  });

  test('a number goes to the proxy as it is, and stays in the Request-URI (INV-19)', async () => {
    const room = newRoom();
    const results = room.invite('tel:+33-6;phone-context=x');
    const invited = await callees.invited();
    expect(invited.request.uri).toBe('tel:+33-6;phone-context=x');
    expect(invited.header('To')).toBe('<tel:+33-6;phone-context=x>');
    invited.reply(404);
    expect(await results).toMatchObject([{ status: 404 }]);
  });

  test('REF-10: whoever is in is not called again, and whoever is being called is so once', async () => {
    const room = newRoom();
    const first = room.invite(BOB);
    const invited = await callees.invited();
    const second = room.invite(['sip:bob@EXAMPLE.com', 'sip:bob@example.com;x=y']);
    const bob = await invited.join();
    expect(await first).toMatchObject([{ status: 200 }]);
    expect(await second).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(await room.invite(BOB)).toEqual([{ uri: BOB, status: 200, reason: 'OK' }]);
    expect(callees.sip.unread).toBe(0);
    await bob.bye();
  });

  test('INV-03: Referred-By and Subject are what the program says', async () => {
    const room = newRoom();
    const results = room.invite(BOB, { referredBy: 'sip:ana@example.com', subject: 'Läuft 🎉' });
    const invited = await callees.invited();
    expect(invited.header('Referred-By')).toBe('<sip:ana@example.com>');
    expect(invited.header('Subject')).toBe('Läuft 🎉');
    invited.reply(603, [], 'Decline');
    expect(await results).toEqual([{ uri: BOB, status: 603, reason: 'Decline' }]);
  });
});

test('without a way out nobody is invited', async () => {
  const server = await ServerUnderTest.start();
  const room = server.server.create(server.newRoom());
  await expect(room.invite(BOB)).rejects.toMatchObject({ code: 'CHAT_ERR_NO_OUTBOUND', sipStatus: 488 });
  await server.close();
});

test('INV-02: with directDial the host of the URI is called', async () => {
  const callees = await Callees.start();
  const server = await ServerUnderTest.start({ domain: ['conf.example.com'], directDial: true });
  try {
    const room = server.server.create('sip:direct@conf.example.com');
    await expect(room.invite('tel:+33612345678')).rejects.toMatchObject({ code: 'CHAT_ERR_DIAL_TARGET' });
    const results = room.invite(callees.sip.uri);
    const bob = await (await callees.invited()).join();
    expect(await results).toMatchObject([{ status: 200 }]);
    await bob.bye();
    expect(await room.invite('sip:bob@127.0.0.1:1;transport=tcp')).toMatchObject([{ status: 503 }]);
  } finally {
    await server.close();
    await callees.close();
  }
});

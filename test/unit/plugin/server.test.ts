import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { type Chatrooms, ChatroomsError, type ChatroomsOptions, chatrooms } from '../../../plugin/index.js';
import { chatOffer, SDP, ScriptedAgent } from '../../support/scripted-agent.js';
import { patientClock } from '../../support/patient-clock.js';
import { NEVER_LATE } from '../../support/server.js';

const path = (body: string): string | undefined => /a=path:(\S+)/.exec(body)?.[1];

let endpoint: EmbeddedDrachtio;
let srf: Srf;
let rooms: Chatrooms;
let port: number;
const peers: ScriptedAgent[] = [];
const foreign: string[] = [];

async function start(options: ChatroomsOptions = {}): Promise<void> {
  endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
  port = endpoint.addresses.udp?.port ?? 0;
  srf = new Srf();
  rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' }, ...options, limits: { ...NEVER_LATE, ...options.limits } });
  await rooms.attach(srf);
  const connected = once(srf as unknown as EventEmitter, 'connect');
  const server = { ...endpoint.control, secret: endpoint.secret };
  await Promise.all([connected, srf.connect(server)]);
  srf.use('options', (req, res) => {
    foreign.push(req.uri);
    res.send(480);
  });
}

async function peer(name: string, room?: string): Promise<ScriptedAgent> {
  const opened = await ScriptedAgent.open(port, name, room);
  peers.push(opened);
  return opened;
}

async function joined(name: string): Promise<ScriptedAgent> {
  const opened = await peer(name);
  const response = await opened.ask('INVITE', { headers: SDP, body: chatOffer(name) });
  expect(response.what).toBe('200');
  // JOIN-17: he is in once his ACK is there, which was sent before this.
  expect((await opened.ask('OPTIONS')).what).toBe('200');
  return opened;
}

afterEach(async () => {
  await rooms.close({ timeout: 0 });
  srf.disconnect();
  await endpoint.close();
  for (const opened of peers.splice(0)) opened.close();
  foreign.length = 0;
});

describe('INVITE', () => {
  test('7701-5.2-05, JOIN-14, P-SDP: 200 with isfocus, Allow, Allow-Events and the answer', async () => {
    await start();
    const alice = await peer('alice');
    const join = new Promise<string>((resolve) =>
      rooms.on('join', (room, who) => resolve(`${who.uri} in ${room.name}`)),
    );
    const response = await alice.ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(response.what).toBe('200');
    expect(response.header('Contact')).toBe(`<sip:lobby@127.0.0.1:${port}>;isfocus`);
    expect(response.header('Allow')).toMatch(/REFER, SUBSCRIBE, NOTIFY/);
    expect(response.header('Allow-Events')).toBe('conference');
    expect(response.body).toContain('a=accept-types:message/cpim\r\n');
    expect(response.body).toContain('a=chatroom:nickname private-messages\r\n');
    expect(await join).toBe('sip:alice@localhost in lobby');
    expect([...(rooms.room('lobby')?.participants.keys() ?? [])]).toEqual(['sip:alice@localhost']);
  });

  test('BYE-01: BYE of the participant removes it, and the room with the last one', async () => {
    await start();
    const alice = await joined('alice');
    const left = new Promise((resolve) => rooms.on('roomClosed', resolve));
    expect((await alice.ask('BYE')).what).toBe('200');
    await left;
    expect(rooms.rooms.size).toBe(0);
  });

  test.each<[string, string, Record<string, string | undefined>, string, RegExp | null]>([
    [
      'no message line',
      '488',
      SDP,
      chatOffer().replace(/m=message[\s\S]*/, 'm=audio 4000 RTP/AVP 0\r\n'),
      /304 .*"Media type/,
    ],
    ['7701-5.2-02: no message/cpim', '488', SDP, chatOffer().replace('message/cpim', 'text/plain'), /message\/cpim/],
    ['SDP that is none', '400', SDP, 'hello', null],
    ['another body', '415', { 'Content-Type': 'multipart/mixed;boundary=x' }, '--x--', null],
    ['a content encoding', '415', { ...SDP, 'Content-Encoding': 'gzip' }, chatOffer(), null],
    ['RFC 3261 12.1.1: no Contact', '400', { ...SDP, Contact: undefined }, chatOffer(), null],
    ['an unknown option tag', '420', { ...SDP, Require: 'recipient-list-invite' }, chatOffer(), null],
    [
      'TMR-02, 4028-9: too short a session',
      '422',
      { ...SDP, Supported: 'timer', 'Session-Expires': '30' },
      chatOffer(),
      null,
    ],
    ['3323-4.2-01: privacy that cannot be given', '500', { ...SDP, Privacy: 'hologram;critical' }, chatOffer(), null],
  ])('%s is %s', async (_name, status, headers, body, warning) => {
    await start();
    const response = await (await peer('alice')).ask('INVITE', { headers, body });
    expect(response.what).toBe(status);
    if (warning) expect(response.header('Warning')).toMatch(warning);
    expect(rooms.rooms.size).toBe(0);
  });

  test('4353-5.4-01: 404 where nobody may create rooms; a static room takes joiners', async () => {
    await start({ rooms: { create: 'nobody', static: { lobby: { subject: 'hi' } } } });
    const alice = await peer('alice', 'sip:other@localhost');
    expect((await alice.ask('INVITE', { headers: SDP, body: chatOffer() })).what).toBe('404');
    await joined('bob');
  });

  test('7701-4-01, 4975-8.2-01: one user in two rooms has two dialogs, and a session of its own in each', async () => {
    await start();
    const calls = [await peer('alice', 'sip:lobby@localhost'), await peer('alice', 'sip:kitchen@localhost')];
    const paths: (string | undefined)[] = [];
    for (const call of calls) paths.push(path((await call.ask('INVITE', { headers: SDP, body: chatOffer() })).body));
    expect(new Set(paths).size).toBe(2);
    await calls[0].ask('BYE');
    await calls[1].ask('OPTIONS');
    expect([...(rooms.room('kitchen')?.participants.keys() ?? [])]).toEqual(['sip:alice@localhost']);
  });

  test('JOIN-05: a locked room is 403', async () => {
    await start({ rooms: { static: { lobby: { locked: true } } } });
    const response = await (await peer('alice')).ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(response.what).toBe('403');
  });

  test('TMR-01, TMR-03: the peer refreshes, in what it asked for at most', async () => {
    await start();
    const headers = { ...SDP, Supported: 'timer', 'Session-Expires': '3600000' };
    const response = await (await peer('alice')).ask('INVITE', { headers, body: chatOffer() });
    expect(response.header('Session-Expires')).toBe('7200;refresher=uac');
    expect(response.header('Require')).toBe('timer');
  });

  test('BYE-15: CANCEL while a handler thinks: 487 and no participant', async () => {
    const handler = new EventEmitter();
    const thinking = once(handler, 'asked');
    await start({
      authorizeJoin: () =>
        new Promise<void>((resolve) => {
          handler.once('decide', resolve);
          handler.emit('asked');
        }),
    });
    const alice = await peer('alice');
    alice.send('INVITE', { headers: SDP, body: chatOffer() });
    await thinking;
    alice.send('CANCEL', { cseq: 1, branch: alice.lastBranch });
    expect((await alice.next('487')).cseq).toBe('1 INVITE');
    handler.emit('decide');
    const bob = await peer('bob', 'sip:elsewhere@localhost');
    bob.send('MESSAGE');
    await bob.next('404');
    expect(rooms.rooms.size).toBe(0);
  });

  test('a handler that refuses is 403, one that breaks too, and the program stays up', async () => {
    await start({
      authenticate: ({ from }) => (from.uri === 'sip:alice@localhost' ? null : { uri: 'sip:bob@example.com' }),
      authorizeJoin: () => {
        throw new TypeError('broken');
      },
    });
    expect((await (await peer('alice')).ask('INVITE', { headers: SDP, body: chatOffer() })).what).toBe('403');
    expect((await (await peer('bob')).ask('INVITE', { headers: SDP, body: chatOffer() })).what).toBe('403');
  });

  test('RFC 3261 13.2.1: without SDP the 200 has our offer, and the ACK the answer', async () => {
    await start();
    const alice = await peer('alice');
    const join = new Promise((resolve) => rooms.on('join', resolve));
    alice.send('INVITE');
    const response = await alice.next('200');
    expect(response.body).toContain('a=setup:actpass');
    alice.to = response.header('To') ?? '';
    alice.send('ACK', { cseq: 1, headers: SDP, body: chatOffer() });
    await join;
  });

  test('JOIN-11, 7701-5.2-11: an ACK without a usable answer ends the dialog', async () => {
    await start();
    const alice = await peer('alice');
    alice.send('INVITE');
    alice.to = (await alice.next('200')).header('To') ?? '';
    alice.send('ACK', { cseq: 1 });
    const bye = await alice.next('BYE');
    alice.answer(bye);
    expect(bye.header('Reason')).toMatch(/^SIP;cause=488;text=/);
  });
});

const multipart = (sdp: string): string =>
  [
    '--x',
    'Content-Type: application/resource-lists+xml',
    '',
    '<a/>',
    '--x',
    'Content-Type: application/sdp',
    '',
    sdp,
    '--x--',
    '',
  ].join('\r\n');

describe('what comes with the offer', () => {
  test('RFC 5621 3.1, DRA-G11: the offer in a multipart body', async () => {
    await start();
    const alice = await peer('alice');
    const headers = { 'Content-Type': 'multipart/mixed; boundary=x; charset=utf-8' };
    const response = await alice.ask('INVITE', { headers, body: multipart(chatOffer()) });
    expect(response.what).toBe('200');
    expect(response.body).toContain('a=path:');
  });
});

describe('a refusal', () => {
  test.each([
    [433, '433'],
    [480, '480'],
    [603, '603'],
    // Not in the table of drachtio-srf; RFC 3261 8.1.3.2 reads it as x00.
    [499, '400'],
    // No refusals.
    [200, '403'],
    [302, '403'],
    [Number.NaN, '403'],
  ])('with status %s is %s', async (sipStatus, expected) => {
    await start({
      authorizeJoin: () => {
        throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'no', { sipStatus });
      },
    });
    expect((await (await peer('alice')).ask('INVITE', { headers: SDP, body: chatOffer() })).what).toBe(expected);
    expect(rooms.rooms.size).toBe(0);
  });
});

const clean = ({ text }: { text: string }): void => expect(text.split('\r\n\r\n', 1)[0]).not.toMatch(/^X-Evil/im);

describe('header injection', () => {
  const EVIL = 'a"\r\nX-Evil: 1\r\n\r\nbody';

  test('what a program or a user wrote stays in its line', async () => {
    await start({
      rooms: { static: { lobby: { subject: EVIL, title: EVIL } } },
      authenticate: () => ({ uri: 'sip:alice@localhost', displayName: EVIL }),
    });
    const alice = await peer('alice');
    clean(await alice.ask('INVITE', { headers: SDP, body: chatOffer() }));
    clean(await alice.ask('OPTIONS'));
    clean(await alice.ask('SUBSCRIBE', { headers: { Event: 'conference' } }));
    const notify = await alice.next('NOTIFY');
    alice.answer(notify);
    clean(notify);
    await rooms.room('lobby')?.close(EVIL);
    const last = await alice.next('NOTIFY');
    alice.answer(last);
    clean(last);
    const bye = await alice.next('BYE');
    alice.answer(bye);
    clean(bye);
    expect(bye.header('Reason')).toBe('SIP;cause=403;text="a\\" X-Evil: 1 body"');
  });

  test('a refusal with line breaks', async () => {
    await start({
      authorizeJoin: () => {
        throw new ChatroomsError('CHAT_ERR_FORBIDDEN', EVIL.repeat(100), { sipStatus: 403 });
      },
    });
    const response = await (await peer('alice')).ask('INVITE', { headers: SDP, body: chatOffer() });
    clean(response);
    expect(response.header('Warning')).toMatch(/^399 localhost ".*"$/);
  });

  test('a room name with line breaks is no room, an option tag or event id that is no token is 400', async () => {
    await start();
    const alice = await peer('alice', 'sip:a%0d%0aX-Evil:1@localhost');
    const response = await alice.ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(response.what).toBe('404');
    clean(response);
    const bob = await peer('bob');
    const headers = { ...SDP, Require: 'foo bar' };
    expect((await bob.ask('INVITE', { headers, body: chatOffer() })).what).toBe('400');
  });
});

describe('in the dialog', () => {
  test('4975-8.4-02: a re-INVITE that changes nothing is answered with the same SDP', async () => {
    await start();
    const alice = await peer('alice');
    const first = await alice.ask('INVITE', { headers: SDP, body: chatOffer() });
    const second = await alice.ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(second.body).toBe(first.body);
    expect(second.header('Contact')).toBe(first.header('Contact'));
  });

  test('4975-8.4-03, 4975-8.4-01, 4975-8.2-01: a new session of the peer gets a new one of ours', async () => {
    await start();
    const alice = await peer('alice');
    const first = await alice.ask('INVITE', { headers: SDP, body: chatOffer('one') });
    const second = await alice.ask('INVITE', { headers: SDP, body: chatOffer('two', 2) });
    expect(path(second.body)).toBeDefined();
    expect(path(second.body)).not.toBe(path(first.body));
    expect(second.body).toMatch(/^o=- \d+ 2 /m);
  });

  test('RFC 3261 14.2: a re-INVITE that cannot be answered leaves the session as it was', async () => {
    await start();
    const alice = await joined('alice');
    const refused = await alice.ask('INVITE', {
      headers: SDP,
      body: chatOffer().replace('message/cpim', 'text/plain'),
    });
    expect(refused.what).toBe('488');
    expect((await alice.ask('INVITE', { headers: SDP, body: 'v=0\r\nnonsense' })).what).toBe('400');
    expect(rooms.room('lobby')?.participants.size).toBe(1);
  });

  test('DRA-G7: UPDATE is answered with Contact, REFER with 403, MESSAGE with 405', async () => {
    await start();
    const alice = await joined('alice');
    const update = await alice.ask('UPDATE', {
      headers: { Supported: 'timer', 'Session-Expires': '600;refresher=uac' },
    });
    expect(update.what).toBe('200');
    expect(update.header('Contact')).toContain(';isfocus');
    expect(update.header('Session-Expires')).toBe('600;refresher=uac');
    const options = { 'Refer-To': '<sip:x@localhost;method=OPTIONS>' };
    expect((await alice.ask('REFER', { headers: options })).what).toBe('403');
    expect((await alice.ask('MESSAGE', { headers: { 'Content-Type': 'text/plain' }, body: 'x' })).what).toBe('405');
    expect((await alice.ask('OPTIONS')).what).toBe('200');
  });

  test('BYE-06: ejected, the participant gets BYE with a Reason', async () => {
    await start();
    const alice = await joined('alice');
    const room = rooms.room('lobby');
    expect(await room?.participants.get('sip:alice@localhost')?.kick('Spam "links"\r\nX: y')).toBe(true);
    const bye = await alice.next('BYE');
    alice.answer(bye);
    expect(bye.header('Reason')).toBe('SIP;cause=403;text="Spam \\"links\\" X: y"');
    expect(bye.header('X')).toBeUndefined();
  });

  test('closing: joins get 503, participants BYE', async () => {
    await start();
    const alice = await joined('alice');
    const closed = rooms.close();
    const bye = await alice.next('BYE');
    expect(bye.header('Reason')).toMatch(/^SIP;cause=503;/);
    const bob = await peer('bob');
    const refused = await bob.ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(refused.what).toBe('503');
    expect(refused.header('Retry-After')).toBeDefined();
    alice.answer(bye);
    await closed;
  });
});

describe('SUBSCRIBE', () => {
  const CONFERENCE = { Event: 'conference', Accept: 'application/conference-info+xml', Expires: '600' };

  test('SUB-01, SUB-02, 4575-3-01, 4575-4.4-01: out of the dialog: 200, then the full document', async () => {
    await start();
    await joined('alice');
    const watcher = await peer('bob');
    const response = await watcher.ask('SUBSCRIBE', { headers: CONFERENCE });
    expect(response.what).toBe('200');
    expect(response.header('Expires')).toBe('600');
    expect(response.header('Contact')).toContain(';isfocus');
    const notify = await watcher.next('NOTIFY');
    watcher.answer(notify);
    expect(notify.header('Subscription-State')).toBe('active;expires=600');
    expect(notify.header('Contact')).toBe(response.header('Contact'));
    expect(notify.body).toContain('entity="sip:alice@localhost"');

    const refresh = await watcher.ask('SUBSCRIBE', { headers: { ...CONFERENCE, Expires: '1200' } });
    expect(refresh.header('Expires')).toBe('1200');
    const again = await watcher.next('NOTIFY');
    watcher.answer(again);
    expect(again.header('Subscription-State')).toBe('active;expires=1200');

    expect((await watcher.ask('SUBSCRIBE', { headers: { ...CONFERENCE, Expires: '0' } })).header('Expires')).toBe('0');
    const last = await watcher.next('NOTIFY');
    watcher.answer(last);
    expect(last.header('Subscription-State')).toBe('terminated;reason=timeout');
    expect(last.body).toContain('<conference-info');
  });

  test('DRA-06, SUB-16: in the INVITE dialog, subscribed and unsubscribed with 200 and the room as Contact', async () => {
    await start();
    const alice = await joined('alice');
    expect((await alice.ask('SUBSCRIBE', { headers: CONFERENCE })).what).toBe('200');
    alice.answer(await alice.next('NOTIFY'));
    const end = await alice.ask('SUBSCRIBE', { headers: { ...CONFERENCE, Expires: '0' } });
    expect([end.what, end.header('Expires')]).toEqual(['200', '0']);
    expect(end.header('Contact')).toContain(';isfocus');
    const last = await alice.next('NOTIFY');
    alice.answer(last);
    expect(last.header('Subscription-State')).toMatch(/^terminated/);
    expect((await alice.ask('BYE')).what).toBe('200');
  });

  test('RFC 6665 4.4.3: Expires 0 polls', async () => {
    await start();
    await joined('alice');
    const watcher = await peer('bob');
    await watcher.ask('SUBSCRIBE', { headers: { ...CONFERENCE, Expires: '0' } });
    const notify = await watcher.next('NOTIFY');
    watcher.answer(notify);
    expect(notify.header('Subscription-State')).toBe('terminated;reason=timeout');
    expect(notify.body).toContain('sip:alice@localhost');
  });

  test('4575-3.3-01: the end of the room ends the subscription with noresource', async () => {
    await start();
    const alice = await joined('alice');
    const watcher = await peer('bob');
    await watcher.ask('SUBSCRIBE', { headers: CONFERENCE });
    watcher.answer(await watcher.next('NOTIFY'));
    await rooms.room('lobby')?.close('over');
    const notify = await watcher.next('NOTIFY');
    watcher.answer(notify);
    expect(notify.header('Subscription-State')).toBe('terminated;reason=noresource');
    alice.answer(await alice.next('BYE'));
  });

  test.each<[string, string, Record<string, string | undefined>]>([
    ['SUB-03: another event', '489', { Event: 'presence' }],
    ['SUB-03: no event', '489', { Event: undefined }],
    ['4575-3.4-01: no type we have', '406', { Accept: 'application/pidf+xml' }],
    ['SUB-02: too short', '423', { Expires: '5' }],
    ['nonsense in Expires', '400', { Expires: 'soon' }],
    ['no Contact', '400', { Contact: undefined }],
    ['IDN-13: a dialog that is not there', '481', { To: '<sip:lobby@localhost>;tag=gone' }],
  ])('%s is %s', async (_name, status, headers) => {
    await start();
    await joined('alice');
    const response = await (await peer('bob')).ask('SUBSCRIBE', { headers: { ...CONFERENCE, ...headers } });
    expect(response.what).toBe(status);
  });

  test('4353-5.4-01: an unknown room is 404', async () => {
    await start();
    expect((await (await peer('bob')).ask('SUBSCRIBE', { headers: CONFERENCE })).what).toBe('404');
  });
});

describe('other requests', () => {
  test('P-SIP-01, CAP-01: OPTIONS to a room tells what it would accept', async () => {
    await start();
    const response = await (await peer('alice')).ask('OPTIONS');
    expect(response.what).toBe('200');
    expect(response.header('Contact')).toContain(';isfocus');
    expect(response.header('Accept')).toBe('application/sdp');
    expect(response.body).toContain('a=chatroom:');
    expect(rooms.rooms.size).toBe(0);
  });

  test('4353-5.2-01: REFER of somebody who is not in is 403, MESSAGE 405', async () => {
    await start();
    await joined('alice');
    const bob = await peer('bob');
    expect((await bob.ask('REFER', { headers: { 'Refer-To': '<sip:x@localhost>' } })).what).toBe('403');
    expect((await bob.ask('MESSAGE', { headers: { 'Content-Type': 'text/plain' }, body: 'x' })).what).toBe('405');
  });

  test('D4, DRA-10: what is for other domains goes to the next middleware', async () => {
    await start();
    const alice = await peer('alice', 'sip:bob@example.com');
    expect((await alice.ask('OPTIONS')).what).toBe('480');
    expect(foreign).toEqual(['sip:bob@example.com']);
  });

  test('D4 (b): a=chatroom in a shared domain, where resolveRoom says so', async () => {
    await start({ domain: 'chat.example.com', resolveRoom: (req) => (req.uri.includes('8000') ? 'lobby' : null) });
    const alice = await peer('alice', 'sip:8000@localhost');
    const response = await alice.ask('INVITE', { headers: SDP, body: chatOffer() });
    expect(response.header('Contact')).toBe('<sip:lobby@chat.example.com>;isfocus');
    expect(rooms.room('lobby')?.uri).toBe('sip:lobby@chat.example.com');
  });
});

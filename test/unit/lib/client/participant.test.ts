import { NodeTransport } from '../../../../lib/client/node-transport.js';
import { ChatParticipant } from '../../../../lib/client/participant.js';
import { EventLog } from '../../../../lib/client/testing.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { FakeMsrpPeer } from '../../../support/fake-msrp-peer.js';
import { cpim, FakeSignalling, roomAnswer } from '../../../support/fake-signalling.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ROOM = 'sip:lobby@chat.example.com';
const ALICE = 'sip:alice@example.com';
const BOB = 'sip:bob@example.com';

const document = (version: number, ...users: string[]): string =>
  `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:x="urn:ietf:params:xml:ns:xcon-conference-info"
    entity="${ROOM}" state="full" version="${version}"><users>${users.join('')}</users></conference-info>`;
const user = (uri: string, nickname?: string): string =>
  `<user entity="${uri}"${nickname === undefined ? '' : ` x:nickname="${nickname}"`}><endpoint entity="${uri}#1"><status>connected</status></endpoint></user>`;

const flushed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let peer: FakeMsrpPeer;
let clock: ManualClock;
let signalling: FakeSignalling;
let alice: ChatParticipant;
let events: EventLog;

beforeEach(async () => {
  peer = await FakeMsrpPeer.listen();
  clock = new ManualClock();
  signalling = new FakeSignalling(() => roomAnswer(peer.path));
  alice = new ChatParticipant({ uri: ALICE, signalling, transport: new NodeTransport({ clock }), clock });
  events = new EventLog(alice);
});

afterEach(async () => {
  await alice.leave();
  await peer.close();
  expect(signalling.said.at(-1)).toBe('close');
});

async function joined(nick?: string): Promise<void> {
  await alice.join(ROOM, nick === undefined ? {} : { nick });
  expect((await peer.frame()).headers.get('byte-range')).toBe('1-0/0');
}

describe('joining', () => {
  test('7701-5.2-07, -08 the offer declares CPIM and room features; the session is bound at once (4975-5.4-02)', async () => {
    await alice.join(ROOM, { nick: 'Alice', displayName: 'Alice A.' });
    expect(signalling.call).toEqual({ room: ROOM, from: ALICE, displayName: 'Alice A.' });
    expect(signalling.offer).toMatch(/^m=message 9 TCP\/MSRP \*\r$/m);
    expect(signalling.offer).toMatch(/^a=setup:active\r$/m);
    expect(signalling.offer).toMatch(/^a=accept-types:message\/cpim\r$/m);
    expect(signalling.offer).toMatch(/^a=accept-wrapped-types:\*\r$/m);
    expect(signalling.offer).toMatch(/^a=chatroom:nickname private-messages\r$/m);
    const bind = await peer.frame();
    expect(bind).toMatchObject({ what: 'SEND', body: undefined, flag: '$' });
    expect(bind.headers.get('to-path')).toBe(peer.path);
    expect(signalling.offer).toContain(`a=path:${bind.headers.get('from-path')}\r\n`);
    const nickname = await peer.frame();
    expect(nickname.what).toBe('NICKNAME');
    expect(nickname.headers.get('use-nickname')).toBe('"Alice"');
    expect(alice.nickname).toBe('Alice');
    expect(signalling.said).toEqual(['open', 'invite', 'subscribe']);
  });

  test('a refused INVITE is told with its status, and everything is let go', async () => {
    signalling.refusal = new ChatroomsError('CHAT_ERR_JOIN_REFUSED', 'no', { sipStatus: 404 });
    await expect(alice.join(ROOM)).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED', sipStatus: 404 });
    expect(signalling.said).toEqual(['open', 'invite', 'bye', 'close']);
    await events.next('closed');
  });

  test.each([
    ['an answer without chat', () => 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n'],
    ['an answer that cannot be read', () => 'hello'],
    ['an answer that wants to connect', () => roomAnswer(peer.path).replace('passive', 'active')],
  ])('%s ends the join', async (_name, answer) => {
    signalling = new FakeSignalling(answer);
    alice = new ChatParticipant({ uri: ALICE, signalling, transport: new NodeTransport({ clock }), clock });
    await expect(alice.join(ROOM)).rejects.toMatchObject({
      code: expect.stringMatching(/CHAT_ERR_(?:NOT_A_ROOM|SDP_SYNTAX)/),
    });
    expect(signalling.said).toContain('bye');
  });

  test('a switch that refuses the connection ends the join', async () => {
    peer.automatic = false;
    const join = alice.join(ROOM);
    peer.answer(await peer.frame(), '481 No Such Session');
    await expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_REFUSED', msrpStatus: 481 });
    await peer.disconnected();
  });

  test('a port where nobody listens is named', async () => {
    const gone = await FakeMsrpPeer.listen();
    await gone.close();
    const path = peer.path.replace(/:\d+\//, ':1/');
    signalling = new FakeSignalling(() => roomAnswer(path));
    alice = new ChatParticipant({ uri: ALICE, signalling, transport: new NodeTransport({ clock }), clock });
    await expect(alice.join(ROOM)).rejects.toMatchObject({
      code: 'CHAT_ERR_MSRP_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });

  test('a nickname that is taken ends the join with 425', async () => {
    peer.automatic = false;
    const join = alice.join(ROOM, { nick: 'Bob' });
    peer.answer(await peer.frame(), '200 OK');
    peer.answer(await peer.frameOf('NICKNAME'), '425 Nickname Reserved Or In Use');
    await expect(join).rejects.toMatchObject({
      code: 'CHAT_ERR_NICKNAME_REFUSED',
      msrpStatus: 425,
      message: expect.stringContaining('taken'),
    });
    expect(signalling.said).toContain('bye');
  });

  test('no answer to the first SEND within 30 s ends the join (4975-7.1.1-17)', async () => {
    peer.automatic = false;
    const join = alice.join(ROOM);
    const outcome = expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_TIMEOUT', msrpStatus: 408 });
    await peer.frame();
    clock.advance(30_000);
    await outcome;
  });

  test('a participant joins once', async () => {
    await joined();
    await expect(alice.join(ROOM)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });
});

describe('sending', () => {
  test('7701-6.1-01 a message goes in CPIM from us to the room', async () => {
    await alice.join(ROOM, { displayName: 'Alice "A" B.' });
    await peer.frame();
    const outcome = await alice.send('grüß dich', { successReport: true });
    expect(outcome).toMatchObject({ status: 200, comment: 'OK' });
    const frame = await peer.frame();
    expect(frame).toMatchObject({ what: 'SEND', flag: '$' });
    expect(frame.headers.get('message-id')).toBe(outcome.messageId);
    expect(frame.headers.get('success-report')).toBe('yes');
    expect(frame.headers.get('content-type')).toBe('message/cpim');
    expect(frame.headers.get('byte-range')).toBe(`1-${frame.body?.length}/${frame.body?.length}`);
    expect(Buffer.from(frame.body ?? '', 'latin1').toString()).toBe(
      [
        `From: "Alice \\"A\\" B." <${ALICE}>`,
        `To: <${ROOM}>`,
        `DateTime: ${new Date(clock.now()).toISOString()}`,
        '',
        'Content-Type: text/plain;charset=utf-8',
        '',
        'grüß dich',
      ].join('\r\n'),
    );
  });

  test('a refusal is the outcome, not an exception', async () => {
    await joined();
    peer.automatic = false;
    const sent = alice.send('x');
    peer.answer(await peer.frame(), '403 No');
    expect(await sent).toMatchObject({ status: 403, comment: 'No' });
  });

  test('7701-6.2-01 a private message has one To; where the room carries none it is not sent', async () => {
    await joined();
    await alice.sendPrivate(BOB, 'psst');
    expect((await peer.frame()).body).toContain(`To: <${BOB}>\r\n`);
    signalling.delegate?.onOffer(roomAnswer(peer.path, ['chatroom']).replace('passive', 'actpass'));
    await expect(alice.sendPrivate(BOB, 'x')).rejects.toMatchObject({ code: 'CHAT_ERR_PRIVATE_UNSUPPORTED' });
    await expect(alice.setNickname('x')).rejects.toMatchObject({ code: 'CHAT_ERR_NICKNAME_UNSUPPORTED' });
  });

  test('4975-7.1.1-22, -23 what the room said it does not take is not sent', async () => {
    await joined();
    await expect(alice.sendContent(ROOM, 'text/html', Buffer.from('<b>'))).rejects.toMatchObject({
      code: 'CHAT_ERR_TYPE_NOT_ACCEPTED',
    });
    await expect(alice.send('x'.repeat(10 * 1024 * 1024))).rejects.toMatchObject({
      code: 'CHAT_ERR_MESSAGE_TOO_LARGE',
    });
  });

  test('4975-7.1.1-10 a long message goes in chunks of 2048 octets, each answered', async () => {
    await joined();
    const sent = alice.sendRaw('message/cpim', Buffer.alloc(5000, 'a'));
    const frames = [await peer.frame(), await peer.frame(), await peer.frame()];
    expect(frames.map(({ flag, headers, body }) => [flag, headers.get('byte-range'), body?.length])).toEqual([
      ['+', '1-2048/5000', 2048],
      ['+', '2049-4096/5000', 2048],
      ['$', '4097-5000/5000', 904],
    ]);
    expect(new Set(frames.map(({ headers }) => headers.get('message-id'))).size).toBe(1);
    expect(new Set(frames.map(({ tid }) => tid)).size).toBe(3);
    expect((await sent).status).toBe(200);
  });

  test('4975-7.1.1-20 an exact multiple of the chunk size has no empty last chunk', async () => {
    await joined();
    await alice.sendRaw('message/cpim', Buffer.alloc(4096, 'a'));
    expect([(await peer.frame()).flag, (await peer.frame()).flag]).toEqual(['+', '$']);
  });

  test('4975-7.1.1-14 messages take turns, so a short one does not wait for a long one', async () => {
    await joined();
    peer.automatic = false;
    const long = alice.sendRaw('message/cpim', Buffer.alloc(200 * 1024, 'a'));
    const short = alice.sendRaw('message/cpim', Buffer.from('short'));
    const chunks = [];
    for (;;) {
      const frame = await peer.frame();
      if (frame.body === 'short') {
        peer.answer(frame, '200 OK');
        break;
      }
      chunks.push(frame);
    }
    expect((await short).status).toBe(200);
    expect(chunks.length).toBeLessThan(100);
    for (const chunk of chunks) peer.answer(chunk, '200 OK');
    peer.automatic = true;
    expect((await long).status).toBe(200);
  });

  test('4975-10-04 after 413 no further chunk of the message is sent', async () => {
    await joined();
    peer.automatic = false;
    const sent = alice.sendRaw('message/cpim', Buffer.alloc(1024 * 1024, 'a'));
    const first = await peer.frame();
    peer.answer(first, '413 Stop Sending');
    expect((await sent).status).toBe(413);
    peer.automatic = true;
    await alice.sendRaw('message/cpim', Buffer.from('next'));
    let last = first;
    let count = 1;
    while (last.body !== 'next') {
      last = await peer.frame();
      count++;
    }
    expect(count).toBeLessThan(40);
  });

  test('4975-7.1.1-17 silence for 30 s is a failure as by 408', async () => {
    await joined();
    peer.automatic = false;
    const sent = alice.send('x');
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_TIMEOUT', msrpStatus: 408 });
    await peer.frame();
    clock.advance(29_999);
    clock.advance(1);
    await outcome;
  });

  test('4975-10-07 481 ends the session', async () => {
    await joined();
    peer.automatic = false;
    const sent = alice.send('x');
    peer.answer(await peer.frame(), '481 Gone');
    expect((await sent).status).toBe(481);
    await peer.disconnected();
    await flushed();
    clock.advance(2000);
    expect((await events.next('ended'))[0]).toMatchObject({ kind: 'lost' });
  });

  test('outside a room nothing is sent', async () => {
    await expect(alice.send('x')).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
    await joined();
    await alice.leave();
    await expect(alice.send('x')).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
  });

  test('a REPORT is told', async () => {
    await joined();
    const { messageId } = await alice.send('x', { successReport: true });
    peer.write(
      `MSRP r123 REPORT\r\nTo-Path: ${peer.peer}\r\nFrom-Path: ${peer.path}\r\nMessage-ID: ${messageId}\r\nByte-Range: 1-1/1\r\nStatus: 000 200 OK\r\n-------r123$\r\n`,
    );
    expect((await events.next('report'))[0]).toEqual({ messageId, status: 200, comment: 'OK' });
  });
});

describe('nicknames', () => {
  test('7701-7.1-01, -04 NICKNAME has no body and no report headers; quotes are escaped', async () => {
    await joined();
    expect((await alice.setNickname('A "quoted" \\ Ä')).status).toBe(200);
    const frame = await peer.frame();
    expect(Buffer.from(frame.headers.get('use-nickname') ?? '', 'latin1').toString()).toBe('"A \\"quoted\\" \\\\ Ä"');
    expect(frame).toMatchObject({ what: 'NICKNAME', body: undefined, flag: '$' });
    expect([...frame.headers.keys()]).toEqual(['to-path', 'from-path', 'use-nickname']);
    expect(alice.nickname).toBe('A "quoted" \\ Ä');
  });

  test('7701-7.2-01 a refused one changes nothing, an empty one removes', async () => {
    await joined('Al');
    await peer.frame();
    peer.automatic = false;
    const asked = alice.setNickname('Bob');
    peer.answer(await peer.frame(), '425 Taken');
    expect((await asked).status).toBe(425);
    expect(alice.nickname).toBe('Al');
    const removed = alice.setNickname('');
    const frame = await peer.frame();
    expect(frame.headers.get('use-nickname')).toBe('""');
    peer.answer(frame, '200 OK');
    await removed;
    expect(alice.nickname).toBeUndefined();
  });
});

describe('receiving', () => {
  beforeEach(() => joined());

  test('7701-6.1-15 a message to the room; its sender by nickname', async () => {
    signalling.delegate?.onConferenceInfo(document(1, user(ALICE), user(BOB, 'Bobby')));
    const tid = peer.send(cpim(`"B" <${BOB}>`, `<${ROOM}>`, 'hällo', ['DateTime: 2026-11-21T09:00:00Z']));
    const [message] = await events.next('message');
    expect(message).toMatchObject({
      from: BOB,
      displayName: 'B',
      nickname: 'Bobby',
      private: false,
      text: 'hällo',
      contentType: 'text/plain',
      dateTime: new Date('2026-11-21T09:00:00Z'),
    });
    expect(await peer.frameOf('200')).toMatchObject({ tid });
  });

  test('7701-6.1-15, 7701-6.2-12 anything but the room in To is private', async () => {
    peer.send(cpim(`<${BOB}>`, `<${ALICE}>`, 'psst'));
    expect((await events.next('message'))[0]).toMatchObject({ private: true, text: 'psst', from: BOB });
  });

  test.each([
    ['parameters', `${ROOM};transport=tcp`],
    ['another spelling of the host', 'sip:lobby@CHAT.example.com'],
    ['an alias of the room', 'sip:lobby@127.0.0.1:5060'],
  ])('7701-6.1-16 the room is known by %s', async (_name, to) => {
    peer.send(cpim(`<${BOB}>`, `<${to}>`, 'x'));
    expect((await events.next('message'))[0].private).toBe(false);
  });

  test('content that is not text keeps its bytes; a Require not understood hides the text (3862-3.5-01)', async () => {
    peer.send(`From: <${BOB}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: image/png\r\n\r\nPNG`);
    expect((await events.next('message'))[0]).toMatchObject({
      text: undefined,
      contentType: 'image/png',
      content: Buffer.from('PNG'),
    });
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'x', ['NS: e <urn:e>', 'Require: e.Vital', 'e.Vital: yes']));
    expect((await events.next('message'))[0]).toMatchObject({ text: undefined, unsupported: ['e.Vital'] });
  });

  test('chunks are put together, each answered; the report covers all (4975-7.3.1-14)', async () => {
    const body = cpim(`<${BOB}>`, `<${ROOM}>`, 'x'.repeat(100));
    const extra = ['Success-Report: yes'];
    const total = body.length;
    peer.send(body.slice(0, 60), { messageId: 'chunked', range: `1-*/${total}`, flag: '+', extra });
    peer.send(body.slice(60), { messageId: 'chunked', range: `61-${total}/${total}`, extra });
    expect((await events.next('message'))[0].text).toBe('x'.repeat(100));
    expect((await peer.frame()).what).toBe('200');
    expect((await peer.frame()).what).toBe('200');
    const report = await peer.frame();
    expect(report.what).toBe('REPORT');
    expect(Object.fromEntries(report.headers)).toMatchObject({
      'message-id': 'chunked',
      'byte-range': `1-${total}/${total}`,
      status: '000 200 OK',
    });
  });

  test('4975-7.3.1-07 an abandoned message is forgotten', async () => {
    peer.send('From: ', { messageId: 'gone', range: '1-*/100', flag: '+' });
    peer.send('<', { messageId: 'gone', range: '7-*/100', flag: '#' });
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'after'));
    expect((await events.next('message'))[0].text).toBe('after');
    expect(events.pending('message')).toEqual([]);
    expect([(await peer.frame()).what, (await peer.frame()).what]).toEqual(['200', '200']);
  });

  test('4975-5.4-11 a message that comes twice is shown once', async () => {
    const body = cpim(`<${BOB}>`, `<${ROOM}>`, 'once');
    peer.send(body, { messageId: 'same' });
    peer.send(body, { messageId: 'same' });
    expect([(await peer.frame()).what, (await peer.frame()).what]).toEqual(['200', '200']);
    await events.next('message');
    expect(events.pending('message')).toEqual([]);
  });

  test.each([
    ['415 for another type (4975-7.3.1-08)', 'hi', { contentType: 'text/plain' }, '415'],
    ['400 for what is no CPIM', 'hi', {}, '400'],
    ['400 for a bad range', 'hi', { range: '0-2/2' }, '400'],
    ['200 without body', undefined, {}, '200'],
  ])('%s', async (_name, body, options, status) => {
    const tid = peer.send(body, options);
    expect(await peer.frame()).toMatchObject({ tid, what: status });
    expect(events.pending('message')).toEqual([]);
  });

  test('4975-7.2-02 Failure-Report: "no" is never answered, "partial" only with errors', async () => {
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'one'), { extra: ['Failure-Report: no'] });
    peer.send('bad', { extra: ['Failure-Report: no'] });
    peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, 'two'), { extra: ['Failure-Report: partial'] });
    const tid = peer.send('bad', { extra: ['Failure-Report: partial'] });
    expect(await peer.frame()).toMatchObject({ tid, what: '400' });
  });

  test('requests for others and unknown methods are refused (4975-7.3-01, 4975-10-08)', async () => {
    const other = `MSRP tid9 SEND\r\nTo-Path: ${peer.peer.replace(/;tcp/, 'x;tcp')}\r\nFrom-Path: ${peer.path}\r\nMessage-ID: m999\r\n-------tid9$\r\n`;
    peer.write(other);
    expect(await peer.frame()).toMatchObject({ tid: 'tid9', what: '481' });
    peer.write(`MSRP tid8 PING\r\nTo-Path: ${peer.peer}\r\nFrom-Path: ${peer.path}\r\n-------tid8$\r\n`);
    expect(await peer.frame()).toMatchObject({ tid: 'tid8', what: '501' });
  });

  test('a message above the limit is answered 413 and not kept', async () => {
    const small = new ChatParticipant({
      uri: BOB,
      signalling: new FakeSignalling(() => roomAnswer(peer.path)),
      transport: new NodeTransport({ clock }),
      clock,
      maxMessageSize: 1000,
    });
    peer.peer = '';
    await small.join(ROOM);
    await peer.frame();
    const tid = peer.send('x'.repeat(1001));
    expect(await peer.frame()).toMatchObject({ tid, what: '413' });
    await small.leave();
  });

  test('what is not MSRP ends the session (4975-9-03)', async () => {
    peer.write('HTTP/1.1 200 OK\r\n\r\n');
    await peer.disconnected();
    await flushed();
    clock.advance(2000);
    expect((await events.next('ended'))[0]).toMatchObject({
      kind: 'lost',
      reason: expect.stringContaining('not MSRP'),
    });
  });
});

describe('the roster', () => {
  beforeEach(() => joined());

  test('the first document says who is here, later ones who came, went and changed names', async () => {
    const { delegate } = signalling;
    delegate?.onConferenceInfo(document(0, user(ALICE), user(BOB)));
    expect((await events.next('roster'))[0]).toMatchObject({
      first: true,
      participants: [{ uri: ALICE }, { uri: BOB }],
    });
    delegate?.onConferenceInfo(document(1, user(ALICE), user(BOB, 'Bobby'), user('sip:carla@example.com')));
    delegate?.onConferenceInfo(document(2, user(ALICE)));
    expect((await events.next('join'))[0].uri).toBe('sip:carla@example.com');
    expect(await events.next('nickname')).toMatchObject([{ uri: BOB, nickname: 'Bobby' }, { before: undefined }]);
    expect((await events.next('leave'))[0].uri).toBe(BOB);
    expect((await events.next('leave'))[0].uri).toBe('sip:carla@example.com');
    expect(alice.participants.map((entry) => alice.isSelf(entry))).toEqual([true]);
    expect(events.pending('join')).toEqual([]);
  });

  test('4575-4.6-01 a gap asks for full state; a new subscription counts anew', async () => {
    const { delegate } = signalling;
    delegate?.onConferenceInfo(document(5, user(ALICE)));
    delegate?.onConferenceInfo(document(7, user(BOB)).replace('full', 'partial'));
    expect(signalling.said.filter((word) => word === 'subscribe')).toHaveLength(2);
    delegate?.onSubscribing();
    delegate?.onConferenceInfo(document(0, user(BOB)));
    expect(alice.participants.map((entry) => entry.uri)).toEqual([BOB]);
  });

  test('a document that cannot be read changes nothing', () => {
    signalling.delegate?.onConferenceInfo(document(0, user(BOB)));
    signalling.delegate?.onConferenceInfo('<nonsense');
    expect(alice.participants).toHaveLength(1);
  });

  test('a room without roster is still a room', async () => {
    signalling.delegate?.onSubscriptionEnd('no more');
    expect(await events.next('rosterUnavailable')).toEqual(['no more']);
    expect((await alice.send('x')).status).toBe(200);
  });
});

describe('the end', () => {
  beforeEach(() => joined());

  test('leaving says BYE, then closes the connection, once', async () => {
    await Promise.all([alice.leave(), alice.leave()]);
    expect(signalling.said.slice(-2)).toEqual(['bye', 'close']);
    await peer.disconnected();
    await events.next('closed');
    expect(events.pending('ended')).toEqual([]);
    expect(events.pending('closed')).toEqual([]);
  });

  test('a BYE from the room is told with its reason', async () => {
    signalling.delegate?.onEnd({ kind: 'removed', cause: 410, text: 'Gone' });
    expect(await events.next('ended')).toEqual([{ kind: 'removed', cause: 410, reason: 'Gone' }]);
    await events.next('closed');
    await peer.disconnected();
  });

  test('a connection that breaks waits for the BYE that explains it', async () => {
    peer.drop();
    await peer.disconnected();
    await flushed();
    clock.advance(1000);
    signalling.delegate?.onEnd({ kind: 'removed', text: 'kicked' });
    expect((await events.next('ended'))[0]).toMatchObject({ kind: 'removed', reason: 'kicked' });
    expect(events.pending('ended')).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('without one it is a loss, and what was under way rejects', async () => {
    peer.automatic = false;
    const sent = alice.send('x');
    const outcome = expect(sent).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
    await peer.frame();
    peer.drop();
    await outcome;
    clock.advance(2000);
    expect((await events.next('ended'))[0]).toMatchObject({ kind: 'lost' });
    expect(signalling.said).toContain('bye');
  });

  test('a re-INVITE without offer gets the same one again; one that moves the session is refused', () => {
    expect(signalling.delegate?.onOffer(undefined)).toBe(signalling.offer);
    const same = signalling.delegate?.onOffer(roomAnswer(peer.path).replace('passive', 'actpass'));
    expect(same).toContain('a=setup:active');
    expect(signalling.delegate?.onOffer(roomAnswer(peer.path.replace('fakeRoomSession1', 'another')))).toBeUndefined();
    expect(signalling.delegate?.onOffer('nonsense')).toBeUndefined();
  });

  test('no timer is left behind', async () => {
    await alice.send('x');
    await alice.leave();
    await peer.disconnected();
    await flushed();
    expect(clock.pending).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import type { ChatParticipant } from '../../../lib/client/participant.js';
import type { EventLog } from '../../../lib/client/testing.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';
import { FakeSignalling, roomAnswer } from '../../support/fake-signalling.js';
import type { ManualClock } from '../../support/manual-clock.js';
import {
  ALICE,
  BOB,
  closeStage,
  joinStage,
  openStage,
  participantWith,
  ROOM,
  type Stage,
} from '../../support/participant-stage.js';

let stage: Stage;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let signalling: FakeSignalling;
let alice: ChatParticipant;
let events: EventLog;

beforeEach(async () => {
  stage = await openStage();
  ({ peer, clock, signalling, alice, events } = stage);
});

afterEach(async () => {
  await closeStage(stage);
  expect(signalling.said.at(-1)).toBe('close');
});

const joined = (nick?: string): Promise<void> => joinStage(stage, nick);

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
    alice = stage.alice = participantWith(signalling, clock);
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
    alice = stage.alice = participantWith(signalling, clock);
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

  test('7701-7.1-01 a room that announced no nicknames is not asked for one', async () => {
    signalling = new FakeSignalling(() => roomAnswer(peer.path, ['chatroom']));
    alice = stage.alice = participantWith(signalling, clock);
    await joined('Alice');
    expect(alice.nickname).toBeUndefined();
    await alice.send('x');
    expect((await peer.frame()).what).toBe('SEND');
  });

  test('no answer to the first SEND within 30 s ends the join (4975-7.1.1-17)', async () => {
    peer.automatic = false;
    const join = alice.join(ROOM);
    const outcome = expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_TIMEOUT', msrpStatus: 408 });
    await peer.frame();
    clock.advance(30_000);
    await outcome;
  });

  test('a BYE before the session is bound is the reason told', async () => {
    peer.automatic = false;
    const join = alice.join(ROOM);
    const outcome = expect(join).rejects.toMatchObject({
      code: 'CHAT_ERR_JOIN_REFUSED',
      sipStatus: 403,
      message: expect.stringContaining('banned'),
    });
    await peer.frame();
    signalling.delegate?.onEnd({ kind: 'removed', cause: 403, text: 'banned' });
    peer.drop();
    await outcome;
    expect(events.pending('ended')).toEqual([]);
  });

  test.each([
    [{ displayName: 'a\r\nVia: b' }, ROOM],
    [{ nick: 'a\nb' }, ROOM],
    [{}, 'sip:lobby@h\r\nX: y'],
  ])('nothing can be smuggled into a header: %j', async (options, room) => {
    await expect(alice.join(room, options)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
    expect(signalling.said).toEqual([]);
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
        `DateTime: ${clock.date().toISOString()}`,
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

  test('octets of any value arrive as they were, however many', async () => {
    await joined();
    const body = randomBytes(300 * 1024);
    const sent = alice.sendRaw('application/octet-stream', body);
    let received = '';
    for (let flag = '+'; flag === '+'; ) {
      const frame = await peer.frame();
      expect(frame.headers.get('byte-range')).toMatch(new RegExp(`^${received.length + 1}-`));
      received += frame.body;
      ({ flag } = frame);
    }
    expect(Buffer.from(received, 'latin1').equals(body)).toBe(true);
    expect((await sent).status).toBe(200);
  });

  test('4975-7.1.1-14 messages take turns, so a short one does not wait for a long one', async () => {
    await joined();
    peer.automatic = false;
    const long = alice.sendRaw('message/cpim', Buffer.alloc(200 * 1024, 'a'));
    const short = alice.sendRaw('message/cpim', Buffer.from('short'));
    const chunks = [await peer.frame()];
    while (chunks.at(-1)?.body !== 'short') chunks.push(await peer.frame());
    expect(chunks.length).toBeLessThan(100);
    while (chunks.filter(({ flag }) => flag === '$').length < 2) chunks.push(await peer.frame());
    for (const chunk of chunks) peer.answer(chunk, '200 OK');
    expect((await short).status).toBe(200);
    expect((await long).status).toBe(200);
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
    expect((await clock.passUntil(events.next('ended'), 100))[0]).toMatchObject({ kind: 'lost' });
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

  test.each(['a\r\nX: y', 'a\u0000', 'ä'.repeat(512)])('7701-7.1-02, -03 %j is not sent', async (name) => {
    await joined();
    await expect(alice.setNickname(name)).rejects.toMatchObject({
      code: 'CHAT_ERR_NICKNAME_MALFORMED',
      msrpStatus: 424,
    });
    await expect(alice.sendRaw('a/b\r\nX: y', Buffer.alloc(1))).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
    await alice.send('x');
    expect((await peer.frame()).what).toBe('SEND');
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

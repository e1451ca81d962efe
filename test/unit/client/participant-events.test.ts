import type { ChatParticipant } from '../../../lib/client/participant.js';
import type { EventLog } from '../../../lib/client/testing.js';
import type { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';
import { cpim, FakeSignalling, roomAnswer } from '../../support/fake-signalling.js';
import type { ManualClock } from '../../support/manual-clock.js';
import {
  ALICE,
  BOB,
  closeStage,
  flushed,
  joinStage,
  openStage,
  participantWith,
  ROOM,
  type Stage,
} from '../../support/participant-stage.js';

const document = (version: number, ...users: string[]): string =>
  `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:x="urn:ietf:params:xml:ns:xcon-conference-info"
    entity="${ROOM}" state="full" version="${version}"><users>${users.join('')}</users></conference-info>`;
const user = (uri: string, nickname?: string): string =>
  `<user entity="${uri}"${nickname === undefined ? '' : ` x:nickname="${nickname}"`}><endpoint entity="${uri}#1"><status>connected</status></endpoint></user>`;

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
    const small = participantWith(new FakeSignalling(() => roomAnswer(peer.path)), clock, { maxMessageSize: 1000 });
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
    expect((await clock.passUntil(events.next('ended'), 100))[0]).toMatchObject({
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

const boom = (): never => {
  throw new Error('boom');
};

describe('a listener that throws', () => {
  /** What is thrown again by itself, so that the process hears of it. */
  const thrown: (() => void)[] = [];
  beforeEach(() => {
    thrown.splice(0);
    jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void thrown.push(task));
  });
  afterEach(() => jest.restoreAllMocks());

  test('keeps no message from other listeners, and the session open', async () => {
    await joined();
    const texts: unknown[] = [];
    alice.on('message', boom).on('message', ({ text }) => texts.push(text));
    for (const text of ['one', 'two']) {
      peer.send(cpim(`<${BOB}>`, `<${ROOM}>`, text));
      await peer.frameOf('200');
    }
    expect(texts).toEqual(['one', 'two']);
    expect(thrown).toHaveLength(2);
    expect(thrown[0]).toThrow('boom');
  });

  test('does not keep the end from being complete', async () => {
    await joined();
    alice.on('ended', boom);
    signalling.delegate?.onEnd({ kind: 'removed', text: 'kicked' });
    await events.next('closed');
    expect(thrown).toHaveLength(1);
  });
});

test.each([
  [ALICE, 'lobby'],
  [ALICE, 'http://chat.example.com/lobby'],
  ['alice', ROOM],
  [undefined as unknown as string, ROOM],
])('%s does not join %s: nobody is called, and what is wrong is said', async (uri, room) => {
  const nobody = participantWith(signalling, clock, { uri });
  const before = signalling.said.length;
  await expect(nobody.join(room)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  expect(signalling.said).toHaveLength(before);
});

import { readImdn } from '../../../../lib/client/status/imdn-document.js';
import type { ChatParticipant } from '../../../../lib/client/participant.js';
import type { ParticipantOptions } from '../../../../lib/client/participant-types.js';
import type { ReceivedMessage } from '../../../../lib/client/received-message.js';
import type { EventLog } from '../../../../lib/client/testing.js';
import { parseCpim } from '../../../../lib/cpim/index.js';
import type { FakeMsrpPeer } from '../../../support/fake-msrp-peer.js';
import { cpim, roomAnswer } from '../../../support/fake-signalling.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import {
  ALICE,
  BOB,
  closeStage,
  flushed,
  joinStage,
  openStage,
  ROOM,
  type Stage,
} from '../../../support/participant-stage.js';

const TYPE = 'message/imdn+xml';
const NAMESPACE = 'urn:ietf:params:xml:ns:imdn';
const SENT = '2026-11-21T10:00:00+01:00';

let stage: Stage;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let alice: ChatParticipant;
let events: EventLog;

async function begin(options: Partial<ParticipantOptions> = {}): Promise<void> {
  stage = await openStage([TYPE], options);
  ({ peer, clock, alice, events } = stage);
  await joinStage(stage);
}

afterEach(async () => {
  await closeStage(stage);
  expect(clock.pending).toBe(0);
});

/** CPIM headers of a message of Bob's that wants to know. */
const wanting = (requests: string, ...more: string[]): string[] => [
  `DateTime: ${SENT}`,
  'NS: i <urn:ietf:params:imdn>',
  'i.Message-ID: m1',
  ...(requests === '' ? [] : [`i.Disposition-Notification: ${requests}`]),
  ...more,
];

async function received(headers: string[], { from = BOB, type = 'text/plain' } = {}): Promise<ReceivedMessage> {
  peer.send(cpim(`"B" <${from}>`, `<${ROOM}>`, 'hi', headers).replace('text/plain;charset=utf-8', type));
  return (await events.next('message'))[0];
}

/** The next message that we send, taken apart. */
async function sent() {
  const { body = '' } = await peer.frameOf('SEND');
  const parsed = parseCpim(Buffer.from(body, 'latin1'));
  if (!parsed.ok) throw new Error(parsed.error);
  const { envelope, contentOffset } = parsed;
  const imdn = envelope.other.map(({ namespace, name, value }) => [namespace === 'urn:ietf:params:imdn', name, value]);
  return { body, envelope, imdn, document: Buffer.from(body.slice(contentOffset), 'latin1') };
}

/** What is sent, if anything, before the text that is sent now. */
async function silent(): Promise<boolean> {
  await alice.send('end');
  return (await sent()).body.endsWith('\r\n\r\nend');
}

describe('asking', () => {
  beforeEach(() => begin());

  test('5438-6-01, 5438-7.1-01 the headers of a message that wants to know', async () => {
    const { status, imdnId } = await alice.send('hi', { dispositions: ['positive-delivery', 'display'] });
    expect([status, imdnId]).toEqual([200, expect.stringMatching(/^\w{14}$/)]);
    expect((await sent()).body).toBe(
      [
        `From: <${ALICE}>`,
        `To: <${ROOM}>`,
        `DateTime: ${clock.date().toISOString()}`,
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${imdnId}`,
        'imdn.Disposition-Notification: positive-delivery, display',
        '',
        'Content-Type: text/plain;charset=utf-8',
        '',
        'hi',
      ].join('\r\n'),
    );
    const second = await alice.sendPrivate(BOB, 'hi', { dispositions: ['display'], imdnId: 'my-own.1' });
    expect(second.imdnId).toBe('my-own.1');
    expect((await sent()).imdn).toContainEqual([true, 'Message-ID', 'my-own.1']);
  });

  test('5438-7.1-01 who wants to know nothing writes nothing of it', async () => {
    expect(await alice.send('hi', { dispositions: [] })).not.toHaveProperty('imdnId');
    expect((await sent()).imdn).toEqual([]);
  });

  test('what cannot be asked for, or be an id, is misuse', async () => {
    const usage = { code: 'CHAT_ERR_USAGE' };
    const odd = ['read'] as unknown as ['display'];
    await expect(alice.send('hi', { dispositions: odd })).rejects.toMatchObject(usage);
    await expect(alice.send('hi', { dispositions: ['display'], imdnId: 'a b' })).rejects.toMatchObject(usage);
    expect(await silent()).toBe(true);
  });

  test('5438-11-01 what somebody tells is an event, not a message', async () => {
    const document = `<imdn xmlns="${NAMESPACE}"><message-id>m1</message-id><datetime>${SENT}</datetime><recipient-uri>${BOB}</recipient-uri><display-notification><status><displayed/></status></display-notification></imdn>`;
    peer.send(cpim(`<${BOB}>`, `<${ALICE}>`, document).replace('text/plain;charset=utf-8', TYPE));
    expect((await events.next('disposition'))[0]).toEqual({
      from: BOB,
      messageId: 'm1',
      dateTime: SENT,
      recipientUri: BOB,
      notice: 'display',
      status: 'displayed',
    });
    for (const bad of ['', '<imdn/>', document.replace('<displayed/>', '<delivered/>'), document.replace('m1', '')]) {
      peer.send(cpim(`<${BOB}>`, `<${ALICE}>`, bad).replace('text/plain;charset=utf-8', TYPE));
      expect((await peer.frameOf('200')).what).toBe('200');
    }
    expect([events.pending('disposition'), events.pending('message')]).toEqual([[], []]);
  });
});

describe('telling', () => {
  beforeEach(() => begin());

  test('5438-7.2-01, 5438-11-01 to the sender, in private, once for each kind asked for', async () => {
    const message = await received(wanting('positive-delivery, display'));
    expect(await alice.sendDisposition(message, 'delivery')).toMatchObject({ status: 200 });
    const { envelope, imdn, document } = await sent();
    expect(envelope).toMatchObject({ from: { uri: ALICE }, to: [{ uri: BOB }], contentType: TYPE });
    expect(envelope.contentHeaders).toContainEqual({ name: 'Content-Disposition', value: 'notification' });
    // "MUST contain a Message-ID"; "A Disposition-Notification header field MUST NOT appear in an IMDN"
    expect(imdn).toEqual([[true, 'Message-ID', expect.stringMatching(/^\w{14}$/)]]);
    expect(imdn[0]?.[2]).not.toBe('m1');
    const elements = [
      'imdn',
      'message-id',
      'datetime',
      'recipient-uri',
      'delivery-notification',
      'status',
      'delivered',
    ];
    expect([...document.toString().matchAll(/<([a-z-]+)/g)].map(([, name]) => name)).toEqual(elements);
    expect(readImdn(document)).toEqual({
      messageId: 'm1',
      dateTime: SENT,
      recipientUri: ALICE,
      notice: 'delivery',
      status: 'delivered',
    });
    expect(await alice.sendDisposition(message, 'delivery')).toBeUndefined();
    await alice.sendDisposition(message, 'display');
    expect(readImdn((await sent()).document)).toMatchObject({ notice: 'display', status: 'displayed' });
    expect(await silent()).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['an empty value', ' '],
    ['something else', 'negative-delivery, processing, telepathy'],
  ])('5438-7.1-01 who asks for %s is told nothing', async (_name, requests) => {
    const message = await received(wanting(requests));
    expect(await alice.sendDisposition(message, 'delivery')).toBeUndefined();
    expect(await alice.sendDisposition(message, 'display')).toBeUndefined();
    expect(await silent()).toBe(true);
  });

  test('5438-7.1-01 unknown values and parameters are ignored beside known ones', async () => {
    const message = await received(wanting('telepathy,Display;x=1'));
    expect(await alice.sendDisposition(message, 'display')).toMatchObject({ status: 200 });
  });

  test.each([
    ['our own', wanting('display'), { from: ALICE }],
    ['a notification', wanting('display'), { type: 'text/plain\r\nContent-Disposition: notification' }],
    ['without Message-ID', ['NS: i <urn:ietf:params:imdn>', 'i.Disposition-Notification: display'], {}],
  ])('5438-7.2-01 a message that is %s is not answered', async (_name, headers, what) => {
    expect(await alice.sendDisposition(await received(headers, what), 'display')).toBeUndefined();
    expect(await silent()).toBe(true);
  });

  test('5438-7.2-01 the route recorded is the way back, in its order; Original-To is told', async () => {
    const routes = ['i.IMDN-Record-Route: <sip:gw2@example.com>', 'i.IMDN-Record-Route: <sip:gw1@example.com>'];
    const message = await received(wanting('display', ...routes, 'i.Original-To: <sip:al@example.org>'));
    await alice.sendDisposition(message, 'display');
    const { envelope, imdn, document } = await sent();
    expect(envelope.to).toMatchObject([{ uri: 'sip:gw2@example.com' }]);
    expect(imdn.slice(1)).toEqual([
      [true, 'IMDN-Route', '<sip:gw2@example.com>'],
      [true, 'IMDN-Route', '<sip:gw1@example.com>'],
    ]);
    expect(readImdn(document)?.originalRecipientUri).toBe('sip:al@example.org');
  });

  test('what could not be sent may be tried again', async () => {
    const message = await received(wanting('display'));
    await alice.leave();
    for (let i = 0; i < 2; i++) {
      await expect(alice.sendDisposition(message, 'display')).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
    }
  });
});

test('5438-8-01 a room without private messages carries no notifications', async () => {
  stage = await openStage([TYPE]);
  ({ peer, clock, alice, events } = stage);
  await joinStage(stage);
  stage.signalling.delegate?.onOffer(roomAnswer(peer.path, ['chatroom:nickname']).replace('passive', 'actpass'));
  const message = await received(wanting('display'));
  const refused = expect.objectContaining({ code: 'CHAT_ERR_PRIVATE_UNSUPPORTED' });
  await expect(alice.sendDisposition(message, 'display')).rejects.toEqual(refused);
});

test('5438-7.2-01 of its own accord only delivery is told, and only when wanted', async () => {
  await begin({ deliveryNotifications: true });
  await received(wanting('positive-delivery,display'));
  expect(readImdn((await sent()).document)).toMatchObject({ messageId: 'm1', notice: 'delivery' });
  await received(wanting('display'));
  await received([]);
  expect(await silent()).toBe(true);
});

test('5438-8-02, 7701-5.2-09, 7701-6.1-02, 3323-4.1-01 nothing an anonymous participant writes names it', async () => {
  await begin({ anonymous: true, deliveryNotifications: true });
  expect(alice.uri).toMatch(/^sip:anonymous-\w{14}@anonymous\.invalid$/);
  expect(stage.signalling.call).toEqual({ room: ROOM, from: alice.uri, anonymous: true });
  await received(wanting('positive-delivery', `i.Original-To: <${ALICE}>`));
  const notice = await sent();
  expect(notice.envelope.from).toEqual({ name: null, uri: alice.uri });
  expect(readImdn(notice.document)).toMatchObject({ recipientUri: alice.uri });
  await alice.send('hi');
  const said = await sent();
  for (const text of [notice.body, said.body, stage.signalling.offer]) expect(text).not.toMatch(/alice/i);
  await flushed();
});

test('a display name is not written by who is anonymous', async () => {
  stage = await openStage([], { anonymous: true });
  ({ peer, clock, alice, events } = stage);
  await alice.join(ROOM, { displayName: 'Alice A.' });
  await peer.frame();
  await alice.send('hi');
  expect((await sent()).envelope.from?.name).toBeNull();
  expect(stage.signalling.call).not.toHaveProperty('displayName');
});

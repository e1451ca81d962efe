import type { Identity } from '../../lib/chat-server.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { Dialog, type SipResponse } from '../../lib/embedded-drachtio/sip.js';
import type { InvitationRequest, Invitations } from '../../plugin/invitations/invitations.js';
import { Callees } from '../support/callee.js';
import { Caller, inviteFrom, lines, newPath, offer } from '../support/caller.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { finalOf, type SipPeer } from '../support/sip-peer.js';

const FACTORY = 'sip:chat-factory@conf.example.com';
const ANA = '<sip:+33600000001@ims.example.net;user=phone>';
const CONTRIBUTION = 'abcdef0123456789abcdef0123456789';
const SOMEBODY: Identity = { uri: '', aliases: [], displayName: null, anonymous: false, anonymousUri: null };
const ROOM = /^<(sip:gc-[0-9a-f]{24}@conf\.example\.com)>;isfocus/;

let server: ServerUnderTest;

/** What the factory had invited. */
class Recorder implements Invitations {
  readonly requests: InvitationRequest[] = [];
  refusal: ChatroomsError | undefined;
  #waiting: (() => void)[] = [];

  invite(request: InvitationRequest): void {
    this.requests.push(request);
    for (const waiter of this.#waiting.splice(0)) waiter();
    if (this.refusal) throw this.refusal;
  }

  /** Resolves when there are so many. */
  async count(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async next(): Promise<InvitationRequest> {
    await this.count(1);
    return this.requests[this.requests.length - 1];
  }
}

let invitations: Recorder;

async function start(options: ServerUnderTestOptions = {}): Promise<void> {
  server = await ServerUnderTest.start({ factory: 'chat-factory', outboundProxy: 'sip:127.0.0.1:9', ...options });
  invitations = new Recorder();
  Object.assign(server.server, { invitations });
}

afterEach(() => server.close());

const list = (...entries: string[]): string =>
  lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">',
    '<list>',
    ...entries.map((uri) => `<entry uri="${uri}" cp:copyControl="to"/>`),
    '</list>',
    '</resource-lists>',
  );

const THREE = list('tel:+33600000002', 'tel:+33600000003', 'tel:+33600000004');

const body = (
  sdp: string,
  recipients: string,
  disposition: string[] = ['Content-Disposition: recipient-list'],
): string =>
  lines(
    '--boundary1',
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
    '--boundary1',
    'Content-Type: application/resource-lists+xml',
    ...disposition,
    '',
    `${recipients}--boundary1--`,
  );

/** Headers of the INVITE that a handset sends (flow 2). */
const HANDSET: [string, string][] = [
  ['Content-Type', 'multipart/mixed;boundary=boundary1'],
  ['Require', 'recipient-list-invite'],
  ['Accept-Contact', '*;+g.oma.sip-im'],
  ['Subject', 'Trip to Porto'],
  ['Contribution-ID', CONTRIBUTION],
  ['Conversation-ID', '6b0e5c1a-93d7-4c2e-8f50-2d9a71c4e803'],
  ['P-Charging-Vector', 'icid-value=5f0c;icid-generated-at=192.0.2.99'],
];

interface Asking {
  to?: string;
  from?: string;
  headers?: [string, string][];
  recipients?: string;
  disposition?: string[];
}

const invite = (
  sip: SipPeer,
  { to = FACTORY, from = ANA, headers = HANDSET, recipients = THREE, disposition }: Asking,
) =>
  inviteFrom(sip, to, {
    uri: from.slice(1, -1),
    headers,
    body: body(offer({ path: newPath() }), recipients, disposition),
  });

/** The final response to such an INVITE; with 200 it is acknowledged, and hung up when the test is over. */
async function ask(asking: Asking = {}): Promise<SipResponse> {
  const sip = await Caller.agent(server);
  const request = invite(sip, asking);
  const transaction = sip.send(request);
  const response = await finalOf(transaction);
  if (response.status !== 200) return response;
  if (!transaction.flow) throw new Error('no flow');
  const dialog = Dialog.fromResponse(request, response, transaction.flow);
  await sip.acknowledge(request, dialog);
  server.onClose(() => sip.exchange(dialog.createRequest('BYE'), dialog));
  return response;
}

const roomOf = (response: SipResponse): string => ROOM.exec(response.headers.get('Contact') ?? '')?.[1] ?? '';
const without = (...names: string[]): [string, string][] => HANDSET.filter(([name]) => !names.includes(name));

describe('a handset makes a group (flow 2)', () => {
  test('FAC-03, FAC-13, FAC-14, FAC-15, FAC-17: 200 with a room of its own; then its list is invited', async () => {
    await start({ profile: 'rcs', trustedPeers: ['127.0.0.1'] });
    const response = await ask();
    expect([response.status, response.headers.get('Contact')]).toEqual([200, expect.stringMatching(ROOM)]);
    const { room, invitees, by, headers } = await invitations.next();
    expect(room.uri).toBe(roomOf(response));
    expect(invitees).toEqual(['2', '3', '4'].map((n) => ({ uri: `tel:+3360000000${n}`, copyControl: 'to' })));
    expect(by).toMatchObject<Partial<Identity>>({ anonymous: false });
    expect(headers).toEqual({ 'P-Charging-Vector': 'icid-value=5f0c;icid-generated-at=192.0.2.99' });
    const made = server.server.chat.focus.room(room.uri);
    expect(made?.origin).toEqual({
      contributionId: CONTRIBUTION,
      conversationId: '6b0e5c1a-93d7-4c2e-8f50-2d9a71c4e803',
      inReplyTo: null,
      subject: 'Trip to Porto',
      creator: by?.uri,
    });
    expect(made?.config).toMatchObject({ subject: 'Trip to Porto', membership: true, tellInvited: true });
  });

  test('FAC-13, FAC-15, FAC-17, INV-06, INV-11: nobody’s answer is waited for; the INVITEs say what theirs said', async () => {
    const callees = await Callees.start('udp');
    server = await ServerUnderTest.start({ factory: 'chat-factory', outboundProxy: callees.proxy, profile: 'rcs' });
    server.onClose(() => callees.close());
    // The creator has his 200 before anybody is called.
    const room = roomOf(await ask());
    const invited = [await callees.invited(), await callees.invited(), await callees.invited()];
    expect(invited.map(({ request }) => request.uri).toSorted()).toEqual(
      ['2', '3', '4'].map((n) => `tel:+3360000000${n}`),
    );
    for (const each of invited) {
      expect(each.header('From')).toContain(room);
      expect(each.header('Contribution-ID')).toBe(CONTRIBUTION);
      expect(each.header('Conversation-ID')).toBe('6b0e5c1a-93d7-4c2e-8f50-2d9a71c4e803');
      expect(each.header('Subject')).toBe('Trip to Porto');
      expect(each.request.body.toString()).toContain('<entry uri="tel:+33600000003" cp:copyControl="to"/>');
      each.reply(486);
    }
  });

  test('FAC-15, FAC-17, FAC-19: ids made where there are none; a subject of any octets, cut after 255', async () => {
    await start({ profile: 'rcs' });
    const subject = '🎉%20'.repeat(60);
    const more: [string, string][] = [
      ['Subject', subject],
      ['InReplyTo-Contribution-ID', 'before'],
    ];
    const uri = roomOf(await ask({ headers: [...without('Contribution-ID', 'Conversation-ID', 'Subject'), ...more] }));
    const origin = server.server.chat.focus.room(uri)?.origin;
    expect(origin).toMatchObject({ contributionId: expect.stringMatching(/^[0-9a-f]{32}$/), inReplyTo: 'before' });
    expect(subject.startsWith(origin?.subject ?? '-')).toBe(true);
    expect(Buffer.byteLength(origin?.subject ?? '')).toBeGreaterThan(250);
    expect(Buffer.byteLength(origin?.subject ?? '')).toBeLessThanOrEqual(255);
  });

  test('FAC-18: Session-Replaces goes into the INVITE of its entry, other headers of a URI nowhere', async () => {
    await start({ profile: 'rcs' });
    const entries = [
      'sip:+33600000002@ims.example.net;method=INVITE?Session-Replaces=s1',
      'sip:bea@example.org?Route=%3Csip:evil@x%3E&amp;P-Asserted-Identity=sip:boss@x',
    ];
    await ask({ recipients: list(...entries) });
    expect((await invitations.next()).invitees).toEqual([
      { uri: 'sip:+33600000002@ims.example.net', copyControl: 'to', headers: { 'Session-Replaces': 's1' } },
      { uri: 'sip:bea@example.org', copyControl: 'to' },
    ]);
  });

  test('IDN-10: who hides cannot invite by a list', async () => {
    await start({ profile: 'rcs' });
    const response = await ask({ headers: [...HANDSET, ['Privacy', 'id']] });
    expect(response.status).toBe(433);
    expect(server.server.rooms.size).toBe(0);
    expect(invitations.requests).toEqual([]);
  });
});

const plain = (options: { uri?: string } = {}): Promise<Caller> => Caller.join(server, FACTORY, options);

describe('FAC-01: a room by INVITE to the factory', () => {
  const SDP_ONLY: Asking['headers'] = [];
  test('twice gives two rooms; another joins the first by its Contact', async () => {
    await start();
    const [first, second] = [await plain(), await plain({ uri: 'sip:bob@example.com' })];
    const [room, other] = [roomOf(first.response), roomOf(second.response)];
    expect(room).not.toBe(other);
    expect(room).not.toBe('');
    await Caller.join(server, room, { uri: 'sip:carl@example.com', headers: SDP_ONLY });
    expect(server.server.chat.focus.room(room)?.participants.size).toBe(2);
    expect(invitations.requests).toEqual([]);
  });

  test('PBX-02: the factory is the room in the CPIM To of who dialled it', async () => {
    await start();
    const caller = await plain();
    const message = `From: <sip:caller@example.com>\r\nTo: <${FACTORY}>\r\n\r\nContent-Type: text/plain\r\n\r\nhi`;
    expect((await caller.exchange(message)).what).toBe('200');
  });

  test('where nobody may make rooms by joining them the factory does all the same', async () => {
    await start({ rooms: { create: 'nobody' } });
    expect(roomOf((await plain()).response)).not.toBe('');
  });

  test('FAC-22: with who made it the room goes', async () => {
    await start();
    const caller = await plain();
    await caller.bye();
    expect(server.server.rooms.size).toBe(0);
  });

  test('FAC-14: the domain of the room is no address', async () => {
    await start({ factory: ['chat-factory'] });
    const caller = await Caller.join(server, 'sip:chat-factory@127.0.0.1');
    expect(caller.response.headers.get('Contact')).toMatch(/^<sip:gc-[0-9a-f]{24}@/);
    expect([...server.server.rooms.keys()]).toEqual([expect.stringMatching(/@localhost$/)]);
  });
});

describe('lists', () => {
  test.each<[string, Asking, number]>([
    ['with Require and Content-Disposition', {}, 3],
    ['without Require', { headers: without('Require') }, 3],
    ['without Content-Disposition', { disposition: [] }, 3],
    [
      'disposition in capitals, with a parameter',
      { disposition: ['content-disposition: Recipient-List;handling=required'] },
      3,
    ],
    ['another disposition', { headers: without('Require'), disposition: ['Content-Disposition: render'] }, 0],
    ['an empty one', { recipients: list() }, 0],
  ])('FAC-04: %s', async (_, asking, count) => {
    await start();
    expect((await ask(asking)).status).toBe(200);
    if (count > 0) await invitations.next();
    expect(invitations.requests.flatMap(({ invitees }) => invitees)).toHaveLength(count);
  });

  test.each<[string, Asking]>([
    ['FAC-04: required, and none there', { disposition: ['Content-Disposition: render'] }],
    [
      'FAC-07: with a document type',
      { recipients: '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>\r\n' },
    ],
    ['no XML', { recipients: 'tel:+33600000002\r\n' }],
    [
      'encoded in an unknown way',
      { disposition: ['Content-Disposition: recipient-list', 'Content-Transfer-Encoding: x-y'] },
    ],
  ])('%s: 400, and nothing is made', async (_, asking) => {
    await start();
    expect((await ask(asking)).status).toBe(400);
    expect(server.server.rooms.size).toBe(0);
  });

  test('FAC-09: each once, without who sent it and without rooms', async () => {
    await start();
    const recipients = list(
      'sip:bea@example.com',
      'SIP:bea@EXAMPLE.com',
      'sip:ana@example.com',
      FACTORY,
      'mailto:x@y',
      'sip:lunch@conf.example.com',
    );
    await ask({ from: '<sip:ana@example.com>', recipients });
    expect((await invitations.next()).invitees.map(({ uri }) => uri)).toEqual(['sip:bea@example.com']);
  });

  test('FAC-10: more than maxListEntries is refused before anything leaves', async () => {
    await start({ invitations: { maxListEntries: 2 } });
    const response = await ask();
    expect(response.status).toBe(486);
    expect(response.headers.get('Warning')).toBe('399 conf.example.com "102 Too many participants"');
    expect(server.server.rooms.size).toBe(0);
    expect(server.server.chat.stats.limited).toEqual({ 'invitations.maxListEntries': 1 });
  });

  test('FAC-11: so is what the room could not hold', async () => {
    await start({ profile: 'rcs', rooms: { defaults: { maxParticipants: 3 } } });
    const response = await ask();
    expect([response.status, response.headers.get('Warning')]).toEqual([
      486,
      '399 conf.example.com "102 Too many participants"',
    ]);
    expect(server.server.rooms.size).toBe(0);
    expect(server.server.chat.stats.limited).toEqual({ maxParticipants: 1 });
    expect((await ask({ recipients: list('tel:+33600000002', 'tel:+33600000003') })).status).toBe(200);
  });

  test('FAC-10: rooms of one user in a minute', async () => {
    await start({ invitations: { perMinute: 2 } });
    const statuses = [await ask(), await ask(), await ask()].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 403]);
    expect((await ask({ from: '<sip:other@example.com>' })).status).toBe(200);
  });

  test('with no way to invite anybody a list is refused', async () => {
    server = await ServerUnderTest.start({ factory: 'chat-factory' });
    expect((await ask()).status).toBe(488);
    expect(server.server.rooms.size).toBe(0);
  });

  test('FAC-10, REF-15: so it is of who has invited his share of people', async () => {
    const callees = await Callees.start('udp');
    server = await ServerUnderTest.start({
      factory: 'chat-factory',
      outboundProxy: callees.proxy,
      invitations: { perMinute: 2 },
    });
    expect((await ask()).status).toBe(200);
    for (let n = 0; n < 3; n++) (await callees.invited()).reply(486);
    expect((await ask()).status).toBe(403);
    expect(server.server.rooms.size).toBe(1);
    server.onClose(() => callees.close());
  });

  test('what the sender of INVITEs refuses does not end the room', async () => {
    await start();
    invitations.refusal = new ChatroomsError('CHAT_ERR_FORBIDDEN', 'no', { sipStatus: 403 });
    expect((await ask()).status).toBe(200);
    await invitations.next();
    expect(server.server.rooms.size).toBe(1);
  });

  test('FAC-05: to a room: 420, with and without Require', async () => {
    await start();
    for (const headers of [HANDSET, without('Require')]) {
      const response = await ask({ to: 'sip:lunch@conf.example.com', headers });
      expect([response.status, response.headers.get('Unsupported')]).toEqual([420, 'recipient-list-invite']);
    }
    expect(server.server.rooms.size).toBe(0);
  });

  test('FAC-05: in a re-INVITE: 420, and the room stays as it was', async () => {
    await start();
    const caller = await Caller.join(server, FACTORY);
    for (const headers of [HANDSET, without('Require')]) {
      const response = await finalOf(caller.request('INVITE', { headers, body: body(offer(), THREE) }));
      expect([response.status, response.headers.get('Unsupported')]).toEqual([420, 'recipient-list-invite']);
    }
    expect(invitations.requests).toEqual([]);
  });
});

describe('FAC-06: Require', () => {
  test.each([
    ['foo', 420, 'foo'],
    ['timer, Foo, recipient-list-invite, bar', 420, 'foo, bar'],
    ['path, gruu, recipient-list-invite', 200, undefined],
  ])('%s at the factory: %d', async (required, status, unsupported) => {
    await start();
    const response = await ask({ headers: [...without('Require'), ['Require', required]] });
    expect([response.status, response.headers.get('Unsupported')]).toEqual([status, unsupported]);
  });
});

describe('FAC-16: a group that starts anew', () => {
  test('who belongs to it comes into the room that is there; who does not gets 403', async () => {
    await start({ profile: 'rcs' });
    const first = await ask();
    const again = await ask();
    expect([again.status, roomOf(again)]).toEqual([200, roomOf(first)]);
    // Where there is a group already, the list says nothing (FAC-10 holds for the INVITEs that it would cause).
    expect((await ask({ recipients: 'no list\r\n' })).status).toBe(200);
    const stranger = await ask({ from: '<sip:+33600000009@ims.example.net;user=phone>' });
    expect(stranger.status).toBe(403);
    expect(stranger.headers.get('Warning')).toBeUndefined();
    expect(server.server.rooms.size).toBe(1);
  });

  test('those who are away are invited again, and nobody else', async () => {
    await start({ profile: 'rcs' });
    const uri = roomOf(await ask());
    const first = await invitations.next();
    const { focus } = server.server.chat;
    const away = { ...SOMEBODY, uri: 'tel:+33600000003' };
    const invitee = focus.invite({ room: uri, identity: away, by: first.by });
    invitee.ended({ status: 486, reason: 'Busy Here' });
    await ask();
    await invitations.count(2);
    expect(invitations.requests[1]).toMatchObject({ room: { uri }, invitees: [{ uri: 'tel:+33600000003' }] });
  });

  test('at once: one room, not two', async () => {
    await start({ profile: 'rcs' });
    const both = await Promise.all([ask(), ask()]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(both.map(roomOf)).size).toBe(1);
  });

  test('of no group that is there: a room with that Contribution-ID', async () => {
    await start({ profile: 'rcs' });
    const uri = roomOf(await ask());
    expect(server.server.chat.focus.roomByContribution(CONTRIBUTION)?.uri).toBe(uri);
  });

  test('without profile rcs the id means nothing', async () => {
    await start();
    expect(roomOf(await ask())).not.toBe(roomOf(await ask()));
  });
});

test('JOIN-06: a room that is full says so as handsets know it', async () => {
  await start({ rooms: { defaults: { maxParticipants: 1 } } });
  const room = roomOf((await plain()).response);
  const late = await ask({ to: room, headers: without('Require'), recipients: list(), disposition: [] });
  expect([late.status, late.headers.get('Warning')]).toEqual([486, '399 conf.example.com "102 Too many participants"']);
});

test('FAC-21: OPTIONS to the factory names the list, to a room it does not', async () => {
  await start({ rooms: { static: { lunch: {} } } });
  const sip = await Caller.agent(server);
  const factory = await sip.exchange(sip.compose('OPTIONS', FACTORY));
  expect(factory.status).toBe(200);
  expect(factory.headers.get('Supported')).toMatch(/\brecipient-list-invite\b/);
  expect(factory.headers.get('Accept')).toBe('application/sdp, multipart/mixed, application/resource-lists+xml');
  expect(factory.headers.get('Contact')).not.toContain('isfocus');
  const room = await sip.exchange(sip.compose('OPTIONS', 'sip:lunch@localhost'));
  expect(room.headers.get('Supported')).not.toContain('recipient-list-invite');
  expect(room.headers.get('Contact')).toContain('isfocus');
});

test.each([
  ['SUBSCRIBE', 404],
  ['REFER', 403],
  ['MESSAGE', 405],
])('%s to the factory: %d', async (method, status) => {
  await start();
  const sip = await Caller.agent(server);
  const headers: [string, string][] = [
    ['Event', 'conference'],
    ['Refer-To', '<sip:bea@example.com>'],
  ];
  expect((await sip.exchange(sip.compose(method, FACTORY, { headers }))).status).toBe(status);
});

test('FAC-24: with profile rcs who is not recognised is told so in the words that handsets know', async () => {
  await start({ profile: 'rcs', authenticate: () => null });
  const response = await ask();
  expect([response.status, response.headers.get('Warning')]).toEqual([
    403,
    '399 conf.example.com "127 Service not authorised"',
  ]);
});

test('BYE-15: CANCEL before the 200: no room, and nobody is invited', async () => {
  let decide: (() => void) | undefined;
  let asked: (() => void) | undefined;
  const thinking = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const authorizeJoin = (): Promise<void> => {
    asked?.();
    return new Promise((resolve) => {
      decide = resolve;
    });
  };
  await start({ authorizeJoin });
  const sip = await Caller.agent(server);
  const transaction = sip.send(invite(sip, {}));
  const final = finalOf(transaction);
  await thinking;
  sip.transactions.cancel(transaction);
  expect((await final).status).toBe(487);
  decide?.();
  // What is answered after it is handled after it.
  expect((await sip.exchange(sip.compose('OPTIONS', FACTORY))).status).toBe(200);
  expect(server.server.rooms.size).toBe(0);
  expect(invitations.requests).toEqual([]);
});

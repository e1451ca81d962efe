import { ChatroomsError } from '../../lib/util/errors.js';
import { Caller } from '../support/caller.js';
import { FakeInvitations } from '../support/fake-invitations.js';
import { ManualClock } from '../support/manual-clock.js';
import { list, Referrer, type Way } from '../support/referrer.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

let server: ServerUnderTest;
let invitations: FakeInvitations;
let room: string;

const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
  server = await ServerUnderTest.start(options);
  invitations = FakeInvitations.of(server.server);
  room = server.newRoom();
};
afterEach(() => server.close());

const CARLA = 'sip:carla@example.com';
const TRYING = 'SIP/2.0 100 Trying\r\n';
const MODERATED = { rooms: { defaults: { moderators: ['sip:ana@example.com'] } } };

/** The subscriptions are gone: each question takes the server a turn. */
async function forgotten(): Promise<void> {
  const agent = await Caller.agent(server);
  while (server.server.referrals.size > 0) await agent.exchange(agent.compose('OPTIONS', room));
}

describe.each<[Way, 'udp' | 'tcp']>([
  ['in dialog', 'udp'],
  ['in dialog', 'tcp'],
  ['out of dialog', 'udp'],
  ['out of dialog', 'tcp'],
])('REF-01 %s over %s', (way, transport) => {
  const inside = (): Promise<Referrer> => Referrer.inside(server, room, { way, transport });

  test('REF-05 JOIN-14 adding somebody: 202, 100, 180, 200', async () => {
    await start();
    const ana = await inside();
    const { response } = await ana.refer({
      headers: [
        ['Refer-To', `<${CARLA};method=INVITE>`],
        ['Referred-By', '<sip:mallory@example.com>'],
        ['Subject', 'Trip'],
        ['Contribution-ID', 'abc'],
      ],
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('Contact')).toMatch(/;isfocus$/);
    expect(response.headers.get('Allow-Events')).toBe('conference, refer');
    expect(response.headers.get('Supported')).toBe('timer, norefersub, multiple-refer, replaces, join');
    expect(response.headers.has('Refer-Sub')).toBe(false);
    expect(await ana.told()).toEqual(['refer', 'active;expires=60', TRYING]);
    invitations.answer(CARLA, 180, 'Ringing');
    const [, state, body] = await ana.told();
    expect([state.replace(/\d+/, 'n'), body]).toEqual(['active;expires=n', 'SIP/2.0 180 Ringing\r\n']);
    invitations.answer(CARLA, 200, 'OK');
    expect(await ana.told()).toEqual(['refer', 'terminated;reason=noresource', 'SIP/2.0 200 OK\r\n']);
    // INV-03 REF-16: of the request only who is asked for, and who asks as known to us.
    expect(invitations.requests).toMatchObject([
      { room: { uri: room }, invitees: [{ uri: CARLA }], by: { uri: 'sip:ana@example.com' } },
    ]);
    expect(invitations.requests[0].headers).toBeUndefined();
    await forgotten();
  });

  test('REF-12 BYE-06 4353-5.2-01 removing somebody with two devices: BYE with a Reason, 100, 200', async () => {
    await start(MODERATED);
    const ana = await inside();
    const bruno = [
      await Caller.call(server, room, { uri: 'sip:bruno@example.com' }),
      await Caller.call(server, room, { uri: 'sip:bruno@example.com' }),
    ];
    expect(await ana.status('<sip:bruno@example.com;method=BYE>')).toBe(202);
    expect(await ana.told()).toEqual(['refer', 'active;expires=60', TRYING]);
    expect(await ana.told()).toEqual(['refer', 'terminated;reason=noresource', 'SIP/2.0 200 OK\r\n']);
    for (const device of bruno) {
      const bye = await device.answered('BYE');
      expect(bye.headers.get('Reason')).toBe('SIP;cause=403;text="Removed by moderator"');
    }
    expect(await ana.status('<sip:bruno@example.com;method=BYE>')).toBe(202);
    await ana.notify();
    expect((await ana.told())[2]).toBe('SIP/2.0 404 Not Found\r\n');
  });

  test('REF-06 Refer-Sub: false: no subscription', async () => {
    await start(MODERATED);
    const ana = await inside();
    const silent: [string, string] = ['Refer-Sub', 'false'];
    const { response } = await ana.refer({ headers: [['Refer-To', 'tel:+33600000005'], silent] });
    expect([response.status, response.headers.get('Refer-Sub')]).toEqual([202, 'false']);
    expect(response.headers.get('Allow-Events')).toBe('conference');
    expect(invitations.uris).toEqual(['tel:+33600000005']);
    invitations.answer('tel:+33600000005', 603, 'Decline');
    expect(server.server.referrals.size).toBe(0);
    // REF-12: nothing else would tell.
    expect(await ana.status('<sip:nobody@example.com>;method=BYE', silent)).toBe(404);
    const options = await ana.sip.exchange(ana.sip.compose('OPTIONS', room));
    expect([options.status, ana.sip.unread]).toEqual([200, 0]);
  });

  test('REF-06 Require: norefersub alone is a subscription like any', async () => {
    await start();
    const ana = await inside();
    expect(await ana.status(CARLA, ['Require', 'norefersub'])).toBe(202);
    expect((await ana.told())[2]).toBe(TRYING);
    invitations.answer(CARLA, 200, 'OK');
    expect((await ana.told())[2]).toBe('SIP/2.0 200 OK\r\n');
  });

  test('REF-02 REF-04 REF-15 FAC-06 what cannot be done is refused before anybody is called', async () => {
    await start();
    const ana = await inside();
    const refused: [number, [string, string][]][] = [
      [400, []],
      [400, [['Refer-To', `<${CARLA}>, <sip:dora@example.com>`]]],
      [400, [['Refer-To', 'nonsense']]],
      [400, [['Refer-To', '<cid:gone@example.com>']]],
      [403, [['Refer-To', `<${CARLA};method=OPTIONS>`]]],
      [403, [['Refer-To', '<mailto:carla@example.com>']]],
      [
        420,
        [
          ['Refer-To', CARLA],
          ['Require', 'norefersub, foo, explicitsub'],
        ],
      ],
    ];
    for (const [status, headers] of refused) {
      const { response } = await ana.refer({ headers });
      expect([headers, response.status]).toEqual([headers, status]);
      if (status === 420) expect(response.headers.get('Unsupported')).toBe('foo, explicitsub');
    }
    expect([invitations.requests, server.server.referrals.size]).toEqual([[], 0]);
  });

  test('REF-07 several at once, in a body or a part of one, some to be removed', async () => {
    await start(MODERATED);
    const ana = await inside();
    const bruno = await Caller.call(server, room, { uri: 'sip:bruno@example.com' });
    const document = list(
      'tel:+33600000006',
      'sip:dora@example.com',
      'sip:dora@example.com;method=INVITE',
      'sip:bruno@example.com;method=BYE',
      'mailto:x@example.com',
      'sip:ana@example.com',
      room,
    );
    const { response } = await ana.refer({
      headers: [
        ['Require', 'multiple-refer'],
        ['require', 'norefersub'],
        ['Refer-To', '<cid:list-0c7@198.51.100.21>'],
        ['Refer-Sub', 'false'],
        ['Content-ID', '<list-0c7@198.51.100.21>'],
        ['Content-Disposition', 'recipient-list'],
        ['Content-Type', 'application/resource-lists+xml'],
      ],
      body: document,
    });
    expect([response.status, response.headers.get('Refer-Sub')]).toEqual([202, 'false']);
    // FAC-09.
    expect(invitations.uris).toEqual(['tel:+33600000006', 'sip:dora@example.com']);
    expect(invitations.requests[0].invitees[0].copyControl).toBe('to');
    await bruno.answered('BYE');
    const multipart = [
      '--b1',
      'Content-Type: text/plain',
      '',
      'hello',
      '--b1',
      'content-type: application/resource-lists+xml',
      'Content-ID: LIST@h',
      '',
      list('sip:emil@example.com'),
      '--b1--',
      '',
    ].join('\r\n');
    const second = await ana.refer({
      headers: [
        ['Refer-To', 'cid:list@h'],
        ['Content-Type', 'multipart/mixed;boundary="b1"'],
      ],
      body: multipart,
    });
    expect([second.response.status, second.response.headers.get('Refer-Sub')]).toEqual([202, 'false']);
    expect(invitations.uris.at(-1)).toBe('sip:emil@example.com');
    expect(server.server.referrals.size).toBe(0);
  });

  test('REF-08 FAC-10 a list that is empty, dangles, is too long or asks too much does nothing at all', async () => {
    await start({ invitations: { perMinute: 100 } });
    // Who comes first may have more to say than others.
    const bruno = await Caller.call(server, room, { uri: 'sip:bruno@example.com' });
    const ana = await inside();
    const many = Array.from({ length: 51 }, (_, n) => `sip:user${n}@example.com`);
    const refused: [number, string, string][] = [
      [400, '<a@h>', list()],
      [400, '<b@h>', list(CARLA)],
      [400, '<a@h>', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><resource-lists/>'],
      [400, '<a@h>', 'x'.repeat(40_000)],
      [400, '<a@h>', list('sip:a@example.com;method=SUBSCRIBE')],
      [403, '<a@h>', list(...many)],
      [403, '<a@h>', list(CARLA, 'sip:bruno@example.com;method=BYE')],
    ];
    for (const [status, id, body] of refused) {
      const headers: [string, string][] = [
        ['Refer-To', '<cid:a@h>'],
        ['Content-ID', id],
        ['Content-Type', 'application/resource-lists+xml'],
      ];
      const { response } = await ana.refer({ headers, body });
      expect([id, body.slice(0, 300), response.status]).toEqual([id, body.slice(0, 300), status]);
    }
    expect([invitations.requests, bruno.sip.unread]).toEqual([[], 0]);
  });

  test('RFC 6665 4.2.1 SUBSCRIBE refreshes and ends the subscription, without one 403', async () => {
    await start();
    const ana = await inside();
    const { dialog } = await ana.refer({ headers: [['Refer-To', CARLA]] });
    await ana.notify();
    const subscribe = async (expires: string, event = 'refer') => {
      const headers: [string, string][] = [
        ['Event', event],
        ['Expires', expires],
        ['Contact', `<${ana.sip.uri}>`],
      ];
      const request = dialog?.createRequest('SUBSCRIBE', { headers });
      return request ? ana.sip.exchange(request, dialog) : undefined;
    };
    expect((await subscribe('300', 'refer;id=9'))?.status).toBe(403);
    expect((await subscribe('soon'))?.status).toBe(400);
    const refreshed = await subscribe('300');
    expect([refreshed?.status, refreshed?.headers.get('Expires')]).toEqual([200, '300']);
    expect((await ana.told())[1]).toBe('active;expires=300');
    expect((await subscribe('0'))?.status).toBe(200);
    expect((await ana.told())[1]).toBe('terminated;reason=timeout');
    expect((await subscribe('300'))?.status).toBe(way === 'in dialog' ? 403 : 481);
    // RFC 3515 §2.4.4: whom it was about is still being called.
    invitations.answer(CARLA, 200, 'OK');
    expect(ana.sip.unread).toBe(0);
  });

  test('REF-05 a NOTIFY answered 481 ends it', async () => {
    await start();
    const ana = await inside();
    expect(await ana.status(CARLA)).toBe(202);
    await ana.notify(481);
    await forgotten();
    invitations.answer(CARLA, 200, 'OK');
    expect(await ana.status('<mailto:x@example.com>')).toBe(403);
    expect(ana.sip.unread).toBe(0);
  });

  test('REF-11 more than the room holds: 486, nobody is called', async () => {
    await start();
    const ana = await inside();
    invitations.refusal = new ChatroomsError('CHAT_ERR_ROOM_FULL', 'Full.', {
      sipStatus: 486,
      warning: '102 Too many participants',
    });
    const { response } = await ana.refer({ headers: [['Refer-To', CARLA]] });
    expect(response.status).toBe(486);
    expect(response.headers.get('Warning')).toBe('399 localhost "102 Too many participants"');
    expect(server.server.referrals.size).toBe(0);
  });

  test('REF-15 a thousand REFERs: twenty are called, the others refused', async () => {
    await start({ clock: new ManualClock() });
    const ana = await inside();
    const statuses = new Map<number, number>();
    for (let n = 0; n < 1000; n += 50) {
      const batch = Array.from({ length: 50 }, (_, i) =>
        ana.status(`sip:user${n + i}@example.com`, ['Refer-Sub', 'false']),
      );
      for (const status of await Promise.all(batch)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [202, 20],
      [403, 980],
    ]);
    expect(invitations.uris).toHaveLength(20);
  });
});

describe('REF-09 who may', () => {
  test('those who are in, and moderators from outside', async () => {
    await start({ rooms: { defaults: { moderators: ['sip:mod@example.com'] } } });
    const bruno = await Caller.call(server, room, { uri: 'sip:bruno@example.com' });
    const stranger = await Referrer.outside(server, room, 'sip:stranger@example.com');
    const moderator = await Referrer.outside(server, room, 'sip:mod@example.com');
    expect(await stranger.status(CARLA)).toBe(403);
    expect(await stranger.status('<sip:bruno@example.com;method=BYE>')).toBe(403);
    expect(await moderator.status(CARLA, ['Refer-Sub', 'false'])).toBe(202);
    expect(await moderator.status('<sip:bruno@example.com;method=BYE>', ['Refer-Sub', 'false'])).toBe(202);
    await bruno.answered('BYE');
    expect(invitations.uris).toEqual([CARLA]);
  });

  test.each(['moderators', 'nobody'] as const)('not a participant where only %s may', async (invite) => {
    await start({ rooms: { defaults: { invite } } });
    await Caller.call(server, room, { uri: 'sip:first@example.com' });
    const ana = await Referrer.inside(server, room, { way: 'in dialog' });
    expect(await ana.status(CARLA)).toBe(403);
    expect(invitations.requests).toEqual([]);
  });

  test('IDN-05 who `authenticate` says it is', async () => {
    await start({ authenticate: ({ from }) => (from.uri.includes('mallory') ? null : { uri: 'sip:ana@example.com' }) });
    await Referrer.inside(server, room, { way: 'in dialog' });
    const mallory = await Referrer.outside(server, room, 'sip:mallory@example.com');
    const alias = await Referrer.outside(server, room, 'sip:alias@example.com');
    expect([await mallory.status(CARLA), await alias.status(CARLA, ['Refer-Sub', 'false'])]).toEqual([403, 202]);
    expect(invitations.requests[0].by?.uri).toBe('sip:ana@example.com');
  });

  test('JOIN-02 a room that is not there is 404, and does not come to be', async () => {
    await start();
    const ana = await Referrer.outside(server, room, 'sip:ana@example.com');
    expect(await ana.status(CARLA)).toBe(404);
    expect(server.server.rooms.size).toBe(0);
  });
});

test('REF-05 RFC 3515 2.4.6 from the second REFER of a dialog on, an id tells them apart; JOIN-14 while they live', async () => {
  await start();
  const ana = await Caller.call(server, room, { uri: 'sip:ana@example.com' });
  const refer = async (uri: string): Promise<number> => {
    const transaction = ana.request('REFER', { headers: [['Refer-To', uri]] });
    await new Promise((resolve) => transaction.on('response', resolve));
    return Number(/^\d+/.exec(transaction.request.headers.get('CSeq') ?? '')?.[0]);
  };
  const sequences = [];
  for (const user of ['carla', 'dora', 'emil']) {
    sequences.push(await refer(`sip:${user}@example.com`));
    await ana.answered('NOTIFY');
  }
  const options = await ana.sip.exchange(ana.dialog.createRequest('OPTIONS'), ana.dialog);
  expect(options.headers.get('Allow-Events')).toBe('conference, refer');
  invitations.answer('sip:emil@example.com', 486, 'Busy Here');
  invitations.answer('sip:dora@example.com', 200, 'OK');
  invitations.answer(CARLA, 603, 'Decline');
  const events: Record<string, string> = {};
  for (let n = 0; n < 3; n++) {
    const { headers, body } = await ana.answered('NOTIFY');
    events[headers.get('Event') ?? ''] = body.toString().trim();
  }
  expect(events).toEqual({
    refer: 'SIP/2.0 603 Decline',
    [`refer;id=${sequences[1]}`]: 'SIP/2.0 200 OK',
    [`refer;id=${sequences[2]}`]: 'SIP/2.0 486 Busy Here',
  });
  await forgotten();
  const after = await ana.sip.exchange(ana.dialog.createRequest('OPTIONS'), ana.dialog);
  expect(after.headers.get('Allow-Events')).toBe('conference');
});

test('a dialog holds twenty subscriptions, and they end with it', async () => {
  await start({ invitations: { perMinute: 1000 } });
  const ana = await Referrer.inside(server, room, { way: 'in dialog' });
  const statuses: number[] = [];
  for (let n = 0; n < 25; n++) {
    const status = await ana.status(`sip:user${n}@example.com`);
    statuses.push(status);
    if (status === 202) await ana.notify();
  }
  expect(statuses).toEqual([...Array(20).fill(202), ...Array(5).fill(480)]);
  await server.server.room(room)?.close();
  const last: string[] = [];
  for (let n = 0; n < 20; n++) last.push((await ana.told())[1]);
  expect(new Set(last)).toEqual(new Set(['terminated;reason=rejected']));
  expect(server.server.referrals.size).toBe(0);
  const bye = await ana.sip.next();
  bye.reply(200);
});

test('BYE of the sender ends the subscriptions in his dialog; those out of one are told until the server stops', async () => {
  await start();
  const ana = await Caller.call(server, room, { uri: 'sip:ana@example.com' });
  await Caller.call(server, room, { uri: 'sip:bruno@example.com' });
  const outside = await Referrer.inside(server, room, { uri: 'sip:dora@example.com', way: 'out of dialog' });
  ana.request('REFER', { headers: [['Refer-To', CARLA]] });
  await ana.answered('NOTIFY');
  expect(await outside.status('sip:emil@example.com')).toBe(202);
  await outside.notify();
  await ana.bye();
  expect(server.server.referrals.size).toBe(1);
  const closing = server.server.close();
  const states = new Map<string, string | undefined>();
  while (states.size < 2) {
    const transaction = await outside.sip.next();
    transaction.reply(200);
    states.set(transaction.request.method, transaction.request.headers.get('Subscription-State'));
  }
  expect(states.get('NOTIFY')).toBe('terminated;reason=deactivated');
  await closing;
});

test('DRA-11 what a dialog that a REFER made is not for: 405', async () => {
  await start();
  const ana = await Referrer.inside(server, room, { way: 'out of dialog' });
  const { dialog } = await ana.refer({ headers: [['Refer-To', CARLA]] });
  await ana.notify();
  const request = dialog?.createRequest('REFER', { headers: [['Refer-To', CARLA]] });
  const response = request && (await ana.sip.exchange(request, dialog));
  expect([response?.status, response?.headers.get('Allow')]).toEqual([405, 'SUBSCRIBE, NOTIFY']);
  invitations.answer(CARLA, 200, 'OK');
  await ana.notify();
});

test('DRA-11 a method that nobody knows, out of a dialog: 405 and Allow', async () => {
  await start();
  const agent = await Caller.agent(server);
  const response = await agent.exchange(agent.compose('FOO', room));
  expect([response.status, response.headers.get('Allow')]).toEqual([405, expect.stringContaining('REFER')]);
});

test('RFC 4488 a REFER without subscription makes no dialog at the endpoint', async () => {
  await start({ invitations: { perMinute: 1000 } });
  const ana = await Referrer.inside(server, room, { way: 'out of dialog' });
  const { dialog } = await ana.refer({
    headers: [
      ['Refer-To', CARLA],
      ['Refer-Sub', 'false'],
    ],
  });
  const headers: [string, string][] = [
    ['Event', 'refer'],
    ['Contact', `<${ana.sip.uri}>`],
  ];
  const subscribe = dialog?.createRequest('SUBSCRIBE', { headers });
  expect((subscribe && (await ana.sip.exchange(subscribe, dialog)))?.status).toBe(481);
});

test('BYE-06 a handset that was removed is told 410, so that it stops coming back', async () => {
  await start({ ...MODERATED, profile: 'rcs' });
  const ana = await Referrer.inside(server, room, { way: 'in dialog' });
  const bruno = await Caller.call(server, room, { uri: 'sip:bruno@example.com' });
  expect(await ana.status('<sip:bruno@example.com;method=BYE>', ['Refer-Sub', 'false'])).toBe(202);
  expect((await bruno.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=410;text="Gone"');
});

test.each([
  ['rcs', { 'Session-Replaces': 'c1' }],
  [undefined, undefined],
] as const)('FAC-18 with profile %s', async (profile, headers) => {
  await start({ ...(profile && { profile }) });
  const ana = await Referrer.inside(server, room, { way: 'in dialog' });
  expect(await ana.status(`<${CARLA}?Session-Replaces=c1&Route=x>`, ['Refer-Sub', 'false'])).toBe(202);
  expect(invitations.requests[0].invitees[0].headers).toEqual(headers);
});

test.each([
  ['trusted', ['127.0.0.0/8'], { 'P-Charging-Vector': 'icid-value=77aa' }],
  ['not trusted', ['192.0.2.0/24'], undefined],
] as const)('HDR-02 the charging vector of a REFER from somewhere %s', async (_what, trustedPeers, headers) => {
  await start({ profile: 'rcs', trustedPeers });
  const ana = await Referrer.inside(server, room, { way: 'out of dialog' });
  const vector: [string, string] = ['P-Charging-Vector', 'icid-value=77aa'];
  expect(await ana.status(CARLA, vector, ['Refer-Sub', 'false'])).toBe(202);
  expect(invitations.requests[0].headers).toEqual(headers);
});

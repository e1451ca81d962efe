import { Bystanders } from '../support/bystanders.js';
import { Caller, cpim, inviteFrom, offer } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const LOOPBACK = ['127.0.0.0/8'];
const MALLORY = 'sip:mallory@example.com';

let server: ServerUnderTest;
let bystanders: Bystanders;
let mallory: Caller;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
beforeEach(async () => {
  bystanders = await Bystanders.in(server);
  mallory = await Caller.join(server, bystanders.room, { uri: MALLORY });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

const text = 'From: <sip:ana@example.com> owes me';
const body = `Content-Type: text/plain\r\n\r\n${text}`;

/** CPIM headers by which somebody pretends to be Ana, with the status that each gets. */
const FORGERIES: [string, (room: string) => string, string][] = [
  ['another', (room) => `From: <sip:ana@example.com>\r\nTo: <${room}>`, '403'],
  ['another with the own one as name', (room) => `From: "${MALLORY}" <sip:ana@example.com>\r\nTo: <${room}>`, '403'],
  ['the own one, then another', (room) => `From: <${MALLORY}>\r\nFrom: <sip:ana@example.com>\r\nTo: <${room}>`, '400'],
  ['another, then the own one', (room) => `From: <sip:ana@example.com>\r\nFrom: <${MALLORY}>\r\nTo: <${room}>`, '400'],
  ['the own one in the user part', (room) => `From: <sip:mallory%40example.com@ana.example>\r\nTo: <${room}>`, '403'],
  ['another in capitals', (room) => `From: <SIP:ANA@EXAMPLE.COM>\r\nTo: <${room}>`, '403'],
  ['that of the room', (room) => `From: <${room}>\r\nTo: <${room}>`, '403'],
  ['an escaped one', (room) => `From: <sip:%61na@example.com>\r\nTo: <${room}>`, '403'],
  [
    'the own one in front of another host',
    (room) => `From: <sip:mallory@example.com@evil.example>\r\nTo: <${room}>`,
    '403',
  ],
  ['none', (room) => `To: <${room}>`, '403'],
];

test.each(FORGERIES)('forged CPIM From: %s', async (_what, headers, status) => {
  expect(await mallory.exchange(`${headers(bystanders.room)}\r\n\r\n${body}`)).toMatchObject({ what: status });
  await bystanders.undisturbed();
});

test('forged CPIM From in a private message', async () => {
  const to = 'sip:bob@example.com';
  expect(await mallory.exchange(cpim('sip:ana@example.com', to, 'between us'))).toMatchObject({ what: '403' });
  await bystanders.undisturbed();
});

test('forged CPIM From in the chunk that completes the headers: the message is decided by all of them', async () => {
  const headers = `From: <${MALLORY}>\r\nTo: <${bystanders.room}>\r\n`;
  const rest = `From: <sip:ana@example.com>\r\n\r\n${body}`;
  const total = headers.length + rest.length;
  const first = { messageId: 'split1', range: `1-${headers.length}/${total}`, flag: '+' } as const;
  expect(await mallory.exchange(headers, first)).toMatchObject({ what: '200' });
  const second = { messageId: 'split1', range: `${headers.length + 1}-${total}/${total}`, flag: '$' } as const;
  expect(await mallory.exchange(rest, second)).toMatchObject({ what: '400' });
  await bystanders.undisturbed();
});

test('forged From-Path: neither reaches anybody nor directs answers elsewhere', async () => {
  const forged = `MSRP forged1 SEND\r\nTo-Path: ${mallory.roomPath}\r\nFrom-Path: msrp://127.0.0.1:9/ana;tcp\r\nMessage-ID: forged1\r\nByte-Range: 1-*/*\r\nContent-Type: message/cpim\r\n\r\n${cpim('sip:ana@example.com', bystanders.room, 'hi')}\r\n-------forged1$\r\n`;
  mallory.msrp.write(forged);
  const answer = await mallory.msrp.frame();
  expect([answer.tid, answer.what]).toEqual(['forged1', '403']);
  await bystanders.undisturbed();
});

describe('forged P-Asserted-Identity', () => {
  let strict: ServerUnderTest;
  afterEach(() => strict.close());

  const claims: [string, string][] = [
    ['P-Asserted-Identity', '"Boss" <sip:ana@example.com>'],
    ['P-Preferred-Identity', '<sip:ana@example.com>'],
    ['P-Served-User', '<sip:ana@example.com>;sescase=orig'],
    ['Remote-Party-ID', '<sip:ana@example.com>;party=calling;screen=yes'],
  ];

  test.each(claims)('%s of a stranger names nobody: 403', async (name, value) => {
    strict = await ServerUnderTest.start({ auth: 'trusted-proxy', trustedPeers: ['192.0.2.0/24'] });
    const call = Caller.call(strict, strict.newRoom(), { uri: 'sip:ana@example.com', headers: [[name, value]] });
    await expect(call).rejects.toThrow('INVITE: 403');
  });

  test.each([
    ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKforged;received=192.0.2.1'],
    ['X-Real-IP', '192.0.2.1'],
    ['Record-Route', '<sip:192.0.2.1;lr>'],
  ])('trust comes from the socket, not from a %s that names a trusted address', async (name, value) => {
    strict = await ServerUnderTest.start({ auth: 'trusted-proxy', trustedPeers: ['192.0.2.0/24'] });
    const sip = await Caller.agent(strict);
    const request = inviteFrom(sip, strict.newRoom(), {
      uri: 'sip:ana@example.com',
      headers: [claims[0]],
      body: offer(),
    });
    if (name === 'Via') request.headers.add(name, value);
    else request.headers.set(name, value);
    expect((await sip.exchange(request)).status).toBe(403);
  });

  test('in a re-INVITE it changes nobody', async () => {
    strict = await ServerUnderTest.start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
    const asserted: [string, string][] = [['P-Asserted-Identity', `<${MALLORY}>`]];
    const room = strict.newRoom();
    const caller = await Caller.join(strict, room, { uri: MALLORY, headers: asserted });
    const response = await caller.sip.exchange(
      caller.dialog.createRequest('INVITE', {
        headers: [
          ['Contact', `<${caller.sip.uri}>`],
          ['Content-Type', 'application/sdp'],
          ['P-Asserted-Identity', '<sip:ana@example.com>'],
        ],
        body: Buffer.from(offer({ path: caller.path })),
      }),
      caller.dialog,
    );
    expect(response.status).toBe(200);
    expect(await caller.exchange(cpim('sip:ana@example.com', room, 'now I am she'))).toMatchObject({ what: '403' });
    expect(await caller.exchange(cpim(MALLORY, room, 'still me'))).toMatchObject({ what: '200' });
    expect([...(strict.server.room(room)?.participants.keys() ?? [])]).toEqual([MALLORY]);
  });
});

import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { type SippRun, sipp, WELL } from '../support/sipp.js';
import { type Expected, MESSAGE_LINE, SDP, SippScenario, sdp, type Sending } from '../support/sipp-scenario.js';

const ROOM = 'sip:lobby@conf.example.com';
const TOO_MANY = '399 conf.example.com "102 Too many participants"';
const CHAT = sdp(...MESSAGE_LINE);
const AUDIO = ['m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'];
const MULTIPART = [
  '--b1',
  'Content-Type: application/sdp',
  '',
  CHAT,
  '--b1',
  'Content-Type: application/resource-lists+xml',
  'Content-Disposition: recipient-list',
  '',
  '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="sip:bob@example.com"/></list></resource-lists>',
  '--b1--',
  '',
].join('\r\n');

/** One row of the response table: what is sent, and what has to come back. */
interface Row {
  /** Row ids, and what it is about. */
  name: string;
  method: string;
  sending?: Sending;
  to?: string;
  status: number;
  expected?: Expected;
}

const subscribe = (event: string, ...more: [string, string][]): Sending => ({
  headers: [...(event === '' ? [] : ([['Event', event]] as const)), ...more],
});

const NOBODY_MAKES_ROOMS: ServerUnderTestOptions = {
  factory: 'chat-factory',
  rooms: {
    create: 'nobody',
    static: {
      [ROOM]: {},
      'sip:locked@conf.example.com': { locked: true },
      'sip:named@conf.example.com': { allowAnonymous: false },
      'sip:full@conf.example.com': { maxParticipants: 1 },
    },
  },
};

const ROWS: Row[] = [
  { name: 'JOIN-02: unknown room, INVITE', to: 'sip:no@conf.example.com', method: 'INVITE', status: 404 },
  {
    name: 'JOIN-02: unknown room, SUBSCRIBE',
    to: 'sip:no@conf.example.com',
    method: 'SUBSCRIBE',
    sending: subscribe('conference'),
    status: 404,
  },
  { name: 'CAP-01: unknown room, OPTIONS', to: 'sip:no@conf.example.com', method: 'OPTIONS', status: 404 },
  {
    name: 'JOIN-05: locked',
    to: 'sip:locked@conf.example.com',
    method: 'INVITE',
    status: 403,
    expected: { Warning: '399 conf.example.com "Conference is locked"' },
  },
  {
    name: 'IDN-09: anonymous, by Privacy',
    to: 'sip:named@conf.example.com',
    method: 'INVITE',
    sending: { headers: [SDP, ['Privacy', 'id']] },
    status: 433,
  },
  {
    name: 'IDN-09: anonymous, by From',
    to: 'sip:named@conf.example.com',
    method: 'INVITE',
    sending: { headers: [SDP, ['From', '<sip:anonymous@anonymous.invalid>;tag=[pid]a[call_number]']] },
    status: 433,
  },
  {
    name: 'JOIN-10 JOIN-16: audio alone',
    method: 'INVITE',
    sending: { body: sdp(...AUDIO) },
    status: 488,
    expected: { Warning: '304 conf.example.com "Media type not available"' },
  },
  {
    name: 'JOIN-10: no message/cpim',
    method: 'INVITE',
    sending: { body: CHAT.replace('message/cpim ', '') },
    status: 488,
    expected: { Warning: /^ 399 conf.example.com ".+"/ },
  },
  {
    name: 'FAC-06: unknown Require',
    method: 'INVITE',
    sending: { headers: [SDP, ['Require', 'timer, foo'], ['Require', 'bar']] },
    status: 420,
    expected: { Unsupported: 'foo, bar' },
  },
  {
    name: 'JOIN-12: Replaces of a dialog that is not there',
    method: 'INVITE',
    sending: { headers: [SDP, ['Replaces', 'nobody@h;to-tag=a;from-tag=b']] },
    status: 481,
  },
  {
    name: 'FAC-05: list to a room, with the tag',
    method: 'INVITE',
    sending: {
      headers: [
        ['Content-Type', 'multipart/mixed;boundary=b1'],
        ['Require', 'recipient-list-invite'],
      ],
      body: MULTIPART,
    },
    status: 420,
    expected: { Unsupported: 'recipient-list-invite' },
  },
  {
    name: 'FAC-05: list to a room, without the tag',
    method: 'INVITE',
    sending: { headers: [['Content-Type', 'multipart/mixed;boundary=b1']], body: MULTIPART },
    status: 420,
    expected: { Unsupported: 'recipient-list-invite' },
  },
  {
    name: '3261-21.4.13: unknown body',
    method: 'INVITE',
    sending: { headers: [['Content-Type', 'text/plain']], body: 'hello' },
    status: 415,
    expected: { Accept: /application\/sdp/ },
  },
  {
    name: 'TMR-02: session timer too small',
    method: 'INVITE',
    sending: {
      headers: [SDP, ['Supported', 'timer'], ['Session-Expires', '60']],
    },
    status: 422,
    expected: { 'Min-SE': '90' },
  },
  {
    name: 'SUB-03: another event',
    method: 'SUBSCRIBE',
    sending: subscribe('presence'),
    status: 489,
    expected: { 'Allow-Events': 'conference' },
  },
  {
    name: 'SUB-03: no event',
    method: 'SUBSCRIBE',
    sending: subscribe(''),
    status: 489,
    expected: { 'Allow-Events': 'conference' },
  },
  {
    name: 'SUB-04: no document that it takes',
    method: 'SUBSCRIBE',
    sending: subscribe('conference', ['Accept', 'application/pidf+xml']),
    status: 406,
    expected: { Accept: /application\/conference-info\+xml/ },
  },
  {
    name: 'SUB-02: subscription too short',
    method: 'SUBSCRIBE',
    sending: subscribe('conference', ['Expires', '59']),
    status: 423,
    expected: { 'Min-Expires': '60' },
  },
  {
    name: 'IDN-13: a dialog that is not there',
    method: 'SUBSCRIBE',
    sending: subscribe('conference', ['To', `<${ROOM}>;tag=made-up`]),
    status: 481,
  },
  {
    name: 'HDR-01: an INVITE of one of our rooms',
    method: 'INVITE',
    sending: { headers: [SDP, ['From', '<sip:locked@conf.example.com>;tag=[pid]a[call_number]']] },
    status: 482,
  },
  {
    name: 'HDR-08: privacy that cannot be had, critical',
    method: 'INVITE',
    sending: { headers: [SDP, ['Privacy', 'id;unheard-of;critical']] },
    status: 500,
  },
  {
    name: 'CAP-04: PUBLISH',
    method: 'PUBLISH',
    sending: subscribe('presence'),
    status: 405,
    expected: { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, SUBSCRIBE, NOTIFY, UPDATE' },
  },
  {
    name: 'CAP-05: MESSAGE',
    method: 'MESSAGE',
    sending: { headers: [['Content-Type', 'text/plain']], body: 'hello' },
    status: 405,
    expected: { Allow: /INVITE/ },
  },
  {
    name: 'CAP-01 CAP-02 FAC-21: OPTIONS to a room',
    method: 'OPTIONS',
    status: 200,
    expected: {
      Contact: `<${ROOM}>;isfocus`,
      Supported: /^ timer, norefersub, multiple-refer/,
      Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, SUBSCRIBE, NOTIFY, UPDATE',
      'Allow-Events': 'conference',
      Accept: 'application/sdp',
    },
  },
  {
    name: 'FAC-21: OPTIONS to the factory',
    to: 'sip:chat-factory@conf.example.com',
    method: 'OPTIONS',
    status: 200,
    expected: {
      Contact: '<sip:chat-factory@conf.example.com>',
      Supported: /recipient-list-invite/,
      Accept: 'application/sdp, multipart/mixed, application/resource-lists+xml',
    },
  },
];

let server: ServerUnderTest;

const play = (scenario: SippScenario, transport: SippRun['transport'], login?: SippRun['login']) =>
  sipp({ scenario, target: server.sip, transport, ...(login && { login }) });

const caller = (to = ROOM, from?: string): SippScenario => new SippScenario({ to, ...(from && { from }) });

function exchange({ method, to, status, expected = {}, sending = {} }: Row): SippScenario {
  const scenario = caller(to);
  if (method === 'INVITE') return scenario.refusedInvite(status, expected, sending);
  return scenario.send(method, sending).response(status, expected);
}

describe.each(['u1', 't1'] as const)('the response table, SIPp -t %s', (transport) => {
  beforeAll(async () => {
    server = await ServerUnderTest.start({ ...NOBODY_MAKES_ROOMS, sipClock: patientClock });
  });
  afterEach(() => server.clear());
  afterAll(() => server?.close());

  test.each(ROWS.map((row) => [row.name, row.status, row] as const))('%s: %i', async (_name, _status, row) => {
    expect(await play(exchange(row), transport)).toEqual(WELL);
    expect(server.server.room(ROOM)?.participants.size).toBe(0);
  });

  test('JOIN-06: full: 486', async () => {
    const full = 'sip:full@conf.example.com';
    await server.join(full, 'bruno');
    expect(await play(caller(full).refusedInvite(486, { Warning: TOO_MANY }), transport)).toEqual(WELL);
    const again = caller(full, 'sip:bruno@example.com').join().bye();
    expect(await play(again, transport)).toEqual(WELL);
  });

  test('JOIN-02: a room that was closed: 404', async () => {
    const room = server.server.create('sip:over@conf.example.com');
    await room.close();
    expect(await play(caller(room.uri).refusedInvite(404, {}), transport)).toEqual(WELL);
  });
});

/** SDP: matrix sections 8, 9, 12, 15 and 20, seen by the focus. */
import { type LineSpec, PATH, RELAY, sdp, type SdpSpec, TLS_PATH } from './descriptions.js';
import type { OwnVector } from './vector.js';

const ROOM = { result: 'accept', lines: ['room'] };
const PASSIVE = { ...ROOM, answerSetup: 'passive', connector: 'peer', connectTo: null, tls: false };
const ACTIVE = { ...ROOM, answerSetup: 'active', connector: 'us', connectTo: 'alice.example.org:7394', tls: false };
const REFUSED = { result: '488', lines: ['refuse'] };

const offer = (
  name: string,
  title: string,
  req: readonly string[],
  line: LineSpec,
  focus: Record<string, unknown>,
  more: Partial<SdpSpec> = {},
): OwnVector => sdp(name, title, req, { lines: [line], focus, ...more });

const setup: OwnVector[] = [
  offer('sdp-offer-active', 'Offer active: we are passive', ['6135-4.2-04'], { setup: 'active', port: 9 }, PASSIVE),
  offer(
    'sdp-setup-case',
    'Setup in capitals',
    ['6135-4.2-03'],
    { setup: 'PASSIVE', read: { setup: 'passive' } },
    ACTIVE,
  ),
  offer(
    'sdp-setup-unknown',
    'An unknown value counts as none',
    ['6135-4.2-06'],
    { setup: 'both', read: { setup: null } },
    PASSIVE,
  ),
  offer(
    'sdp-setup-session',
    'Setup at session level',
    ['6135-4.2-03'],
    { setup: null, read: { setup: 'passive' } },
    ACTIVE,
    { session: ['a=setup:passive'] },
  ),
  offer(
    'sdp-holdconn-connection',
    'holdconn and a=connection say nothing',
    ['6135-4.2-03', '6135-4.4-01'],
    {
      setup: 'holdconn',
      more: ['connection:existing'],
    },
    PASSIVE,
  ),
  offer(
    'sdp-connection-attr-passive',
    'a=connection is ignored',
    ['6135-4.4-01'],
    { setup: 'passive', more: ['connection:new'] },
    ACTIVE,
  ),
  offer(
    'sdp-answer-actpass',
    'actpass in an answer counts as none',
    ['6135-4.2-06'],
    {},
    { ...ACTIVE, answerSetup: null },
    { use: 'answer' },
  ),
];

const lines: OwnVector[] = [
  offer('sdp-bad-fmt', 'Format is not *', ['4975-8.1-01'], { fmt: 'text/plain' }, REFUSED, { kind: 'malformed' }),
  offer('sdp-fmt-two', 'More formats than *', ['4975-8.1-01'], { fmt: '* 0' }, REFUSED, { kind: 'malformed' }),
  offer(
    'sdp-proto-datachannel',
    'MSRP over a data channel',
    ['8873-0-01'],
    { proto: 'UDP/DTLS/SCTP', fmt: 'webrtc-datachannel' },
    REFUSED,
  ),
  offer(
    'sdp-path-relays',
    'Relays in the path, and we are passive',
    ['4975-8.2-03', '4975-8.3-01'],
    { path: `${RELAY} ${PATH}` },
    PASSIVE,
    { kind: 'valid' },
  ),
  offer(
    'sdp-path-relays-passive',
    'Relays in the path: connect to the first',
    ['4975-8.2-03', '4975-8.3-01', '4975-8.1-05'],
    {
      path: `${RELAY} msrps://r2.example.org:2855/k;tcp ${PATH}`,
      setup: 'passive',
    },
    { ...ACTIVE, connectTo: 'relay.example.org:2855', tls: true },
  ),
  offer(
    'sdp-path-upper',
    'Scheme, host and transport in capitals',
    ['4975-6.1-01'],
    { path: PATH.toUpperCase().replace('/A1JW83KDLS0QE4', '/a1') },
    PASSIVE,
  ),
  offer(
    'sdp-path-no-session',
    'The last URI names no session',
    ['4975-8.2-03'],
    { path: 'msrp://alice.example.org:7394;tcp' },
    REFUSED,
    { kind: 'malformed' },
  ),
  offer(
    'sdp-path-relay-no-port',
    'A relay without port',
    ['4975-8.2-02', '4976-8-01'],
    { path: `msrps://r.example.org/x;tcp ${PATH}` },
    REFUSED,
    { kind: 'malformed' },
  ),
  offer('sdp-path-sip', 'A SIP URI in the path', ['4975-8.2-02'], { path: 'sip:alice@example.org' }, REFUSED, {
    kind: 'malformed',
  }),
  offer('sdp-path-session-level', 'path at session level is none', ['4975-8.2-02'], { path: null }, REFUSED, {
    session: [`a=path:${PATH}`],
    kind: 'malformed',
  }),
  offer(
    'sdp-path-v6',
    'IPv6',
    ['4975-6-03'],
    { path: 'msrp://[2001:db8::7]:7394/x;tcp', setup: 'passive' },
    { ...ACTIVE, connectTo: '[2001:db8::7]:7394' },
  ),
  offer(
    'sdp-path-userinfo',
    'Userinfo in the path',
    ['4975-6-01'],
    { path: PATH.replace('//', '//alice@'), setup: 'passive' },
    ACTIVE,
  ),
  offer(
    'sdp-cm-ignored',
    'c and m say something else than path',
    ['4975-8.1-03'],
    { setup: 'passive', port: 31_000, c: '203.0.113.9' },
    ACTIVE,
  ),
  offer('sdp-no-c', 'No c-line', ['4975-8.1-03'], {}, PASSIVE, { c: null }),
  offer(
    'sdp-accept-any-message',
    'message/* and capitals',
    ['7701-5.2-02', '4975-8.6-02'],
    { acceptTypes: 'TEXT/Plain Message/*' },
    PASSIVE,
  ),
  offer(
    'sdp-accept-parameter',
    'A parameter behind message/cpim',
    ['4975-8.6-02'],
    { acceptTypes: 'message/cpim;x=y' },
    PASSIVE,
  ),
  offer(
    'sdp-cpim-only-wrapped',
    'message/cpim among the wrapped types only',
    ['7701-5.2-02'],
    { acceptTypes: 'text/plain', wrapped: 'message/cpim' },
    REFUSED,
  ),
  offer('sdp-offer-no-chatroom', 'Without chatroom', ['7701-8-07', '7701-8-09'], { chatroom: null }, PASSIVE, {
    kind: 'valid',
  }),
  offer(
    'sdp-chatroom-twice',
    'Two chatroom lines: the first',
    ['P-SDP-01'],
    { chatroom: ':nickname', more: ['chatroom:private-messages'] },
    PASSIVE,
  ),
  offer('sdp-chatroom-both-levels', 'Only the media level counts', ['7701-8-01'], { chatroom: '' }, PASSIVE, {
    session: ['a=chatroom:nickname private-messages'],
  }),
  offer('sdp-max-size-bad', 'max-size is no number', ['4975-8.6-05'], { more: ['max-size:big'] }, PASSIVE),
  offer(
    'sdp-sendonly',
    'The peer only sends',
    ['4975-8.9-01'],
    { more: ['sendonly'], read: { direction: 'sendonly' } },
    { ...PASSIVE, direction: 'recvonly' },
  ),
  offer(
    'sdp-inactive-session',
    'inactive at session level',
    ['4975-8.9-01'],
    { read: { direction: 'inactive' } },
    { ...PASSIVE, direction: 'inactive' },
    { session: ['a=inactive'] },
  ),
  offer(
    'sdp-direction-media-wins',
    'The media level wins',
    ['4975-8.9-01'],
    { more: ['sendrecv'] },
    { ...PASSIVE, direction: 'sendrecv' },
    { session: ['a=inactive'] },
  ),
];

const AUDIO: LineSpec = { media: 'audio', port: 49_170, proto: 'RTP/AVP', fmt: '0' };
const FILE_ATTRIBUTES = [
  'file-selector:name:"a%20b.txt" type:text/plain size:12',
  'file-transfer-id:vBnG916bdberum2fFEABR1FR3ExZMUrd',
  'file-disposition:attachment',
];
const FILE: LineSpec = {
  more: ['sendonly', ...FILE_ATTRIBUTES],
  path: PATH.replace('a1Jw83', 'file00'),
  read: { direction: 'sendonly', fileTransfer: true },
};
const several: OwnVector[] = [
  sdp('sdp-first-line-bad', 'The second message line is the first acceptable one', ['4975-8.7-01'], {
    lines: [{ acceptTypes: 'text/plain' }, {}],
    focus: { ...PASSIVE, lines: ['refuse', 'room'] },
  }),
  sdp('sdp-message-audio-message', 'Three lines', ['4975-8.7-01', '4975-8-02'], {
    lines: [{}, AUDIO, {}],
    focus: { ...PASSIVE, lines: ['room', 'refuse', 'refuse'] },
  }),
  sdp('sdp-port-zero-then-good', 'A line the peer itself refused', ['4145-4.1-01', '4975-8.7-01'], {
    lines: [{ port: 0 }, {}],
    focus: { ...PASSIVE, lines: ['refuse', 'room'] },
  }),
  sdp('sdp-audio-only', 'Nothing for a room', ['4975-8.6-04'], { lines: [AUDIO], focus: REFUSED }),
  sdp('sdp-file-transfer', 'A file beside the chat', ['5547-8.3-01', '5547-8.7-01'], {
    lines: [{}, FILE],
    focus: {
      ...PASSIVE,
      lines: ['room', 'refuse'],
      mirror: { 1: FILE_ATTRIBUTES.slice(0, 2).map((line) => `a=${line}`) },
    },
    kind: 'valid',
  }),
  sdp('sdp-file-first', 'The file line stands first', ['5547-8.3-01', '5547-8.7-01'], {
    lines: [FILE, {}],
    focus: {
      ...PASSIVE,
      lines: ['refuse', 'room'],
      mirror: { 0: FILE_ATTRIBUTES.slice(0, 2).map((line) => `a=${line}`) },
    },
  }),
  sdp('sdp-file-capability', 'A bare file-selector is no chat line either', ['5547-6-01', '5547-8.7-01'], {
    lines: [{ more: ['file-selector'], read: { fileTransfer: true } }, {}],
    focus: { ...PASSIVE, lines: ['refuse', 'room'], mirror: { 0: ['a=file-selector'] } },
  }),
];

const SHA256 = Array.from({ length: 32 }, () => 'AB').join(':');
const SHA1 = Array.from({ length: 20 }, () => 'CD').join(':');
const TLS: LineSpec = { proto: 'TCP/TLS/MSRP', path: TLS_PATH };
const tls: OwnVector[] = [
  offer(
    'sdp-tls-fingerprints',
    'Two hashes',
    ['8122-5-01', '8122-5.1-01'],
    {
      ...TLS,
      setup: 'passive',
      more: [`fingerprint:SHA-1 ${SHA1}`, `fingerprint:sha-256 ${SHA256}`],
      read: {
        fingerprints: [
          ['sha-1', SHA1],
          ['sha-256', SHA256],
        ],
      },
    },
    { ...ACTIVE, tls: true },
  ),
  offer(
    'sdp-tls-md5-and-sha',
    'md5 beside a good one',
    ['8122-5-02'],
    {
      ...TLS,
      more: [`fingerprint:md5 ${SHA1.slice(0, 47)}`, `fingerprint:sha-256 ${SHA256.toLowerCase()}`],
      read: {
        fingerprints: [
          ['md5', SHA1.slice(0, 47)],
          ['sha-256', SHA256],
        ],
      },
    },
    PASSIVE,
  ),
  offer(
    'sdp-tls-own-fingerprint',
    'The own one hides that of the session',
    ['8122-5-01'],
    {
      ...TLS,
      more: [`fingerprint:sha-256 ${SHA256}`],
      read: { fingerprints: [['sha-256', SHA256]] },
    },
    PASSIVE,
    { session: [`a=fingerprint:sha-1 ${SHA1}`] },
  ),
  offer('sdp-tls-no-fingerprint', 'TLS without fingerprint', ['8122-6.2-03'], TLS, PASSIVE),
  offer('sdp-force-tls-ok', 'TLS where it is forced', ['7701-11-06'], TLS, PASSIVE, { config: { forceTls: true } }),
  sdp('sdp-force-tls-second', 'The TLS line is taken where TLS is forced', ['7701-11-06'], {
    lines: [{}, TLS],
    config: { forceTls: true },
    focus: { ...PASSIVE, lines: ['refuse', 'room'] },
  }),
  offer(
    'sdp-tls-plain-hop',
    'TLS line whose first hop is plain: the URI decides',
    ['4975-8.1-05'],
    { ...TLS, path: PATH, setup: 'passive' },
    ACTIVE,
  ),
];

const CEMA = { config: { cema: true } };
const cema: OwnVector[] = [
  offer('sdp-cema-match', 'Plain offer whose c and m match', ['6714-4.3-01'], {}, { ...PASSIVE, cema: false }, CEMA),
  offer('sdp-cema-mismatch', 'Plain offer whose address differs', ['6714-4.3-01'], { c: '203.0.113.7' }, REFUSED, CEMA),
  offer('sdp-cema-mismatch-port', 'Plain offer whose port differs', ['6714-4.3-01'], { port: 31_000 }, REFUSED, CEMA),
  offer(
    'sdp-cema-actpass',
    'Anchored, and we are passive',
    ['6714-4.3-01'],
    { c: '203.0.113.7', port: 31_000, more: ['msrp-cema'], read: { cema: true } },
    { ...PASSIVE, cema: true },
    CEMA,
  ),
  offer(
    'sdp-cema-relays-active',
    'Relay user who connects: plain RFC 4975',
    ['6714-4.3-01'],
    {
      path: `${RELAY} ${PATH}`,
      setup: 'active',
      c: '203.0.113.7',
      port: 31_000,
      more: ['msrp-cema'],
      read: { cema: true },
    },
    { ...PASSIVE, cema: false },
    CEMA,
  ),
  offer(
    'sdp-cema-relays-passive',
    'Relay user who waits: the anchored address',
    ['6714-4.3-01'],
    {
      path: `${RELAY} ${PATH}`,
      setup: 'passive',
      c: '203.0.113.7',
      port: 31_000,
      more: ['msrp-cema'],
      read: { cema: true },
    },
    { ...ACTIVE, connectTo: '203.0.113.7:31000', tls: true, cema: true },
    CEMA,
  ),
  offer(
    'sdp-cema-off',
    'CEMA is off: path counts, no msrp-cema in the answer',
    ['6714-4.3-02'],
    {
      setup: 'passive',
      c: '203.0.113.7',
      port: 31_000,
      more: ['msrp-cema'],
      read: { cema: true },
    },
    { ...ACTIVE, cema: false },
  ),
  offer(
    'sdp-cema-answer',
    'Answer without the attribute: still c and m',
    ['6714-4.2-02'],
    { setup: 'passive', c: '203.0.113.7', port: 31_000 },
    { ...ACTIVE, answerSetup: null, connectTo: '203.0.113.7:31000' },
    { ...CEMA, use: 'answer' },
  ),
  offer(
    'sdp-cema-answer-relays',
    'Answer with a relay that c and m name',
    ['6714-4.2-02'],
    {
      path: `${RELAY} ${PATH}`,
      setup: 'passive',
      c: 'relay.example.org',
      port: 2855,
    },
    { ...ACTIVE, answerSetup: null, connectTo: 'relay.example.org:2855', tls: true },
    { ...CEMA, use: 'answer' },
  ),
];

export const sdpVectors: readonly OwnVector[] = [...setup, ...lines, ...several, ...tls, ...cema];

/** The room: matrix sections 15-18. Alice sends unless said otherwise. */
import { EVERYBODY, ROOM } from './cpim.js';
import { ANON, type Built, frame, type FrameSpec, type Line, send, US, US_ANON } from './frames.js';
import { msrp, type MsrpVector, type OwnVector } from './vector.js';

const MID = 'Mx83kd92Lq7';
const ANON_CONTEXT: MsrpVector = { context: { session: 'anon#1' } };
const BY_ANON: FrameSpec = { to: US_ANON, from: ANON };

const wrapper = (from: string, to: readonly string[], type = 'text/plain', content = 'psst'): string =>
  [`From: <${from}>`, ...to.map((uri) => `To: <${uri}>`), '', `Content-Type: ${type}`, '', content].join('\r\n');

const reject = (status: number): Record<string, unknown> => ({
  messageId: MID,
  verdict: 'reject',
  status,
  recipients: [],
});
const broadcast = (recipients: readonly string[], wrappedType = 'text/plain'): Record<string, unknown> => ({
  messageId: MID,
  verdict: 'broadcast',
  status: 200,
  recipients,
  wrappedType,
});
const toOne = (recipients: readonly string[], wrappedType = 'text/plain'): Record<string, unknown> => ({
  ...broadcast(recipients, wrappedType),
  verdict: 'private',
});

function room(
  name: string,
  title: string,
  req: readonly string[],
  parts: readonly Built[],
  verdicts: readonly Record<string, unknown>[],
  more: MsrpVector = {},
): OwnVector {
  return msrp(name, title, req, parts, { class: 'edge', role: 'switch', room: verdicts, ...more });
}

const ALICE_URI = 'sip:alice@example.org';
const cpimSend = (body: string, spec: Parameters<typeof send>[1] = {}): Built =>
  send(body, { type: 'message/cpim', ...spec });

/** A message of alice to this URI, and what becomes of it. */
const toUri = (
  name: string,
  title: string,
  req: readonly string[],
  uri: string,
  outcome: number | readonly string[],
): OwnVector =>
  typeof outcome === 'number'
    ? room(name, title, req, [cpimSend(wrapper(ALICE_URI, [uri]), { reply: outcome })], [reject(outcome)])
    : room(name, title, req, [cpimSend(wrapper(ALICE_URI, [uri]))], [toOne(outcome)]);

/** A room message with this From. */
const fromUri = (name: string, title: string, uri: string, status: 200 | 403): OwnVector =>
  room(
    name,
    title,
    ['7701-6.1-17', '7701-6.3-02'],
    [cpimSend(wrapper(uri, [ROOM]), { reply: status })],
    [status === 200 ? broadcast(EVERYBODY) : reject(403)],
  );

const BOB = ['bob#1', 'bob#2'];

const regular: OwnVector[] = [
  room(
    'room-415-text',
    'Top level is not message/cpim',
    ['4975-7.3.1-08', '7701-5.2-07', '7701-6.3-01'],
    [send('plain', { reply: 415 })],
    [reject(415)],
  ),
  room(
    'room-415-fr-no',
    '415 is silent with Failure-Report no',
    ['4975-7.2-02'],
    [send('plain', { more: [['Failure-Report', 'no']], reply: undefined })],
    [reject(415)],
  ),
  room('room-no-to', 'No To', ['7701-6.1-21'], [cpimSend(wrapper(ALICE_URI, []), { reply: 400 })], [reject(400)]),
  room(
    'room-forged-two-to',
    'The From check comes before the count of To',
    ['7701-6.1-21'],
    [cpimSend(wrapper('sip:bob@example.org', [ROOM, 'sip:carol@example.com']), { reply: 403 })],
    [reject(403)],
  ),
  room(
    'room-two-to-same',
    'The room twice is several To as well',
    ['7701-6.1-04'],
    [cpimSend(wrapper(ALICE_URI, [ROOM, ROOM]), { reply: 403 })],
    [reject(403)],
  ),
  room(
    'room-content-type-case',
    'Message/CPIM in other case, with a parameter',
    ['4975-9-19'],
    [send(wrapper(ALICE_URI, [ROOM]), { type: 'Message/CPIM; x=y' })],
    [broadcast(EVERYBODY)],
  ),
  room(
    'room-to-escaped-upper',
    'Host case, escaped user, parameter and header of the room URI',
    ['7701-6.1-16'],
    [cpimSend(wrapper(ALICE_URI, ['SIP:l%6fung%65@CHAT.Example.NET;transport=tcp?Subject=x']))],
    [broadcast(EVERYBODY)],
  ),
  room(
    'room-wrapped-unknown',
    'A type only some take',
    ['7701-6.1-07'],
    [cpimSend(wrapper(ALICE_URI, [ROOM], 'image/png', '\u0001'))],
    [broadcast(['bob#1'], 'image/png')],
  ),
  fromUri('room-from-tel-separators', 'tel with visual separators', 'tel:+1-(555)-01.00', 200),
  fromUri('room-from-sips', 'sips of the same address', 'sips:alice@example.org', 200),
  fromUri('room-from-host-case', 'Host in capitals', 'sip:alice@EXAMPLE.ORG', 200),
  fromUri('room-from-escaped', 'Escaped user', 'sip:%61lice@example.org;transport=tcp', 200),
  fromUri('room-from-port', 'A port makes it another address', 'sip:alice@example.org:5060', 403),
  fromUri('room-from-gruu', 'A GRUU is not its AOR', 'sip:alice@example.org;gr=urn:uuid:1', 403),
  fromUri('room-from-room', 'The room itself', ROOM, 403),
  fromUri('room-from-garbage', 'No URI at all', 'alice', 403),
  room(
    'room-two-messages',
    'Two messages in a row',
    ['7701-6.1-19'],
    [
      cpimSend(wrapper(ALICE_URI, [ROOM]), { tid: 'tm0001', id: 'Mid0001' }),
      cpimSend(wrapper(ALICE_URI, ['sip:bob@example.org']), { tid: 'tm0002', id: 'Mid0002' }),
    ],
    [
      { ...broadcast(EVERYBODY), messageId: 'Mid0001' },
      { ...toOne(BOB), messageId: 'Mid0002' },
    ],
  ),
  room(
    'room-success-fr-no',
    'A report and no response',
    ['7701-6.3-03', '4975-7.1.3-04'],
    [
      cpimSend(wrapper(ALICE_URI, [ROOM]), {
        more: [
          ['Success-Report', 'yes'],
          ['Failure-Report', 'no'],
        ],
        reply: undefined,
        report: `1-${wrapper(ALICE_URI, [ROOM]).length}/${wrapper(ALICE_URI, [ROOM]).length}`,
      }),
    ],
    [broadcast(EVERYBODY)],
  ),
  room(
    'room-no-success-when-rejected',
    'No success report of a rejected message',
    ['7701-6.3-03'],
    [cpimSend(wrapper(ALICE_URI, []), { more: [['Success-Report', 'yes']], reply: 400 })],
    [reject(400)],
  ),
  room(
    'room-from-anon',
    'The anonymous URI',
    ['7701-6.1-02'],
    [cpimSend(wrapper('sip:anonymous3@anonymous.invalid', [ROOM]), BY_ANON)],
    [broadcast(['alice#1', 'bob#1', 'bob#2', 'carol#1'])],
    ANON_CONTEXT,
  ),
];

const privately: OwnVector[] = [
  toUri('room-private-404', 'Nobody of that name', ['7701-6.2-04'], 'sip:nobody@example.org', 404),
  toUri('room-private-user-case', 'Users are case-sensitive', ['7701-6.2-04'], 'sip:Bob@example.org', 404),
  toUri('room-private-garbage', 'No URI', ['7701-6.2-04'], 'bob', 404),
  toUri('room-private-port', 'With a port', ['7701-6.1-17'], 'sip:bob@example.org:5060', 404),
  toUri('room-private-gruu', 'A GRUU nobody has', ['7701-2-01'], 'sip:bob@example.org;gr=urn:uuid:f81d4fae', 404),
  toUri('room-private-other-scheme', 'im of a user who has none', ['7701-6.1-17'], 'im:bob@example.org', 404),
  toUri('room-private-tel-other', 'Another number', ['7701-6.2-04'], 'tel:+15550101', 404),
  toUri(
    'room-private-transport',
    'With a transport parameter',
    ['7701-6.1-17'],
    'sip:bob@example.org;transport=tcp',
    BOB,
  ),
  toUri('room-private-sips', 'By sips', ['7701-6.1-17'], 'sips:bob@example.org', BOB),
  toUri('room-private-escaped', 'With an escaped user', ['7701-6.1-17'], 'sip:b%6Fb@Example.Org', BOB),
  toUri(
    'room-private-self-tel',
    'To oneself, by tel with separators',
    ['7701-6.2-10', '7701-6.1-17'],
    'tel:+1.555.0100',
    ['alice#1'],
  ),
  toUri('room-private-self-im', 'To oneself, by im', ['7701-6.2-10'], 'im:alice@example.org', ['alice#1']),
  toUri('room-private-anon-case', 'To the anonymous member', ['7701-6.2-11'], 'sip:anonymous3@Anonymous.Invalid', [
    'anon#1',
  ]),
  room(
    'room-private-415',
    'A type the recipient cannot take',
    ['7701-6.2-13'],
    [cpimSend(wrapper(ALICE_URI, ['sip:anonymous3@anonymous.invalid'], 'image/png', 'x'), { reply: 415 })],
    [reject(415)],
  ),
  room(
    'room-private-one-device',
    'Only the device that takes the type',
    ['7701-6.2-08', '7701-6.1-07'],
    [cpimSend(wrapper(ALICE_URI, ['sip:bob@example.org'], 'text/html', '<p>'))],
    [toOne(['bob#1'], 'text/html')],
  ),
  room(
    'room-428-chunked',
    'A rejected message: later chunks get the same',
    ['P-RX-01', '7701-6.2-05'],
    chunked(wrapper(ALICE_URI, ['sip:carol@example.com']), 428),
    [reject(428)],
  ),
];

/** The wrapper whole in the first chunk, two more behind it. */
function chunked(body: string, status: number): Built[] {
  const total = body.length + 4;
  const chunk = (tid: string, start: number, text: string, flag: '+' | '$'): Built =>
    frame({
      tid,
      flag,
      body: text,
      reply: status,
      headers: [
        ['Message-ID', MID],
        ['Byte-Range', `${start}-${flag === '$' ? total : '*'}/${total}`],
        ['Content-Type', 'message/cpim'],
      ],
    });
  return [
    chunk('ch1aaaa', 1, body, '+'),
    chunk('ch2bbbb', body.length + 1, 'ab', '+'),
    chunk('ch3cccc', body.length + 3, 'cd', '$'),
  ];
}

const nickname = (
  name: string,
  title: string,
  req: readonly string[],
  value: string | null,
  status: number,
  enforced: string | null = null,
  more: { headers?: readonly Line[]; anon?: boolean } = {},
): OwnVector => {
  const use: Line[] = value === null ? [] : [['Use-Nickname', value]];
  const op = status !== 200 ? 'none' : enforced === null ? 'remove' : 'set';
  const spec: FrameSpec = { method: 'NICKNAME', headers: [...use, ...(more.headers ?? [])], reply: status };
  return room(
    name,
    title,
    req,
    [frame({ ...spec, ...(more.anon ? BY_ANON : { to: US }) })],
    [{ verdict: 'nickname', op, status, nickname: enforced }],
    more.anon ? ANON_CONTEXT : {},
  );
};

const nicknames: OwnVector[] = [
  nickname('bad-nickname-1024', '1024 octets', ['7701-7.1-03', '7701-7.1-06'], `"${'n'.repeat(1024)}"`, 424),
  nickname('bad-nickname-missing', 'Use-Nickname missing', ['7701-7.1-07'], null, 400),
  nickname('bad-nickname-empty-value', 'Present without a value: malformed, not missing', ['7701-7.1-06'], '', 424),
  nickname('bad-nickname-single-quotes', 'Single quotes', ['7701-7.1-06'], "'Red'", 424),
  nickname('bad-nickname-jamo', 'A conjoining jamo', ['8266-2-01', '7701-7.1-06'], '"a\u1100"', 424),
  nickname('nickname-reserved', 'A reserved word', ['7701-7.1-08'], '"admin"', 425),
  nickname('nickname-reserved-wide', 'The same in wide capitals', ['7701-7.1-08', '8266-2.4-01'], '"\uff21DMIN"', 425),
  nickname(
    'nickname-clash-spaces',
    'Night Owl with other spaces',
    ['7701-7.1-10', '8266-2.4-01'],
    '" night\u00a0\u3000OWL "',
    425,
  ),
  nickname('nickname-anon', 'An anonymous member sets one', ['7701-7.1-09'], '"Barn  Owl"', 200, 'Barn Owl', {
    anon: true,
  }),
  nickname('nickname-anon-own', 'And may ask for its own again', ['7701-7.1-11'], '"NIGHT OWL"', 200, 'NIGHT OWL', {
    anon: true,
  }),
  nickname('nickname-anon-taken', 'But not for that of bob', ['7701-7.1-08'], '"nightjar"', 425, null, { anon: true }),
  nickname('nickname-remove-none', 'Removing none', ['7701-7.3-01'], '""', 200),
  nickname('nickname-tab', 'HTAB is in the grammar and not in PRECIS', ['7701-7.1-06', '8266-2-01'], '"a\tb"', 424),
  nickname(
    'nickname-extra-headers',
    'Message-ID and unknown headers do not matter',
    ['4975-12-01'],
    '"Lynx"',
    200,
    'Lynx',
    {
      headers: [
        ['Message-ID', 'Mx83kd92Lq7'],
        ['X-A', 'b'],
      ],
    },
  ),
];

export const roomVectors: readonly OwnVector[] = [...regular, ...privately, ...nicknames];

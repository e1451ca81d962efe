/** Sessions, responses and reports: matrix sections 3, 5-8. */
import { ALICE, ANON, frame, type Line, send, US, US_ANON, US_V6, V6 } from './frames.js';
import { BAD, bare, EDGE, ID, TEXT } from './shared.js';
import { msrp, type OwnVector } from './vector.js';

const RELAYS = `msrps://r1.example.org:2855/k3;tcp msrps://r2.example.org:2855/m9;tcp ${ALICE}`;
const UNKNOWN = 'msrp://chat.example.net:2855/nobodyHere00;tcp';
const NICK: Line = ['Use-Nickname', '"Red Panda"'];

export const sessionVectors: readonly OwnVector[] = [
  msrp('uri-userinfo', 'Userinfo takes no part', ['4975-6.1-03'], [send('hi', { to: US.replace('//', '//alice@') })]),
  msrp(
    'uri-extra-parameters',
    'Nor do parameters behind the transport',
    ['4975-6.1-06'],
    [send('hi', { to: `${US};x=1;y` })],
  ),
  msrp(
    'uri-port-zeros',
    'Ports are numbers',
    ['4975-6.1-04'],
    [send('hi', { to: US.replace(':2855', ':002855') })],
    EDGE,
  ),
  msrp(
    'uri-v6-upper',
    'IPv6 in another form',
    ['4975-6.1-02'],
    [send('hi', { to: US_V6.replace('2001:db8::25', '2001:0DB8:0:0::0:25'), from: V6 })],
    { context: { session: 'v6#1' } },
  ),
  msrp('sess-unknown', 'No such session', ['4975-7.3-01'], [send('hi', { to: UNKNOWN, reply: 481 })], EDGE),
  msrp(
    'sess-unknown-host',
    'Our session-id on another host',
    ['4975-7.3-01'],
    [send('hi', { to: US.replace('chat.example.net', 'chat.example.com'), reply: 481 })],
    EDGE,
  ),
  msrp(
    'sess-unknown-partial',
    'Errors are sent with partial too',
    ['4975-7.2-02'],
    [send('hi', { to: UNKNOWN, more: [['Failure-Report', 'partial']], reply: 481 })],
    EDGE,
  ),
  msrp(
    'sess-scheme',
    'msrps is another session',
    ['4975-6.1-01'],
    [send('hi', { to: US.replace('msrp:', 'msrps:'), reply: 481 })],
    EDGE,
  ),
  msrp(
    'nickname-unknown-session',
    'Order of checks: 481 before the rest',
    ['4975-7.3-02'],
    [frame({ method: 'NICKNAME', to: UNKNOWN, headers: [NICK], reply: 481 })],
    EDGE,
  ),
  msrp(
    'report-unknown-session',
    'Never answered',
    ['4975-7.3-01', '4975-7.2-07'],
    [frame({ method: 'REPORT', to: UNKNOWN, headers: [ID, ['Byte-Range', '1-4/4'], ['Status', '000 200 OK']] })],
    EDGE,
  ),
  msrp(
    'report-then-send',
    'Silence, then an answer',
    ['4975-7.2-07'],
    [
      frame({ tid: 'rep0001', method: 'REPORT', headers: [ID, ['Status', '000 413 Stop']] }),
      send('hi', { tid: 'rep0002' }),
    ],
  ),
  msrp(
    'report-flag-hash',
    'Flags of a REPORT do not matter',
    ['4975-7.1-16'],
    [frame({ method: 'REPORT', headers: [ID, ['Status', '000 200']], flag: '#' })],
    EDGE,
  ),
  msrp(
    'bad-report-body-10241',
    'A REPORT too large is dropped',
    ['4975-7.1-12'],
    [
      frame({
        method: 'REPORT',
        headers: [ID, ['Status', '000 200'], TEXT],
        body: 'x'.repeat(10_241),
        errors: ['body-size'],
      }),
    ],
    BAD,
  ),
  msrp(
    'bad-nickname-plus',
    'NICKNAME is not chunked',
    ['4975-7.1-16', '4975-5.1-02'],
    [frame({ method: 'NICKNAME', headers: [NICK], flag: '+', errors: ['flag'], reply: 400 })],
    BAD,
  ),
  msrp(
    'bad-nickname-hash',
    'NICKNAME with #, through relays',
    ['4975-7.1-16', '4975-7.2-05'],
    [frame({ method: 'NICKNAME', from: RELAYS, headers: [NICK], flag: '#', errors: ['flag'], reply: 400 })],
    BAD,
  ),
  msrp(
    'fr-partial-error',
    'partial: errors are answered',
    ['4975-7.2-02'],
    [
      frame({
        headers: [ID, ['Byte-Range', '0-4/4'], ['Failure-Report', 'partial'], TEXT],
        body: 'four',
        errors: ['byte-range'],
        reply: 400,
      }),
    ],
    BAD,
  ),
  msrp(
    'report-yes-chunked',
    'One report about all chunks',
    ['4975-7.1.3-01'],
    [
      frame({
        tid: 'rc1aaaa',
        headers: [ID, ['Byte-Range', '1-*/9'], ['Success-Report', 'yes'], TEXT],
        body: 'one ',
        flag: '+',
        reply: 200,
      }),
      frame({
        tid: 'rc2bbbb',
        headers: [ID, ['Byte-Range', '5-*/9'], ['Success-Report', 'yes'], TEXT],
        body: 'two',
        flag: '+',
        reply: 200,
      }),
      frame({
        tid: 'rc3cccc',
        headers: [ID, ['Byte-Range', '8-9/9'], ['Success-Report', 'yes'], TEXT],
        body: '.\n',
        reply: 200,
        report: '1-9/9',
      }),
    ],
  ),
  msrp(
    'report-yes-relays',
    'The report goes along the whole path',
    ['4975-7.1.3-02', '4975-7.2-04'],
    [send('tell me', { from: RELAYS, more: [['Success-Report', 'yes']], report: '1-7/7' })],
  ),
  msrp(
    'report-yes-fr-no',
    'A report and no response',
    ['4975-7.1.3-04'],
    [
      send('tell me', {
        more: [
          ['Failure-Report', 'no'],
          ['Success-Report', 'yes'],
        ],
        reply: undefined,
        report: '1-7/7',
      }),
    ],
  ),
  msrp(
    'report-yes-fr-partial',
    'A report and no 200',
    ['4975-7.1.3-04', '4975-7.2-02'],
    [
      send('tell me', {
        more: [
          ['Failure-Report', 'partial'],
          ['Success-Report', 'yes'],
        ],
        reply: undefined,
        report: '1-7/7',
      }),
    ],
  ),
  msrp(
    'report-yes-bodiless',
    'Nothing to report about a bodiless SEND',
    ['4975-7.1-07'],
    [bare([ID, ['Byte-Range', '1-0/0']])],
  ),
  msrp('anon-from-path', 'A numeric peer', ['4975-6-03'], [send('hi', { to: US_ANON, from: ANON })], {
    context: { session: 'anon#1' },
  }),
  msrp(
    'interleaved-sessions-ids',
    'Chunks of two messages take turns',
    ['4975-7.3.1-01'],
    [
      frame({
        tid: 'in1aaaa',
        headers: [['Message-ID', 'MidA'], ['Byte-Range', '1-*/4'], TEXT],
        body: 'ab',
        flag: '+',
        reply: 200,
      }),
      frame({
        tid: 'in2bbbb',
        headers: [['Message-ID', 'MidB'], ['Byte-Range', '1-*/4'], TEXT],
        body: 'AB',
        flag: '+',
        reply: 200,
      }),
      frame({
        tid: 'in3cccc',
        headers: [['Message-ID', 'MidA'], ['Byte-Range', '3-4/4'], TEXT],
        body: 'cd',
        reply: 200,
      }),
      frame({
        tid: 'in4dddd',
        headers: [['Message-ID', 'MidB'], ['Byte-Range', '3-4/4'], TEXT],
        body: 'CD',
        reply: 200,
      }),
    ],
  ),
  msrp(
    'own-response',
    'A response to nothing of ours is ignored, then traffic goes on',
    ['4975-9-23'],
    [
      frame({ tid: 'rs1aaaa', status: '200 OK', to: US, from: ALICE }),
      frame({ tid: 'rs2bbbb', status: '413', to: US, from: ALICE }),
      send('hi', { tid: 'rs3cccc' }),
    ],
    EDGE,
  ),
];

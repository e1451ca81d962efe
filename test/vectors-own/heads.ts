/** Start lines and headers: matrix section 1. */
import { ALICE, fatal, frame, type Line, send, US } from './frames.js';
import { BAD, bare, EDGE, ID, TEXT } from './shared.js';
import { msrp, type OwnVector } from './vector.js';

const malformed = (name: string, title: string, req: string[], error: string, headers: readonly Line[]): OwnVector =>
  msrp(name, title, req, [bare(headers, { errors: [error], reply: 400 })], BAD);

const badRange = (name: string, title: string, range: string): OwnVector =>
  msrp(
    name,
    title,
    ['4975-7.3.1-10'],
    [frame({ headers: [ID, ['Byte-Range', range], TEXT], body: 'four', errors: ['byte-range'], reply: 400 })],
    BAD,
  );

const startAndIdents: OwnVector[] = [
  msrp('tid-4', 'Shortest transaction id', ['4975-9-02'], [send('four', { tid: 'a1B2' })]),
  msrp('tid-specials', 'Every special character', ['4975-9-02'], [send('x', { tid: '0.-+%=z' })]),
  msrp('tid-ends-minus', 'Id that ends in hyphens', ['4975-9-02'], [send('a\r\n-------b2c3--', { tid: 'b2c3--' })]),
  msrp('tid-starts-digit', 'Id of digits', ['4975-9-02'], [send('x', { tid: '0000' })]),
  msrp(
    'tid-32-specials',
    'Longest id, full of specials',
    ['4975-9-02'],
    [send('x', { tid: 'A.-+%=.-+%=.-+%=.-+%=.-+%=.-+%=Z' })],
  ),
  msrp(
    'bad-tid-3',
    'Id of three characters',
    ['4975-9-02', '4975-9-03'],
    [fatal('MSRP abc SEND\r\n', 'transaction-id')],
    BAD,
  ),
  msrp(
    'bad-tid-minus-first',
    'Id that starts with a hyphen',
    ['4975-9-02'],
    [fatal('MSRP -abcd SEND\r\n', 'transaction-id')],
    BAD,
  ),
  msrp(
    'bad-cr-in-start',
    'CR inside the start line',
    ['4975-9-03'],
    [fatal('MSRP abcd SE\rND\r\n', 'start-line')],
    BAD,
  ),
  msrp(
    'resp-method-digits',
    'A method of letters and digits is no response',
    ['4975-12-02'],
    [bare([ID], { method: 'S200', reply: 501 })],
    EDGE,
  ),
];

const headerRules: OwnVector[] = [
  malformed('bad-space-before-colon', 'Space before the colon', ['4975-9-10'], 'header-syntax', [
    ['X-Note', 'x', 'X-Note : x'],
    ID,
  ]),
  malformed('bad-control-in-header', 'Control byte in a value', ['4975-9-11'], 'header-value', [
    ID,
    ['X-Note', '', 'X-Note: a\u0001b'],
  ]),
  malformed('bad-del-in-header', 'DEL in a value', ['4975-9-11'], 'header-value', [
    ID,
    ['X-Note', '', 'X-Note: a\u007fb'],
  ]),
  malformed('bad-utf8-header', 'A lone continuation byte', ['4975-9-12'], 'header-value', [
    ID,
    ['X-Note', '', Buffer.from([0x58, 0x3a, 0x20, 0x61, 0xbf, 0x62])],
  ]),
  malformed('bad-utf8-5-bytes', 'The five-byte form that RFC 3629 removed', ['4975-9-12'], 'header-value', [
    ID,
    ['X-Note', '', Buffer.from([0x58, 0x3a, 0x20, 0xf8, 0x88, 0x80, 0x80, 0x80])],
  ]),
  malformed('bad-dup-to-path', 'To-Path twice', ['4975-9-14'], 'duplicate-header', [['To-Path', US], ID]),
  malformed(
    'bad-dup-message-id',
    'Message-ID twice, spelled differently',
    ['4975-9-14', '4975-9-06'],
    'duplicate-header',
    [ID, ['message-id', 'Other12345']],
  ),
  malformed('bad-dup-byte-range', 'Byte-Range twice', ['4975-9-14'], 'duplicate-header', [
    ID,
    ['Byte-Range', '1-0/0'],
    ['Byte-Range', '1-0/0'],
  ]),
  malformed(
    'bad-dup-failure-report',
    'Failure-Report twice; the first one counts for the answer',
    ['4975-9-14'],
    'duplicate-header',
    [ID, ['Failure-Report', 'yes'], ['Failure-Report', 'no']],
  ),
  malformed('bad-dup-status', 'Status twice in a SEND', ['4975-9-14'], 'duplicate-header', [
    ID,
    ['Status', '000 200'],
    ['Status', '000 200'],
  ]),
  malformed('bad-success-report', 'Success-Report: maybe', ['4975-9-16'], 'success-report', [
    ID,
    ['Success-Report', 'maybe'],
  ]),
  malformed('bad-success-report-partial', 'partial is no Success-Report', ['4975-9-16'], 'success-report', [
    ID,
    ['Success-Report', 'partial'],
  ]),
  malformed('bad-failure-report', 'Failure-Report: sometimes', ['4975-9-16'], 'failure-report', [
    ID,
    ['Failure-Report', 'sometimes'],
  ]),
  malformed('bad-failure-report-empty', 'Failure-Report without a value', ['4975-9-16'], 'failure-report', [
    ID,
    ['Failure-Report', ''],
  ]),
  malformed('bad-no-message-id', 'SEND without Message-ID', ['4975-7.1.1-02'], 'message-id-missing', []),
  msrp(
    'bad-no-message-id-fr-no',
    'The same with Failure-Report no: silence',
    ['4975-7.1.1-02', '4975-7.2-08'],
    [bare([['Failure-Report', 'no']], { errors: ['message-id-missing'], reply: undefined })],
    BAD,
  ),
  msrp(
    'bad-no-message-id-fr-partial',
    'The same with Failure-Report partial: 400',
    ['4975-7.2-02'],
    [bare([['Failure-Report', 'partial']], { errors: ['message-id-missing'], reply: 400 })],
    BAD,
  ),
  msrp(
    'header-order',
    'Headers behind the paths in any order',
    ['4975-9-05'],
    [
      frame({
        headers: [['Success-Report', 'no'], ['X-A', 'b'], ['Byte-Range', '1-2/2'], ['Failure-Report', 'YES'], ID, TEXT],
        body: 'hi',
        reply: 200,
      }),
    ],
  ),
  msrp(
    'header-names-upper',
    'Upper-case header names',
    ['4975-9-06'],
    [
      frame({
        lines: [
          ['TO-PATH', US],
          ['FROM-PATH', ALICE],
          ['MESSAGE-ID', 'Mx83kd92Lq7'],
          ['BYTE-RANGE', '1-2/2'],
          ['CONTENT-TYPE', 'TEXT/PLAIN'],
        ],
        body: 'hi',
        reply: 200,
      }),
    ],
  ),
  msrp(
    'byte-range-leading-zeros',
    'Leading zeros',
    ['4975-9-17'],
    [frame({ headers: [ID, ['Byte-Range', '0001-0004/00004'], TEXT], body: 'four', reply: 200 })],
    EDGE,
  ),
  badRange('bad-range-spaces', 'Spaces in Byte-Range', '1 - 4 / 4'),
  badRange('bad-range-end-before-start', 'End below start minus 1', '5-3/9'),
  badRange('bad-range-end-above-total', 'End above total', '1-5/4'),
  badRange('bad-range-start-above-total', 'Start above total plus 1', '6-*/4'),
  badRange('bad-range-no-end', 'End missing', '1-/4'),
  badRange('bad-range-trailing', 'Something behind it', '1-4/4x'),
  badRange('bad-range-16-digits', 'More than 15 significant digits', '1-*/1000000000000000'),
  msrp(
    'range-star-end',
    'End unknown',
    ['4975-7.1.1-07'],
    [frame({ headers: [ID, ['Byte-Range', '1-*/4'], TEXT], body: 'four', reply: 200 })],
  ),
  msrp(
    'range-15-digits',
    '15 digits still count',
    ['4975-7.3.1-10'],
    [frame({ headers: [ID, ['Byte-Range', '1-*/999999999999999'], TEXT], body: 'four', reply: 200, flag: '+' })],
    EDGE,
  ),
];

export const headVectors: readonly OwnVector[] = [...startAndIdents, ...headerRules];

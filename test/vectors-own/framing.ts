/** End-lines, bodies and chunks: matrix section 2. */
import { frame, keepAlive, send } from './frames.js';
import { BAD, bare, EDGE, ID, TEXT } from './shared.js';
import { msrp, type OwnVector } from './vector.js';

export const framingVectors: readonly OwnVector[] = [
  msrp(
    'method-mixed-case',
    'Send is another method',
    ['4975-9-04', '4975-12-02'],
    [bare([ID], { method: 'Send', reply: 501 })],
    EDGE,
  ),

  msrp(
    'bad-then-good',
    'A malformed frame does not lose framing',
    ['P-LIM-04'],
    [
      bare([ID, ['nonsense', '', 'nonsense']], { tid: 'bad0001', errors: ['header-syntax'], reply: 400 }),
      send('fine', { tid: 'good0001' }),
    ],
    BAD,
  ),
  msrp(
    'bad-body-then-good',
    'The same when the malformed frame has a body',
    ['P-LIM-04'],
    [
      frame({
        tid: 'bad0001',
        headers: [ID, ['Byte-Range', 'x'], TEXT],
        body: 'MSRP q SEND\r\n',
        errors: ['byte-range'],
        reply: 400,
      }),
      send('fine', { tid: 'good0001' }),
    ],
    BAD,
  ),
  msrp(
    'send-basic',
    'One message in one frame',
    ['4975-7.1-02', '4975-7.1-06', '4975-7.1.1-04', '4975-7.1.3-03'],
    [send('Hello')],
  ),
  msrp('send-empty-body', 'An empty body is a message', ['4975-7.1-07', '4975-7.1.1-09'], [send('')]),
  msrp(
    'send-empty-body-report',
    'A report about an empty message',
    ['4975-7.1.3-05'],
    [send('', { more: [['Success-Report', 'yes']], report: '1-0/0' })],
    EDGE,
  ),
  msrp('body-only-crlf', 'A body of one CRLF', ['4975-7.1-04'], [send('\r\n')]),
  msrp(
    'body-starts-crlf',
    'A body that starts with CRLF and hyphens',
    ['4975-7.1-04', '4975-7.1-08'],
    [send('\r\n-------\r\n')],
  ),
  msrp(
    'abort-hash',
    'The sender gives up',
    ['4975-7.1-03', '4975-7.3.1-07'],
    [
      frame({
        tid: 'ab1aaaa',
        headers: [ID, ['Byte-Range', '1-*/20'], TEXT],
        body: 'first part',
        flag: '+',
        reply: 200,
      }),
      frame({ tid: 'ab2bbbb', headers: [ID, ['Byte-Range', '11-*/20'], TEXT], body: 'sec', flag: '#', reply: 200 }),
    ],
  ),
  msrp(
    'abort-then-same-id',
    'After an abort the id may be used afresh',
    ['4975-7.3.1-07'],
    [
      frame({
        tid: 'ab1aaaa',
        headers: [ID, ['Byte-Range', '1-*/20'], TEXT],
        body: 'first part',
        flag: '#',
        reply: 200,
      }),
      send('again', { tid: 'ab2bbbb', more: [['Success-Report', 'yes']], report: '1-5/5' }),
    ],
    EDGE,
  ),
  msrp(
    'abort-bodiless',
    'Abort without a body',
    ['4975-7.3.1-07'],
    [
      frame({
        tid: 'ab1aaaa',
        headers: [ID, ['Byte-Range', '1-*/20'], TEXT],
        body: 'first part',
        flag: '+',
        reply: 200,
      }),
      frame({ tid: 'ab2bbbb', headers: [ID, ['Byte-Range', '11-*/20']], flag: '#', reply: 200 }),
    ],
    EDGE,
  ),
  msrp('lookalike-8-hyphens', 'Eight hyphens', ['4975-7.1-08'], [send('a\r\n--------q7Rw2LmX9sVd$\r\nb')]),
  msrp('lookalike-6-hyphens', 'Six hyphens', ['4975-7.1-08'], [send('a\r\n------q7Rw2LmX9sVd$\r\nb')]),
  msrp(
    'lookalike-other-tid',
    'End-line of another transaction',
    ['4975-7.1-08'],
    [send('a\r\n-------q7Rw2LmX9sVe$\r\nb')],
  ),
  msrp('lookalike-tid-case', 'The id in another case', ['4975-7.1-08'], [send('a\r\n-------Q7RW2LMX9SVD$\r\nb')]),
  msrp('lookalike-cr-cr', 'CR CR LF behind the flag', ['4975-7.1-08'], [send('a\r\n-------q7Rw2LmX9sVd$\r\r\nb')]),
  msrp(
    'lookalike-first',
    'Right behind the blank line, with a trailing byte',
    ['4975-7.1-08'],
    [send('-------q7Rw2LmX9sVd$x\r\nb')],
  ),
  msrp(
    'lookalike-chain',
    'Beginnings of the end-line one after the other',
    ['4975-7.1-08', '4975-7.1-09'],
    [send('\r\n-------q7Rw2LmX9sV\r\n-------\r\n-------q7Rw2LmX9sVd\r\n-------q7Rw2LmX9sVd+\r\r\n')],
  ),
  msrp('pending-bad-flag', 'Unknown flag: still waiting', ['4975-7.1-15'], [], {
    ...BAD,
    rest: Buffer.from(
      send('waiting')
        .bytes.toString()
        .replace(/\$\r\n$/, '!\r\n'),
    ),
  }),
  msrp('pending-head', 'Cut inside the headers', ['4975-7.1-15'], [], {
    ...EDGE,
    rest: send('waiting').bytes.subarray(0, 90),
  }),
  msrp(
    'two-frames-and-rest',
    'Two frames and the beginning of a third',
    ['4975-7.1-09'],
    [send('one', { tid: 'two0001', id: 'Mid0001' }), send('two', { tid: 'two0002', id: 'Mid0002' })],
    { ...EDGE, rest: Buffer.from('MSRP two0003 SEND\r\nTo-P') },
  ),
  msrp(
    'keep-alives',
    'Empty lines before, between and behind',
    ['P-LIM-03'],
    [
      keepAlive(3),
      send('one', { tid: 'two0001', id: 'Mid0001' }),
      keepAlive(),
      send('two', { tid: 'two0002', id: 'Mid0002' }),
      keepAlive(2),
    ],
    EDGE,
  ),
  msrp(
    'mime-headers',
    'MIME headers beside Content-Type',
    ['4975-7.1-19'],
    [
      frame({
        headers: [
          ID,
          ['Byte-Range', '1-2/2'],
          ['Content-Disposition', 'attachment; filename="a b.txt"'],
          ['Content-ID', '<17@alice.example.org>'],
          ['Content-Description', 'two letters'],
          ['Content-Type', 'text/plain; charset=UTF-8'],
        ],
        body: 'hi',
        reply: 200,
      }),
    ],
  ),
];

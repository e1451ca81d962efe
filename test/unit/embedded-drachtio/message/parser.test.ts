import * as fc from 'fast-check';
import {
  createResponse,
  Headers,
  isAnswerable,
  parseMessage,
  type SipRequest,
  serialize,
  StreamFramer,
  type FramerEvent,
} from '../../../../lib/embedded-drachtio/message/index.js';

const lines = (...text: string[]): Buffer => Buffer.from(`${text.join('\r\n')}\r\n\r\n`);
const BASIC = [
  'OPTIONS sip:room@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:room@example.com>',
  'Call-ID: a@b',
  'CSeq: 1 OPTIONS',
];
const request = (bytes: Buffer): SipRequest => {
  const result = parseMessage(bytes);
  if (!result.ok || result.message.kind !== 'request') throw new Error('no request');
  return result.message;
};

const bodyOf = (length: string[], rest: string): string =>
  request(Buffer.concat([lines(...BASIC, ...length), Buffer.from(rest)])).body.toString();

const answerable = (text: string[]): boolean => {
  const result = parseMessage(lines(...text));
  return !result.ok && isAnswerable(result.message);
};

const shape = (events: FramerEvent[]): string[] =>
  events.map((event) => (event.type === 'message' ? event.message.body.toString() : event.type));

describe('parseMessage', () => {
  test('RFC 3261 §7.3.3: compact forms are the long ones', () => {
    const compact = lines(
      'SUBSCRIBE sip:room@example.com SIP/2.0',
      'v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'f: <sip:alice@example.com>;tag=1',
      't: <sip:room@example.com>',
      'i: a@b',
      'CSeq: 1 SUBSCRIBE',
      'm: <sip:alice@192.0.2.1>',
      'o: conference',
      'u: conference',
      'k: timer',
      'x: 1800',
      'r: <sip:bob@example.com>',
      'b: <sip:carol@example.com>',
      'l: 0',
    );
    const names = [...request(compact).headers].map(([name]) => name);
    expect(names.slice(5)).toEqual([
      'Contact',
      'Event',
      'Allow-Events',
      'Supported',
      'Session-Expires',
      'Refer-To',
      'Referred-By',
      'Content-Length',
    ]);
    expect(names.slice(0, 4)).toEqual(['Via', 'From', 'To', 'Call-ID']);
  });

  test('RFC 3261 §7.3.1: folded lines are joined by one space, names compare without case', () => {
    const { headers } = request(lines(...BASIC, 'SUBJECT: I know', '\t you are', '  there'));
    expect(headers.get('subject')).toBe('I know you are there');
    expect(headers.get('s')).toBe('I know you are there');
  });

  test('the body ends with Content-Length, without it with the datagram (RFC 3261 §18.3)', () => {
    expect(bodyOf(['Content-Length: 3'], 'abcdef')).toBe('abc');
    expect(bodyOf([], 'abc\r\n\r\ndef')).toBe('abc\r\n\r\ndef');
  });

  test.each([
    ['short body', [...BASIC, 'Content-Length: 9'], 400],
    ['Content-Length that is no number', [...BASIC, 'Content-Length: -1'], 400],
    ['two Content-Lengths', [...BASIC, 'Content-Length: 0', 'Content-Length: 1'], 400],
    ['no Call-ID', BASIC.filter((line) => !line.startsWith('Call-ID')), 400],
    ['two From', [...BASIC, 'From: <sip:mallory@example.com>;tag=2'], 400],
    ['From without a URI', BASIC.map((line) => (line.startsWith('From') ? 'From: "alice"' : line)), 400],
    ['CSeq of another method', BASIC.map((line) => line.replace('1 OPTIONS', '1 INVITE')), 400],
    ['CSeq of 2**31', BASIC.map((line) => line.replace('1 OPTIONS', `${2 ** 31} OPTIONS`)), 400],
    ['unreadable Via', BASIC.map((line) => line.replace('SIP/2.0/UDP ', '')), 400],
    ['header without colon', [...BASIC, 'nonsense'], 400],
    ['another version', BASIC.map((line) => line.replace(' SIP/2.0', ' SIP/3.0')), 505],
    [
      'Request-URI with a space',
      BASIC.map((line) => line.replace('room@example.com SIP', 'ro om@example.com SIP')),
      400,
    ],
  ])('%s is refused', (_name, text, status) => {
    const result = parseMessage(lines(...text));
    expect(result).toMatchObject({ ok: false, status });
  });

  test('limits: headers and body', () => {
    expect(parseMessage(lines(...BASIC, `X: ${'x'.repeat(70_000)}`))).toMatchObject({ ok: false, status: 513 });
    const big = Buffer.concat([lines(...BASIC), Buffer.alloc(101)]);
    expect(parseMessage(big, { maxHead: 1_000, maxBody: 100 })).toMatchObject({ ok: false, status: 413 });
  });

  test('a refused request can be answered when it names what a response echoes', () => {
    expect(answerable([...BASIC, 'Content-Length: x'])).toBe(true);
    expect(answerable(['nonsense'])).toBe(false);
    expect(answerable(BASIC.slice(0, 3).concat('bad'))).toBe(false);
  });

  test('never throws, whatever arrives', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom(...BASIC, '', ' ', ':', 'Via:', 'To: <', 'To: "', 'CSeq: x'), { maxLength: 12 })
        .map((all) => lines(...all)),
    );
    fc.assert(fc.property(bytes, (input) => void parseMessage(Buffer.from(input))));
  });
});

test('parse and serialize are inverse', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.!%*_+`'~-]{0,12}$/);
  const value = fc.stringMatching(/^[!-~äß🎉]([ -~äß🎉]{0,30}[!-~äß🎉])?$/u);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          token.map((name) => `X-${name}`),
          value,
        ),
      ),
      fc.uint8Array({ maxLength: 200 }),
      (extra, body) => {
        const message = { ...request(lines(...BASIC)), body: Buffer.from(body) };
        for (const [name, text] of extra) message.headers.add(name, text);
        const back = request(serialize(message));
        expect([...back.headers].slice(0, -1)).toEqual([...message.headers]);
        expect(back.body.equals(message.body)).toBe(true);
      },
    ),
  );
});

test('serialize refuses to let a value end its line', () => {
  const message = request(lines(...BASIC));
  message.headers.add('Subject', 'a\r\nX-Injected: b');
  expect(() => serialize(message)).toThrow(TypeError);
});

test('RFC 3261 §8.2.6: a response copies Via, From, To, Call-ID, CSeq; all but 100 tag To', () => {
  const asked = request(lines(...BASIC, 'Timestamp: 54', 'Via: SIP/2.0/TCP b;branch=z9hG4bK2'));
  const trying = createResponse(asked, 100, { toTag: 'x' });
  expect(trying.headers.get('To')).toBe('<sip:room@example.com>');
  expect(trying.headers.get('Timestamp')).toBe('54');
  const ok = createResponse(asked, 200, { toTag: 'x' });
  expect(ok.headers.get('To')).toBe('<sip:room@example.com>;tag=x');
  expect(ok.headers.getAll('Via')).toHaveLength(2);
  expect(ok.headers.has('Timestamp')).toBe(false);
  expect(createResponse(asked, 699).reason).toBe('Global Failure');
});

test('Headers: set keeps the place, setFirst the others, delete takes all', () => {
  const headers = new Headers([
    ['X-A', '1'],
    ['X-B', '2'],
    ['x-a', '3'],
  ]);
  expect([...headers.clone().set('X-A', 'x')]).toEqual([
    ['X-A', 'x'],
    ['X-B', '2'],
  ]);
  expect([...headers.clone().setFirst('x-a', 'x')]).toEqual([
    ['X-A', 'x'],
    ['X-B', '2'],
    ['x-a', '3'],
  ]);
  expect([...headers.clone().delete('x-a')]).toEqual([['X-B', '2']]);
  expect(
    new Headers([
      ['Contact', '"a, b" <sip:a@b;x=1,2>, <sip:c@d>'],
      ['m', '*'],
    ]).list('Contact'),
  ).toEqual(['"a, b" <sip:a@b;x=1,2>', '<sip:c@d>', '*']);
});

describe('StreamFramer', () => {
  const message = Buffer.concat([lines(...BASIC, 'Content-Length: 6'), Buffer.from('a\r\n\r\nb')]);
  const stream = Buffer.concat([Buffer.from('\r\n\r\n'), message, message, Buffer.from('\r\n'), message]);
  const EXPECTED = ['ping', 'a\r\n\r\nb', 'a\r\n\r\nb', 'pong', 'a\r\n\r\nb'];

  test('every split point gives the same messages', () => {
    for (let at = 0; at <= stream.length; at++) {
      const framer = new StreamFramer();
      const events = [...framer.receive(stream.subarray(0, at)), ...framer.receive(stream.subarray(at))];
      const expected = at === 2 ? ['pong', ...EXPECTED] : EXPECTED;
      expect(shape(events)).toEqual(expected);
      expect(framer.midMessage).toBe(false);
    }
  });

  test('byte by byte', () => {
    const framer = new StreamFramer();
    const events = [...stream].flatMap((byte) => framer.receive(Buffer.from([byte])));
    expect(shape(events).filter((event) => event !== 'pong')).toEqual(EXPECTED.filter((event) => event !== 'pong'));
  });

  test('RFC 3261 §20.14: without Content-Length the stream is broken, and silent from then on', () => {
    const framer = new StreamFramer();
    expect(framer.receive(lines(...BASIC))).toMatchObject([{ type: 'broken', failure: { status: 400 } }]);
    expect(framer.receive(message)).toEqual([]);
  });

  test('an invalid message of known length is refused and the stream goes on', () => {
    const bad = lines(...BASIC.map((line) => line.replace('1 OPTIONS', '1 BYE')), 'Content-Length: 0');
    expect(new StreamFramer().receive(Buffer.concat([bad, message])).map(({ type }) => type)).toEqual([
      'refused',
      'message',
    ]);
  });

  test('limits: a head without end, a body that is announced too large', () => {
    const framer = new StreamFramer({ maxHead: 100, maxBody: 10 });
    expect(framer.receive(Buffer.alloc(105, 'x'))).toMatchObject([{ type: 'broken', failure: { status: 513 } }]);
    const other = new StreamFramer({ maxHead: 1_000, maxBody: 10 });
    expect(other.receive(lines(...BASIC, 'Content-Length: 11'))).toMatchObject([
      { type: 'broken', failure: { status: 413 } },
    ]);
  });

  test('a large body in small chunks', () => {
    const body = Buffer.alloc(300_000, 'z');
    const bytes = Buffer.concat([lines(...BASIC, `Content-Length: ${body.length}`), body]);
    const framer = new StreamFramer();
    const events: FramerEvent[] = [];
    for (let at = 0; at < bytes.length; at += 1_400) events.push(...framer.receive(bytes.subarray(at, at + 1_400)));
    expect(events).toHaveLength(1);
    expect(events[0]?.type === 'message' && events[0].message.body.equals(body)).toBe(true);
  });
});

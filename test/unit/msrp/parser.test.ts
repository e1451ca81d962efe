import * as fc from 'fast-check';
import { Parser } from '../../../lib/msrp/index.js';
import { FrameReader, request, response } from '../../support/msrp-frames.js';

const headerOf = (length: number): string => `X: ${'y'.repeat(length - 3)}`;

const TO = 'msrp://chat.example:2855/rm7K;tcp';
const FROM = 'msrp://bob.example:9001/b6Tn;tcp';
const TID = 'tid.12+4%=';

const send = (tid: string, body: string | undefined, flag = '$'): string =>
  request(
    tid,
    'SEND',
    TO,
    FROM,
    ['Message-ID: mid12345', ...(body === undefined ? [] : ['Content-Type: text/plain'])],
    body,
    flag,
  );

/** What is wrong with a SEND whose Message-ID has so many characters. */
function idErrors(length: number, messageIdLength?: number): readonly string[] {
  const reader = new FrameReader(messageIdLength === undefined ? {} : { messageIdLength });
  reader.parser.receive(Buffer.from(request(TID, 'SEND', TO, FROM, [`Message-ID: ${'m'.repeat(length)}`])));
  return reader.frames[0].end.errors;
}

/** Feeds `text` cut at the given places. */
function read(text: string, cuts: readonly number[]): FrameReader {
  const reader = new FrameReader();
  const bytes = Buffer.from(text, 'latin1');
  let from = 0;
  for (const at of [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    // A copy that is wiped afterwards: nothing may be kept of the reader's buffer.
    const piece = Buffer.from(bytes.subarray(from, at));
    reader.parser.receive(piece);
    piece.fill(0x21);
    from = at;
  }
  return reader;
}

/** Bodies that try to end their frame too early or never. */
const adversarial = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '-',
        '-------',
        '--------',
        TID,
        '$',
        '+',
        '#',
        '\r\n-------',
        `\r\n-------${TID}`,
      ),
      fc.constantFrom(`\r\n-------${TID}$\r`, `\r\n-------${TID}$\n`, `\r\n-------${TID}!\r\n`, `\n-------${TID}$\r\n`),
      fc.constantFrom(
        `\r\n-------${TID.slice(0, -1)}$\r\n`,
        `\r\n------${TID}$\r\n`,
        `\r\r\n-------${TID}x`,
        '\0',
        '\xff',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text).toString('latin1')),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((body) => !/\r\n-------tid\.12\+4%=[$+#]\r\n/.test(`\r\n${body}\r\n`));

const frame = fc.oneof(
  fc
    .tuple(adversarial, fc.constantFrom('$', '+', '#'))
    .map(([body, flag]) => ({ text: send(TID, body, flag), body, flag })),
  fc.constantFrom('$', '#').map((flag) => ({ text: send(TID, undefined, flag), body: '', flag })),
  fc.constant({ text: response(TID, '200 OK', TO, FROM), body: '', flag: '$' }),
  fc.constant({ text: `\r\n${request('bad1', 'SEND', TO, FROM, ['no colon'])}`, body: '', flag: '$' }),
);

test('4975-7.1-08, 4975-7.1-09: adversarial bodies come out octet for octet, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (frames, cuts) => {
        const text = frames.map((f) => f.text).join('');
        const reader = read(text, cuts);
        expect(reader.fatal).toBeUndefined();
        expect(reader.frames.map(({ body, end }) => ({ body: body.toString('latin1'), flag: end.flag }))).toEqual(
          frames.map(({ body, flag }) => ({ body, flag })),
        );
        expect(reader.frames).toEqual(read(text, []).frames);
        expect(reader.parser.pending).toBe(0);
        expect(reader.parser.idle).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});

test('4975-7.1-09: arbitrary octets give the same events for every cut, and never throw', () => {
  const noise = fc.array(
    fc.oneof(
      frame.map((f) => f.text),
      fc.constantFrom('MSRP ', 'abcd ', '\r\n', 'To-Path: ', '-'),
      fc.string({ maxLength: 8 }),
    ),
  );
  fc.assert(
    fc.property(noise, fc.array(fc.nat(), { maxLength: 30 }), (parts, cuts) => {
      const text = Buffer.from(parts.join('')).toString('latin1');
      const [cut, whole] = [read(text, cuts), read(text, [])];
      expect(cut.fatal).toEqual(whole.fatal);
      expect(cut.frames).toEqual(whole.frames);
      expect(cut.parser.pending).toBe(whole.parser.pending);
    }),
    { numRuns: 400 },
  );
});

test('4975-7.1-09: 100 MB pass in 64 KB reads; never more than an end-line is held back', () => {
  const read64 = Buffer.alloc(65_536, 'x');
  read64.write('\r\n-------tid12345x', 1000);
  read64.write('\r\n-------tid12345', 65_536 - 17);
  let passed = 0;
  let largest = 0;
  let ended = 0;
  const parser = new Parser({
    head: () => undefined,
    body: (piece) => {
      passed += piece.length;
      largest = Math.max(largest, piece.length);
    },
    end: ({ bodyLength }) => {
      ended = bodyLength;
    },
    fatal: (error) => {
      throw new Error(error);
    },
  });
  const head = Buffer.from(
    request('tid12345', 'SEND', TO, FROM, ['Message-ID: mid12345', 'Content-Type: text/plain']),
  ).subarray(0, -18);
  parser.receive(Buffer.concat([head, Buffer.from('\r\n')]));
  let held = 0;
  for (let i = 1; i <= 1600; i++) {
    parser.receive(read64);
    held = Math.max(held, i * read64.length - passed);
  }
  parser.receive(Buffer.from('\r\n-------tid12345$\r\n'));
  expect(held).toBeLessThanOrEqual('tid12345'.length + 12);
  expect(largest).toBeLessThanOrEqual(read64.length);
  expect([passed, ended]).toEqual([1600 * 65_536, 1600 * 65_536]);
  expect(parser.pending).toBe(0);
});

test('A-47, 4975-9-15: a Message-ID of 33 to 64 characters is taken where that was asked for', () => {
  expect([idErrors(32), idErrors(33)]).toEqual([[], ['message-id']]);
  expect([idErrors(64, 64), idErrors(65, 64), idErrors(3, 64)]).toEqual([[], ['message-id'], ['message-id']]);
});

test('P-LIM-01, P-LIM-02: the limits count exactly, whether a line comes at once or not', () => {
  const limits = { lineLength: 80, headerLines: 4 };
  for (const size of [1, 1000]) {
    const fatal = (lines: string[]): string | undefined => {
      const reader = new FrameReader(limits);
      const bytes = Buffer.from(request('tid12345', 'SEND', TO, FROM, lines));
      for (let at = 0; at < bytes.length; at += size) reader.parser.receive(bytes.subarray(at, at + size));
      return reader.fatal;
    };
    expect(fatal([headerOf(80), headerOf(80)])).toBeUndefined();
    expect(fatal([headerOf(81)])).toBe('line-too-long');
    expect(fatal([headerOf(10), headerOf(10), headerOf(10)])).toBe('too-many-headers');
  }
});

test('P-LIM-01, 4975-7.1-09: of a limit and a bare line break the first in the stream counts, however it is cut', () => {
  for (const [before, error] of [
    [30, 'start-line'],
    [40, 'start-line'],
    [41, 'line-too-long'],
    [60, 'line-too-long'],
  ] as const) {
    for (const stray of ['\rx', '\nx']) {
      const line = Buffer.from(`${'MSRP tid12345 SEND'.padEnd(before, 'x')}${stray}\r\n`);
      for (let cut = 0; cut < line.length; cut++) {
        const reader = new FrameReader({ lineLength: 40 });
        for (const piece of [line.subarray(0, cut), line.subarray(cut)]) reader.parser.receive(piece);
        expect([before, cut, reader.fatal]).toEqual([before, cut, error]);
      }
    }
  }
});

test('P-LIM-01: an endless line is cut off as soon as the limit is crossed', () => {
  const reader = new FrameReader();
  reader.parser.receive(Buffer.from('MSRP tid12345 SEND\r\nX: '));
  for (let i = 0; i < 100 && !reader.fatal; i++) {
    reader.parser.receive(Buffer.alloc(1000, 'y'));
    expect(reader.parser.pending).toBeLessThan(8192 + 100);
  }
  expect(reader.fatal).toBe('line-too-long');
});

test.each([
  ['To-Path: \r\n', 'to-path'],
  ['To-Path:  \t\r\n', 'to-path'],
])('4975-9-05: an empty To-Path %j is malformed', (header, error) => {
  const reader = new FrameReader();
  reader.parser.receive(
    Buffer.from(`MSRP tid12345 SEND\r\n${header}From-Path: ${FROM}\r\nMessage-ID: mid12345\r\n-------tid12345$\r\n`),
  );
  expect(reader.frames[0].end.errors).toContain(error);
});

test('a parser stopped by its sink goes no further in the same buffer', () => {
  for (const stopAt of ['head', 'body', 'end'] as const) {
    const events: string[] = [];
    const note = (event: string): void => {
      events.push(event);
      if (event === stopAt) parser.stop();
    };
    const parser = new Parser({
      head: () => note('head'),
      body: () => note('body'),
      end: () => note('end'),
      fatal: () => note('fatal'),
    });
    parser.receive(Buffer.from(send('tid12345', 'hello') + send('tid12346', 'world')));
    expect(events[events.length - 1]).toBe(stopAt);
    expect(events.filter((event) => event === stopAt)).toHaveLength(1);
    expect(parser.pending).toBe(0);
  }
});

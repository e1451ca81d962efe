import * as fc from 'fast-check';
import { EnvelopeParser, parseCpim, serializeCpim } from '../../../lib/cpim/index.js';

const BODIES = [
  'From: "A \\"b\\"" <sip:a@b>\r\nTo: <sip:c@d>\r\nNS: x <urn:x>\r\nx.Y: ü\r\n\r\nContent-Type: text/plain\r\n\r\nhéllo',
  'From: A <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\nMIME-Version: 1.0\nContent-Type: text/plain\n\nhello',
  'From: <sip:a@b>\r\nTo: <sip:c@d>\r\nContent-Type: text/plain\r\n\r\nhello: merged\r\nbad line\r\n\r\n',
  'From: <sip:a@b>\r\nTo: <sip:c@d>\r\nContent-Type: text/plain\r\n\r\nhello',
  'From: <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\nhello',
  'From: <sip:a@b>\r\nTo: sip:c@d\r\n\r\nContent-Type: text/plain\r\n\r\nhello',
  'From: <sip:a@b>\r\nTo: <sip:c@d>\r\n',
].map((text) => Buffer.from(text));

/** Feeds the body in pieces cut at the given offsets, as chunks of one message. */
function parseInPieces(body: Buffer, cuts: readonly number[]) {
  const parser = new EnvelopeParser();
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    parser.push(body.subarray(from, cut));
    from = cut;
  }
  parser.end();
  return { envelope: parser.envelope, error: parser.error, headerLength: parser.headerLength };
}

test.each(BODIES.map((body) => [body.toString()]))('every split point gives the same envelope: %j', (text) => {
  const body = Buffer.from(text);
  const whole = parseInPieces(body, []);
  for (let cut = 0; cut <= body.length; cut++) expect(parseInPieces(body, [cut])).toEqual(whole);
  expect(parseInPieces(body, [...body.keys()])).toEqual(whole);
});

test('7701-6.1-08 the envelope is there before the content has come', () => {
  const body = BODIES[0];
  const parser = new EnvelopeParser();
  const { contentOffset } = parseCpim(body) as { contentOffset: number };
  expect(parser.push(body.subarray(0, contentOffset - 1))).toBe('more');
  expect(parser.envelope).toBeNull();
  expect(parser.push(body.subarray(contentOffset - 1, contentOffset))).toBe('done');
  expect(parser.headerLength).toBe(contentOffset);
  expect(parser.push(body.subarray(contentOffset))).toBe('done');
});

test('3862-2.2-04 the header bytes are those received', () => {
  for (const body of BODIES) {
    const result = parseCpim(body);
    if (result.ok) expect(result.envelope.headerBytes).toEqual(body.subarray(0, result.contentOffset));
  }
});

test('arbitrary bytes never throw, and give the same answer at a random split', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'From: <sip:a@b>',
      'To: <sip:c@d>',
      '\r\n',
      '\r\n\r\n',
      '\n',
      ':',
      ' ',
      'Content-Type: a/b',
      'NS: <x>',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), fc.nat(), (pieces, at) => {
      const body = Buffer.from(pieces.join(''));
      const cut = body.length === 0 ? 0 : at % body.length;
      expect(parseInPieces(body, [cut])).toEqual(parseInPieces(body, []));
    }),
    { numRuns: 500 },
  );
});

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const uri = fc.stringMatching(/^(?:sip|tel|im):[a-z0-9+@.;=-]{1,20}$/);
const address = fc.record({
  name: fc.oneof(
    fc.constant(null),
    text.filter((name) => name !== ''),
  ),
  uri,
});

test('round trip: what is written is read back', () => {
  const message = fc.record({
    from: address,
    to: fc.array(address, { minLength: 1, maxLength: 3 }),
    cc: fc.array(address, { maxLength: 2 }),
    subject: fc.array(fc.record({ lang: fc.constantFrom(null, 'fr', 'en-GB'), text }), { maxLength: 2 }),
    other: fc.array(
      fc.record({
        namespace: fc.constantFrom('urn:ietf:params:imdn', 'http://ns.example.org/a', 'urn:x:y'),
        name: fc.stringMatching(/^X[A-Za-z-]{0,8}$/),
        value: text,
      }),
      { maxLength: 4 },
    ),
    content: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(message, (written) => {
      const body = serializeCpim({ ...written, contentType: 'text/plain', dateTime: '2024-05-17T09:30:00Z' });
      const result = parseCpim(body);
      if (!result.ok) throw new Error(result.error);
      const { content, ...headers } = written;
      expect(result.envelope).toMatchObject({ ...headers, merged: false, contentType: 'text/plain' });
      expect(body.subarray(result.contentOffset)).toEqual(content);
    }),
  );
});

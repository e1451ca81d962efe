import * as fc from 'fast-check';
import { parseCpim, serializeCpim, withText, withTo } from '../../../lib/cpim/index.js';

const envelopeOf = (text: string) => {
  const result = parseCpim(Buffer.from(text));
  if (!result.ok) throw new Error(result.error);
  return result.envelope;
};

const REST = '\r\nDateTime: x\r\n\r\nContent-Type: text/plain\n\n';

test.each([
  ['To: <sip:8000@h>', 'To: <sip:lounge@h>'],
  ['To: "Ro <om" <sip:8000@h>', 'To: "Ro <om" <sip:lounge@h>'],
  [
    'NS: c <urn:ietf:params:cpim-headers:>\r\nc.To:;a=b Ümlaut <sip:8000@h>',
    'NS: c <urn:ietf:params:cpim-headers:>\r\nc.To:;a=b Ümlaut <sip:lounge@h>',
  ],
])('D7 only the URI of To changes: %j', (before, after) => {
  const envelope = envelopeOf(`From: <sip:a@h>\r\n${before}${REST}hi`);
  expect(withTo(envelope, 'sip:lounge@h').toString()).toBe(`From: <sip:a@h>\r\n${after}${REST}`);
});

test('without To nothing changes; a bad URI is refused', () => {
  const without = envelopeOf(`From: <sip:a@h>${REST}hi`);
  expect(withTo(without, 'sip:lounge@h')).toBe(without.headerBytes);
  const envelope = envelopeOf(`To: <sip:a@h>${REST}hi`);
  expect(() => withTo(envelope, 'sip:a@h>\r\nFrom: <sip:x@h')).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_CPIM_ARGUMENT' }),
  );
});

test('3862-2.2-04 another text keeps what the headers say, whatever form they had', () => {
  const envelope = envelopeOf(
    'From: "A" <sip:a@h>\r\nTo: <sip:b@h>\r\ncc: <sip:c@h>\r\nDateTime: x\r\nSubject:;lang=en hi\r\n' +
      'NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: 1\r\nX.y: undeclared\r\nContent-Type: text/plain\r\n' +
      'Content-Length: 2\r\n\r\nhi',
  );
  expect(envelope.merged).toBe(true);
  const rewritten = withText(envelope, { contentType: 'text/plain;charset=utf-8', text: 'h\u00e9' });
  expect(rewritten.toString()).toBe(
    'From: "A" <sip:a@h>\r\nTo: <sip:b@h>\r\ncc: <sip:c@h>\r\nDateTime: x\r\nSubject:;lang=en hi\r\n' +
      'NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 1\r\n\r\n' +
      'Content-Type: text/plain;charset=utf-8\r\n\r\nh\u00e9',
  );
});

test('any text, to anybody, is read back', () => {
  const uri = fc.webUrl({ withFragments: false });
  fc.assert(
    fc.property(uri, uri, fc.string({ unit: 'grapheme' }), (from, to, text) => {
      const content = { contentType: 'text/plain', content: 'before' };
      const envelope = envelopeOf(
        serializeCpim({ from: { name: null, uri: from }, to: [{ name: null, uri: 'sip:b@h' }], ...content }).toString(),
      );
      const body = withText(envelope, { contentType: 'text/html', text, to });
      const parsed = parseCpim(body);
      expect(parsed).toMatchObject({
        ok: true,
        envelope: { from: { uri: from }, to: [{ uri: to }], contentType: 'text/html' },
      });
      expect(parsed.ok && body.subarray(parsed.contentOffset).toString()).toBe(text);
    }),
  );
});

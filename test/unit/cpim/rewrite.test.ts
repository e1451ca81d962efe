import { parseCpim, withTo } from '../../../lib/cpim/index.js';

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

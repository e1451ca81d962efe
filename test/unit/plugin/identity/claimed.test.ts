import { identityOf } from '../../../../plugin/identity/claimed.js';
import type { SipRequest } from '../../../../plugin/drachtio/srf-types.js';

const request = (headers: Record<string, string>): SipRequest =>
  ({ get: (name: string) => headers[name] }) as unknown as SipRequest;

const of = (From: string, more: Record<string, string> = {}) => identityOf(request({ From, 'Call-ID': 'c1', ...more }));

test.each([
  ['"Ana" <sip:ana@Example.COM;transport=tcp>;tag=1', 'sip:ana@example.com', 'Ana'],
  ['sip:ana@example.com;tag=1', 'sip:ana@example.com', null],
  ['<sip:ana:secret@127.0.0.1:5090>;tag=1', 'sip:ana@127.0.0.1:5090', null],
  ['<tel:+4930123;phone-context=x>;tag=1', 'tel:+4930123', null],
])('the From %s', (from, uri, displayName) => {
  expect(of(from)).toMatchObject({ uri, displayName, anonymous: false, anonymousUri: null });
});

test('3323-4.1-01: an anonymous From, and two of them are two people (3323-4.1-02)', () => {
  const from = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1';
  const [one, two] = [of(from), of(from, { 'Call-ID': 'c2' })];
  expect(one).toMatchObject({ anonymous: true, anonymousUri: 'sip:anonymous@anonymous.invalid', displayName: null });
  expect(one.uri).not.toBe(two.uri);
});

test.each([
  ['id', true],
  ['header;user', true],
  ['none', false],
  ['id;critical', true],
])('3323-4.1-01: Privacy: %s', (Privacy, anonymous) => {
  const identity = of('"Ana" <sip:ana@example.com>;tag=1', { Privacy });
  expect(identity.anonymous).toBe(anonymous);
  expect(identity.displayName).toBe(anonymous ? null : 'Ana');
});

test.each(['', 'garbage', '<mailto:ana@example.com>', '<sip:>', '<tel:a<b>'])('no identity in %j', (from) => {
  expect(() => of(from)).toThrow(expect.objectContaining({ sipStatus: 400 }));
});

const contact = (uri: string): Record<string, string> => ({ Contact: `<${uri}>;+sip.instance="<urn:uuid:1>"` });

test('7701-5.2-06, 7701-2-01: the GRUU in Contact is another URI of the caller, a temporary one an anonymous URI', () => {
  const from = '<sip:ana@example.com>;tag=1';
  const own = 'sip:ana@example.com;gr=urn:uuid:1';
  expect(of(from, contact(`${own};transport=tcp`))).toMatchObject({ aliases: [own], anonymousUri: null });
  expect(of(from, contact('sip:bo@example.com;gr=urn:uuid:1')).aliases).toEqual([]);
  const temporary = contact('sip:t8Kx@example.com;gr');
  expect(of(from, temporary)).toMatchObject({ aliases: [], anonymousUri: null });
  expect(of(from, { ...temporary, Privacy: 'id' })).toMatchObject({
    aliases: [],
    anonymousUri: 'sip:t8Kx@example.com;gr',
  });
});

import { cpimUriKey, matchCpimUri } from '../../../lib/cpim/index.js';

test.each([
  ['7701-6.1-16 parameters and headers do not count', 'sip:r@h', 'sip:r@h;transport=tcp?Subject=a', true],
  ['A-48 sip and sips', 'sip:r@h', 'SIPS:r@H', true],
  ['7701-6.1-17 escaped unreserved characters', 'sip:r%2D~m@h', 'sip:r-%7em@h', true],
  ['7701-6.1-17 an escaped reserved character is another user', 'sip:a%3Bb@h', 'sip:a;b@h', false],
  ['7701-6.1-17 escapes in either case', 'sip:%c3%a9@h', 'sip:%C3%A9@h', true],
  ['7701-6.1-17 a password does not count', 'sip:r:secret@h', 'sip:r@h', true],
  ['7701-6.1-17 the port counts as a number', 'sip:r@h:05060', 'sip:r@h:5060', true],
  ['7701-6.1-17 the port counts', 'sip:r@h:5060', 'sip:r@h', false],
  ['7701-6.1-17 IPv6 as an address', 'sip:r@[2001:db8::1]', 'sip:r@[2001:DB8:0:0::1]', true],
  ['7701-2-01 a temporary GRUU is not its AOR', 'sip:tgruu.x@h;gr', 'sip:tgruu.x@h', false],
  ['7701-2-01 gr beside other parameters', 'sip:a@h;gr=urn:x', 'sip:a@h;ob;gr=urn:x', true],
  ['7701-6.1-17 tel: separators', 'tel:+1-555-0100', 'tel:+1(555)0100', true],
  ['7701-6.1-17 tel: extension counts', 'tel:+15550100;ext=1-2', 'tel:+15550100', false],
  [
    '7701-6.1-17 tel: order of parameters',
    'tel:100;isub=1;phone-context=a.b',
    'tel:1-00;phone-context=A.B;isub=1',
    true,
  ],
  ['7701-6.1-17 tel: numeric phone-context', 'tel:100;phone-context=+1-2', 'tel:100;phone-context=+12', true],
  ['7701-6.1-17 im', 'im:Alice@example.org', 'IM:Alice@EXAMPLE.org', true],
  ['other schemes compare exactly', 'xmpp:a@b', 'xmpp:A@b', false],
])('%s', (_name, known, given, match) => {
  expect(matchCpimUri(known, given)).toBe(match);
  expect(matchCpimUri(given, known)).toBe(match);
});

test.each([
  '',
  'sip',
  'sip:',
  ':a@b',
  'sip:a@',
  'sip:@b',
  'sip:a@b:x',
  'sip:a@[zz]',
  'sip:a b@c',
  'tel:',
  'tel:+',
  'tel:abcxyz',
  'a/b:c',
])('7701-6.2-04 %j is nobody', (uri) => {
  expect(cpimUriKey(uri)).toBeNull();
  expect(matchCpimUri(uri, uri)).toBe(false);
});

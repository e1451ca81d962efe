import {
  canonicalTarget,
  type Numbering,
  numberOf,
  sameNumberForms,
  withNumberForms,
} from '../../../../plugin/identity/numbers.js';

const RCS: Numbering = { profile: 'rcs', domain: ['conf.example.com'], digest: {} };
const PLAIN: Numbering = { ...RCS, profile: undefined };

test.each([
  'tel:+33612345678',
  'TEL:+33-6-12.34(56)78',
  'tel:+33612345678;ext=5',
  'sip:+33612345678@anywhere.example;user=phone',
  'sips:+33612345678@anywhere.example:5061;user=phone;transport=tls',
  'sip:+33612345678@conf.example.com',
  'sip:+33612345678@EXAMPLE.com:5070',
  'sip:%2B33612345678@example.com',
  'sip:+33612345678;npdi@example.com',
  'sip:+33612345678@ims.mnc001.mcc208.3gppnetwork.org',
])('IDN-06: %s is one number', (uri) => {
  expect(canonicalTarget(uri, RCS)).toBe('tel:+33612345678');
});

test.each([
  ['sip:+33612345678@other.example', 'sip:+33612345678@other.example'],
  ['sip:ana@example.com;user=phone', 'sip:ana@example.com'],
  ['sip:+012@example.com', 'sip:+012@example.com'],
  ['sip:+1234567890123456@example.com', 'sip:+1234567890123456@example.com'],
  ['sip:+33612345678@com', 'sip:+33612345678@com'],
  ['tel:1-1-2;phone-context=Example.com', 'tel:112;phone-context=example.com'],
  ['sips:an%61@Example.COM:5061;transport=tls?Subject=x', 'sip:ana@example.com:5061'],
  ['sip:ana@example.com;gr=urn:uuid:1;transport=tcp', 'sip:ana@example.com;gr=urn:uuid:1'],
])('IDN-06: %s is no number', (uri, canonical) => {
  expect(numberOf(uri, RCS)).toBeNull();
  expect(canonicalTarget(uri, RCS)).toBe(canonical);
});

test.each(['mailto:ana@example.com', 'ana', '', 'tel:', 'sip:a b@c', 'http://x'])('FAC-09: %j is nobody', (uri) => {
  expect(canonicalTarget(uri, RCS)).toBeNull();
});

test('IDN-06: without the profile a SIP URI is no number, and tel URIs lose only their separators', () => {
  expect(canonicalTarget('sip:+33612345678@conf.example.com;user=phone', PLAIN)).toBe(
    'sip:+33612345678@conf.example.com',
  );
  expect(canonicalTarget('tel:+33-612345678', PLAIN)).toBe('tel:+33612345678');
  expect(sameNumberForms('tel:+33-6', PLAIN)).toEqual(['tel:+336']);
});

test('IDN-06: somebody is the number, and may be called by its other forms', () => {
  const identity = {
    uri: 'sip:+336@home.example',
    aliases: ['tel:+33-6'],
    displayName: 'Ana',
    anonymous: false,
    anonymousUri: null,
  };
  expect(withNumberForms(identity, PLAIN)).toBe(identity);
  const { uri, aliases } = withNumberForms(identity, RCS);
  expect(uri).toBe('tel:+336');
  expect(aliases).toEqual(['sip:+336@home.example', 'sip:+336@conf.example.com;user=phone', 'tel:+33-6']);
  expect(withNumberForms({ ...identity, aliases: [] }, RCS).uri).toBe('sip:+336@home.example');
});

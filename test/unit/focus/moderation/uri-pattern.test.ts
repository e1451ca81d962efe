import { assert, oneof, property, string, stringMatching } from 'fast-check';
import { uriPattern } from '../../../../lib/focus/moderation/uri-pattern.js';

const ANA = 'sip:ana@example.com';

test.each([
  [ANA, ANA, true],
  [ANA, 'sips:ana@EXAMPLE.com:5061;transport=tls', true],
  [ANA, 'sip:ana@example.com;gr=phone', true],
  [ANA, 'sip:Ana@example.com', false],
  [ANA, 'sip:ana@example.org', false],
  [ANA, 'tel:+34600000001', false],
  ['ana@example.com', ANA, true],
  ['*@example.com', ANA, true],
  ['sip:*@example.com', ANA, true],
  ['*@EXAMPLE.com', ANA, true],
  ['*@example.com', 'sip:ana@sub.example.com', false],
  ['*@example.com', 'sip:ana@example.com.evil.org', false],
  ['*@example.com', 'tel:+34600000001', false],
  ['*@[2001:db8::1]', 'sip:ana@[2001:DB8:0::1]:5060', true],
  ['sip:+34*', 'sip:+34600000001@any.example;user=phone', true],
  ['sip:+34*', 'tel:+34-600-000-001', true],
  ['+34*', 'sip:+34.600.000@any.example', true],
  ['+34-6*', 'tel:+34600000001', true],
  ['tel:+34*', 'tel:+35600000001', false],
  ['+34*@example.com', 'sip:+34600@example.com', true],
  ['+34*@example.com', 'sip:+34600@example.org', false],
  ['+34*@example.com', 'tel:+34600', false],
  ['tel:+34600000001', 'tel:+34(600)000-001', true],
  // Whoever runs a SIP domain may call its users by any number.
  ['tel:+34600000001', 'sip:+34600000001@evil.example', false],
  ['*', 'tel:+1', true],
  ['*', ANA, true],
])('PBX-03: does %s mean %s? %s', (pattern, uri, expected) => {
  expect(uriPattern(pattern)?.matches(uri)).toBe(expected);
});

test.each(['', 'ana', 'sip:', '*@', 'a*b@example.com', '*@*.example.com', '*@exa mple', 'sip:ana@', '**', '*@[::1'])(
  '%j means nobody, and says so',
  (text) => {
    expect(uriPattern(text)).toBeNull();
  },
);

test('whatever is written, and whoever comes, nothing throws; only an asterisk means many', () => {
  const text = oneof(string(), stringMatching(/^(sip:|tel:)?[a*+3.-]{0,6}(@[a.*:[\]]{0,6})?$/));
  assert(
    property(text, text, (pattern, uri) => {
      const understood = uriPattern(pattern);
      understood?.matches(uri);
      expect(understood?.wild ?? pattern.includes('*')).toBe(pattern.includes('*'));
    }),
  );
});

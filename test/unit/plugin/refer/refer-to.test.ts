import * as fc from 'fast-check';
import {
  contentId,
  leadingThere,
  parseReferTo,
  referTos,
  wantsNoSubscription,
} from '../../../../plugin/refer/refer-to.js';

const target = (uri: string, method = 'INVITE', rest = {}) => ({ is: 'target', uri, method, headers: {}, ...rest });

/** A request that has these headers and no others. */
const withHeaders = (headers: Record<string, string>) => ({ get: (name: string): string | undefined => headers[name] });

test.each([
  ['<sip:bob@example.com>', target('sip:bob@example.com')],
  ['sip:bob@example.com', target('sip:bob@example.com')],
  ['<sip:bob@example.com;method=INVITE>', target('sip:bob@example.com')],
  ['sip:bob@example.com;method=INVITE', target('sip:bob@example.com')],
  ['sip:bob@example.com ; method=invite', target('sip:bob@example.com')],
  ['<sip:bob@example.com>;method=BYE', target('sip:bob@example.com', 'BYE')],
  ['<sip:bob@example.com;method=BYE>;method=INVITE', target('sip:bob@example.com', 'BYE')],
  ['<SIP:bob@example.com;METHOD=bye>', target('SIP:bob@example.com', 'BYE')],
  ['"Bob \\"B\\" <x>" <sip:bob@example.com>', target('sip:bob@example.com', 'INVITE', { displayName: 'Bob "B" <x>' })],
  ['Bob <sips:bob@example.com>', target('sips:bob@example.com', 'INVITE', { displayName: 'Bob' })],
  ['sip:+33600000005@ims.example.net;user=phone', target('sip:+33600000005@ims.example.net;user=phone')],
  ['tel:+33600000005', target('tel:+33600000005')],
  ['<tel:+33600000005;method=BYE>', target('tel:+33600000005', 'BYE')],
  ['tel:5;phone-context=example.net;method=bye', target('tel:5;phone-context=example.net', 'BYE')],
  ['<sip:bob@example.com;method=OPTIONS>', target('sip:bob@example.com', 'OPTIONS')],
  ['sip:[2001:db8::1]:5062;method=BYE', target('sip:[2001:db8::1]:5062', 'BYE')],
  ['<sip:a;b?c@example.com;method=BYE>', target('sip:a;b?c@example.com', 'BYE')],
  ['<cid:list-0c7@198.51.100.21>', { is: 'list', contentId: 'list-0c7@198.51.100.21', method: 'INVITE' }],
  ['cid:List%2B1@h;method=BYE', { is: 'list', contentId: 'list+1@h', method: 'BYE' }],
  ['<mailto:bob@example.com>', { is: 'elsewhere' }],
  ['http://example.com/', { is: 'elsewhere' }],
])('REF-03 %s', (value, expected) => {
  expect(parseReferTo(value)).toEqual(expected);
});

test.each([
  '',
  '<',
  '<sip:bob@example.com',
  '<>',
  'bob',
  'sip:',
  'sip:@',
  'sip:bob@',
  'sip:a b@example.com',
  '<sip:bob@example.com\r\nX: y>',
  'sip:bob@example.com\0',
  'tel:+;x',
  'tel:<script>',
  `sip:${'a'.repeat(3000)}@example.com`,
])('REF-02 %j names nothing', (value) => {
  expect(parseReferTo(value)).toBeUndefined();
});

describe('FAC-18 REF-04 headers in the URI', () => {
  test('only what stands on the list is kept; Replaces and Join are not', () => {
    const value =
      '<sip:bob@example.com?Route=%3Csip:evil%3E&Session-Replaces=a%2Bb&Replaces=x&Join=y&P-Asserted-Identity=z>';
    expect(parseReferTo(value)).toEqual(
      target('sip:bob@example.com', 'INVITE', { headers: { 'Session-Replaces': 'a+b' } }),
    );
  });

  test('one that would break the line is not', () => {
    expect(parseReferTo('<sip:bob@example.com?Session-Replaces=a%0D%0AX:%20y>')).toEqual(target('sip:bob@example.com'));
  });
});

test('RFC 3261 19.1.5 INV-02 nothing in a URI leads elsewhere than its host says', () => {
  const uri = 'sip:bob@example.com:5070;maddr=192.0.2.1;transport=tcp;ttl=1;LR;user=phone;received=x';
  expect(leadingThere(uri)).toBe('sip:bob@example.com:5070;transport=tcp;user=phone');
  expect(leadingThere('sip:bob;maddr=x@example.com')).toBe('sip:bob;maddr=x@example.com');
});

test('REF-02 as many as there are, also in the compact form, which drachtio does not expand', () => {
  expect(referTos(withHeaders({}))).toEqual([]);
  expect(referTos(withHeaders({ r: '<sip:a@h>' }))).toEqual(['<sip:a@h>']);
  expect(referTos(withHeaders({ 'Refer-To': '"x, y" <sip:a,b@h>,sip:c@h', r: 'sip:d@h' }))).toHaveLength(3);
});

test.each([
  ['false', true],
  [' FALSE ;x=y', true],
  ['true', false],
  ['falsehood', false],
  ['', false],
])('REF-06 Refer-Sub: %s', (value, expected) => {
  expect(wantsNoSubscription(withHeaders({ 'Refer-Sub': value }))).toBe(expected);
});

test('REF-07 a Content-ID with and without brackets', () => {
  expect([contentId('<A@b>'), contentId(' a@B '), contentId('%61@b'), contentId('100%@b')]).toEqual([
    'a@b',
    'a@b',
    'a@b',
    '100%@b',
  ]);
});

describe('whatever comes', () => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          ';',
          '?',
          '&',
          '=',
          '@',
          ':',
          '"',
          '\\',
          'sip',
          'tel',
          'cid',
          'method',
          'BYE',
          '%0d',
          '\r\n',
          ' ',
          ',',
        ),
        {
          maxLength: 40,
        },
      )
      .map((parts) => parts.join('')),
  );

  test('REF-03 nothing throws, and nothing that comes out could break a header', () => {
    fc.assert(
      fc.property(noise, (value) => {
        const parsed = parseReferTo(value);
        if (parsed?.is !== 'target') return;
        for (const text of [parsed.uri, ...Object.values(parsed.headers)]) expect(text).not.toMatch(/\p{Cc}/u);
        expect(parsed.uri).not.toMatch(/[<>"\s]/);
        expect(parsed.uri).not.toMatch(/;(?:method|maddr)=/i);
      }),
    );
  });

  test('REF-03 ten spellings of the same', () => {
    const user = fc.stringMatching(/^[a-z0-9+._-]{1,20}$/);
    const method = fc.constantFrom('INVITE', 'invite', 'BYE', 'Bye');
    const spelling = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(user, method, spelling, (name, said, n) => {
        const uri = `sip:${name}@example.com`;
        const written = [
          `<${uri};method=${said}>`,
          `${uri};method=${said}`,
          `<${uri}>;method=${said}`,
          `"N" <${uri};METHOD=${said}>`,
          `${uri} ;method=${said}`,
        ][n];
        expect(parseReferTo(written)).toMatchObject({ is: 'target', uri, method: said.toUpperCase() });
      }),
    );
  });
});

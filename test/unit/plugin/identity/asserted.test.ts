import * as fc from 'fast-check';
import { assertedBy } from '../../../../plugin/identity/asserted.js';
import { recognised } from '../../../../plugin/identity/recognised.js';

const of = (headers: Record<string, string>, rcs = false) => assertedBy({ get: (name: string) => headers[name] }, rcs);

const pai = (value: string) => of({ 'P-Asserted-Identity': value });

test.each([
  ['"Ana" <sip:ana@Example.com;transport=tcp>', 'sip:ana@example.com', [], 'Ana'],
  ['<tel:+336>, "Ana" <sips:ana@example.com>', 'sips:ana@example.com', ['tel:+336'], 'Ana'],
  ['"Tel" <tel:+336>,<sip:ana@example.com>', 'sip:ana@example.com', ['tel:+336'], 'Tel'],
  ['<tel:+336>', 'tel:+336', [], undefined],
  ['<sip:ana@a.example>, <sip:bob@b.example>, <tel:+1>, <tel:+2>', 'sip:ana@a.example', ['tel:+1'], undefined],
  ['<sip:+336@example.com;user=phone>', 'sip:+336@example.com;user=phone', [], undefined],
])('3325-9-01, IDN-02: %s', (value, uri, aliases, displayName) => {
  expect(pai(value)).toEqual({ uri, aliases, displayName });
});

test.each([
  '',
  'garbage',
  '<sip:>',
  '<sip:example.com>',
  '<mailto:a@b>',
  '"Anonymous" <sip:anonymous@anonymous.invalid>',
  `<sip:${'a'.repeat(5000)}@example.com>`,
])('IDN-02: %.40j names nobody', (value) => {
  expect(pai(value)).toBeNull();
});

test('IDN-02: no value throws', () => {
  const pieces = fc.constantFrom('<', '>', '"', ',', 'sip:', 'tel:', '@', '%', ';', ' ', 'a', '\\', '\u0000');
  fc.assert(
    fc.property(fc.array(pieces), (all) => {
      const found = pai(all.join(''));
      return found === null || found.uri !== '';
    }),
  );
});

test.each([
  ['<sip:ana@example.com>;sescase=orig;regstate=reg', 'sip:ana@example.com'],
  ['<sip:ana@example.com>', 'sip:ana@example.com'],
  ['<sip:ana@example.com>;sescase=TERM', undefined],
  ['garbage', undefined],
])('HDR-05: P-Served-User %s', (value, uri) => {
  expect(of({ 'P-Served-User': value }, true)?.uri).toBe(uri);
  expect(of({ 'P-Served-User': value })).toBeNull();
});

describe('IDN-03: what may be written as From', () => {
  const claimed = { uri: 'sip:ana@example.com:5090', aliases: ['sip:ana@example.com;gr=1'], displayName: 'A' };
  const shown = { ...claimed, anonymous: false, anonymousUri: null };

  test('the SIP From too, where it names who was authenticated', () => {
    expect(recognised({ uri: 'sip:ana@example.com' }, shown)).toEqual({
      uri: 'sip:ana@example.com',
      aliases: ['sip:ana@example.com:5090', 'sip:ana@example.com;gr=1'],
      displayName: 'A',
      anonymous: false,
      anonymousUri: null,
    });
    expect(recognised({ uri: 'sip:bob@example.com', displayName: 'Bob' }, shown)).toMatchObject({
      aliases: [],
      displayName: 'Bob',
    });
    expect(recognised({ uri: 'tel:113' }, { ...shown, uri: 'tel:112' }).aliases).toEqual([]);
  });

  test('IDN-07: who hides has no name', () => {
    const hiding = {
      ...shown,
      uri: 'sip:anonymous.1@anonymous.invalid',
      aliases: [],
      displayName: null,
      anonymous: true,
    };
    expect(recognised({ uri: 'sip:ana@example.com', displayName: 'Ana' }, hiding)).toMatchObject({
      uri: 'sip:ana@example.com',
      aliases: [],
      displayName: null,
      anonymous: true,
    });
  });
});

import * as fc from 'fast-check';
import {
  formatNameAddr,
  formatUri,
  formatVia,
  parseCSeq,
  parseNameAddr,
  parseNameAddrs,
  parseParams,
  parseUri,
  parseVia,
  tagOf,
  withTag,
} from '../../../../lib/embedded-drachtio/message/index.js';

test.each([
  'sip:alice@atlanta.com',
  'sip:alice:secretword@atlanta.com;transport=tcp',
  'sips:alice@atlanta.com?subject=project%20x&priority=urgent',
  'sip:+1-212-555-1212:1234@gateway.com;user=phone',
  'sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com',
  'sip:alice;day=tuesday@atlanta.com',
  'sip:[2001:db8::10]:5070',
  'sip:192.0.2.4:65535;lr',
])('RFC 3261 §19.1.3: %s', (text) => {
  const uri = parseUri(text);
  expect(uri && formatUri(uri)).toBe(text);
});

test.each([
  '',
  'tel:+1234',
  'sip:',
  'sip:@host',
  'sip:a b@host',
  'sip:host:65536',
  'sip:host:x',
  'sip:<host>',
  'sip:[::1',
])('no SIP URI: %p', (text) => expect(parseUri(text)).toBeUndefined());

test('name-addr: display names, brackets, header parameters', () => {
  expect(parseNameAddr('"A. G. \\"Bell\\" <x>" <sip:agb@bell.com;x=1> ;tag=a48s')).toMatchObject({
    displayName: 'A. G. "Bell" <x>',
    uri: 'sip:agb@bell.com;x=1',
  });
  expect(parseNameAddr('Anonymous <sip:c8@h.invalid>;tag=88')?.displayName).toBe('Anonymous');
  const bare = parseNameAddr('sip:alice@h;tag=1;x');
  expect([bare?.uri, [...(bare?.params ?? [])]]).toEqual([
    'sip:alice@h',
    [
      ['tag', '1'],
      ['x', undefined],
    ],
  ]);
  for (const bad of ['', '<', 'alice', '<alice>', '"x', '<sip:a', '<sip:a b>'])
    expect(parseNameAddr(bad)).toBeUndefined();
  expect(parseNameAddrs('<sip:a@b>, nonsense, "x, y" <sip:c@d>').map(({ uri }) => uri)).toEqual(['sip:a@b', 'sip:c@d']);
  expect(formatNameAddr({ displayName: 'a"b', uri: 'sip:a@b', params: parseParams(';q=1;r') })).toBe(
    '"a\\"b" <sip:a@b>;q=1;r',
  );
});

test('tags are read, set and removed', () => {
  expect(tagOf('"x;tag=no" <sip:a@b;tag=no>;TAG=yes')).toBe('yes');
  expect(withTag('sip:a@b;x=1;tag=old', 'new')).toBe('<sip:a@b>;x=1;tag=new');
  expect(withTag('"A" <sip:a@b>;tag=old', undefined)).toBe('"A" <sip:a@b>');
});

test('Via with odd spacing, IPv6 and parameters', () => {
  const via = parseVia('SIP / 2.0 / udp first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1');
  expect(via).toMatchObject({ transport: 'UDP', host: 'first.example.com', port: 4000 });
  expect(via && formatVia(via)).toBe(
    'SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6a8dlze.1',
  );
  expect(parseVia('SIP/2.0/TCP [2001:db8::1]:5060;rport')?.host).toBe('[2001:db8::1]');
  for (const bad of ['', 'SIP/2.0/UDP', 'SIP/1.0/UDP h', 'SIP/2.0/UDP h:99999']) expect(parseVia(bad)).toBeUndefined();
});

test('CSeq: 31 bits and a method', () => {
  expect(parseCSeq('2147483647\tINVITE')).toEqual({ sequence: 2147483647, method: 'INVITE' });
  for (const bad of ['2147483648 INVITE', 'x INVITE', '1', '-1 BYE', '1 B@D', undefined])
    expect(parseCSeq(bad)).toBeUndefined();
});

test('no field parser throws', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[<>";:@\\,=a-z [\]?0-9]{0,40}$/));
  fc.assert(
    fc.property(text, (input) => {
      parseUri(`sip:${input}`);
      parseNameAddr(input);
      parseNameAddrs(input);
      parseVia(`SIP/2.0/UDP ${input}`);
      parseParams(input);
      withTag(input, 'x');
    }),
  );
});

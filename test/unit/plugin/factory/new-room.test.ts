import { newRoomUri } from '../../../../plugin/factory/new-room.js';
import { roomUri } from '../../../../plugin/sip/room-uri.js';

const inDomain = (domain: string, domains: readonly string[] | (() => null)): string => {
  const factory = roomUri('new', domain);
  if (!factory) throw new Error('no factory');
  return newRoomUri(factory, domains).uri;
};

test('FAC-14: 96 random bits, in the domain of the factory', () => {
  const uris = Array.from({ length: 100 }, () => inDomain('conf.example.com', ['conf.example.com']));
  expect(new Set(uris).size).toBe(100);
  for (const uri of uris) expect(uri).toMatch(/^sip:gc-[0-9a-f]{24}@conf\.example\.com$/);
});

test.each([
  ['127.0.0.1', ['127.0.0.1', 'conf.example.com'], 'conf.example.com'],
  ['[2001:db8::1]', ['[2001:db8::1]', 'localhost'], 'localhost'],
  ['127.0.0.1', ['127.0.0.1'], '127.0.0.1'],
  ['127.0.0.1', () => null, '127.0.0.1'],
])('FAC-14: never an address where there is a name: %s', (domain, domains, expected) => {
  expect(inDomain(domain, domains).endsWith(`@${expected}`)).toBe(true);
});

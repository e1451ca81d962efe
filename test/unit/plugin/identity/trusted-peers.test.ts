import { TrustedPeers } from '../../../../plugin/identity/trusted-peers.js';

const peers = new TrustedPeers(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120', '[fd00::1]']);

test.each([
  '10.1.2.3',
  '::ffff:10.1.2.3',
  '192.0.2.7',
  '2001:db8:1::5',
  '[2001:db8:1::5]',
  '198.51.100.9',
  '::FFFF:198.51.100.9',
  'fd00::1',
  'fd00::1%eth0',
])('IDN-01: %s is trusted', (address) => {
  expect(peers.has(address)).toBe(true);
});

test.each(['11.0.0.1', '192.0.2.8', '2001:db9::1', '198.51.101.1', '::1', 'localhost', '', '10.0.0.1.example'])(
  'IDN-01: %j is not',
  (address) => {
    expect(peers.has(address)).toBe(false);
  },
);

test('IDN-01: everybody, where that was said', () => {
  expect(new TrustedPeers(['0.0.0.0/0']).has('203.0.113.1')).toBe(true);
  expect(new TrustedPeers([]).has('127.0.0.1')).toBe(false);
});

test.each([
  '',
  'proxy.example.com',
  '10.0.0.0/33',
  '10.0.0/8',
  '::/129',
  '::ffff:10.0.0.0/8',
  '10.0.0.0/-1',
  '10.0.0.0/',
])('no address block: %j', (block) => {
  expect(() => new TrustedPeers([block])).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION' }));
});

import { ConnectPolicy, type ConnectRules } from '../../../lib/transport/connect-policy.js';

/** That of a server whose own paths name these hosts. */
function policy(hosts: readonly string[], rules?: ConnectRules): ConnectPolicy {
  const made = new ConnectPolicy(rules);
  made.listening(hosts);
  return made;
}

const PUBLIC = ['203.0.113.7', '8.8.8.8', '2a00:1450::1', '64:ff9b::203.0.113.7', '::ffff:203.0.113.7'];

/** One of each network that is nobody else's business. */
const PRIVATE = [
  '127.0.0.1',
  '127.255.1.2',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.1.1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12::1',
];

const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  'ff02::1',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  'fd00:ec2::254',
];

/** IPv4 in the guise of IPv6, and what is no network of peers. */
const SPECIAL = [
  '::127.0.0.1',
  '::10.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::1',
  '2002:7f00:1::1',
  '2001:0:1::1',
  'fec0::1',
  '198.18.0.1',
];

describe('4975-14.5-01: a server in the public network', () => {
  const server = policy(['203.0.113.1']);
  test.each(PUBLIC)('connects to %s', (address) => expect(server.permits(address)).toBe(true));
  test.each([...PRIVATE, ...NEVER, ...SPECIAL])('not to %s', (address) => expect(server.permits(address)).toBe(false));
  test.each(['', 'localhost', '127.1', '0x7f.1', '2130706433'])('not to %j, which is no address', (text) => {
    expect(server.permits(text)).toBe(false);
  });
});

test('one in a private network connects there, and to the public one', () => {
  const server = policy(['10.0.0.7', '10.0.0.8']);
  expect(['10.255.0.1', '::ffff:10.1.1.1', '203.0.113.7'].filter((address) => !server.permits(address))).toEqual([]);
  expect(['127.0.0.1', '192.168.0.1', '172.16.0.1', 'fd00::1'].filter((address) => server.permits(address))).toEqual(
    [],
  );
});

test.each([['127.0.0.1'], ['localhost'], ['::1']])('one at %s connects to this machine', (host) => {
  const server = policy([host]);
  expect(server.permits('127.0.0.1')).toBe(true);
  expect(server.permits('::1')).toBe(true);
  expect(server.permits('10.0.0.1')).toBe(false);
});

test('whoever reaches it from another machine does not reach this one through it', () => {
  const server = policy(['127.0.0.1', '192.168.1.2']);
  expect(server.permits('127.0.0.1')).toBe(false);
  expect(server.permits('192.168.1.3')).toBe(true);
});

test.each([[['10.0.0.7', '203.0.113.1']], [['127.0.0.1', 'chat.example.com']], [['chat.example.com']]])(
  'strangers come to %j, so no private network is open to them',
  (hosts) => {
    const server = policy(hosts);
    expect(PRIVATE.filter((address) => server.permits(address))).toEqual([]);
  },
);

test('a link-local listener does not make the metadata of the cloud reachable', () => {
  const server = policy(['169.254.3.4']);
  expect(server.permits('169.254.3.5')).toBe(true);
  expect(NEVER.filter((address) => server.permits(address))).toEqual([]);
});

test('what is allowed is, what is denied is not, and some addresses never are', () => {
  const server = policy(['203.0.113.1'], {
    allow: ['10.0.0.0/8', '0.0.0.0/0', '::/0'],
    deny: ['10.9.0.0/16', '198.51.100.0/24'],
  });
  expect(server.permits('10.1.0.1')).toBe(true);
  expect(server.permits('10.9.0.1')).toBe(false);
  expect(server.permits('::ffff:10.9.0.1')).toBe(false);
  expect(server.permits('198.51.100.3')).toBe(false);
  expect(NEVER.filter((address) => server.permits(address))).toEqual([]);
  expect(policy(['10.0.0.1'], { deny: ['10.0.0.0/8'] }).permits('10.0.0.2')).toBe(false);
});

test.each(['allow', 'deny'])('no address block in %s', (list) => {
  const make = (): unknown => new ConnectPolicy({ [list]: ['10.0.0.0/33'] });
  expect(make).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION', message: expect.stringContaining(list) }));
});

import { readOptions } from '../../../../../plugin/cli/chat/options.js';
import { UsageError } from '../../../../../plugin/config/problems.js';
import { fileWith, removeFiles } from '../../../../support/certificates.js';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../support/test-certificate.js';

describe('options of the chat command', () => {
  test('defaults follow from room and nickname', () => {
    expect(readOptions(['sip:lobby@localhost', '--nick', 'alice'])).toEqual({
      room: 'sip:lobby@localhost',
      nick: 'alice',
      from: 'sip:alice@localhost',
      anonymous: false,
      proxy: { host: 'localhost', port: 5060 },
      transport: 'udp',
      secure: false,
      steps: [],
      timeout: 10_000,
      color: true,
      logLevel: 'silent',
    });
  });

  test('the address may lack its scheme, carry a port, or be IPv6', () => {
    expect(readOptions(['lobby@chat.example.com:5070'])).toMatchObject({
      room: 'sip:lobby@chat.example.com:5070',
      proxy: { host: 'chat.example.com', port: 5070 },
      from: expect.stringMatching(/^sip:.+@chat\.example\.com$/),
    });
    expect(readOptions(['sip:lobby@[::1]', '--nick', 'a'])).toMatchObject({
      proxy: { host: '::1', port: 5060 },
      from: 'sip:a@[::1]',
    });
  });

  test('everything can be said', () => {
    const argv =
      '--from sip:al@example.com --anonymous --proxy 127.0.0.1:5070 --transport tcp --timeout 2.5 --no-color --log-level debug';
    expect(readOptions(['sip:lobby@localhost', ...argv.split(' ')])).toMatchObject({
      from: 'sip:al@example.com',
      anonymous: true,
      proxy: { host: '127.0.0.1', port: 5070 },
      transport: 'tcp',
      timeout: 2500,
      color: false,
      logLevel: 'debug',
    });
    expect(readOptions(['r@h', '--proxy', '[::1]:5070'])).toMatchObject({ proxy: { host: '::1', port: 5070 } });
    expect(readOptions(['r@h', '--proxy', 'edge'])).toMatchObject({ proxy: { host: 'edge', port: 5060 } });
    for (const secure of [['r@h', '--transport', 'tls'], ['sips:r@h']]) {
      expect(readOptions(secure)).toMatchObject({ transport: 'tls', proxy: { host: 'h', port: 5061 } });
      expect(readOptions([...secure, '--proxy', 'edge'])).toMatchObject({ proxy: { host: 'edge', port: 5061 } });
    }
  });

  test('a nickname that cannot stand in an address is escaped there', () => {
    expect(readOptions(['r@h', '--nick', 'Ana B.'])).toMatchObject({ nick: 'Ana B.', from: 'sip:Ana%20B.@h' });
  });

  test('say and expect keep their order', () => {
    expect(readOptions(['r@h', '--say', 'one', '--expect', 'two', '--say=three'])).toMatchObject({
      steps: [
        { kind: 'say', text: 'one' },
        { kind: 'expect', text: 'two' },
        { kind: 'say', text: 'three' },
      ],
    });
  });

  test('help wins', () => {
    expect(readOptions(['--help'])).toBe('help');
  });

  test.each([
    [[], /which room/],
    [['lobby'], /"lobby" is not the address of a room/],
    [['sip:localhost'], /not the address/],
    [['r@h', 'x@h'], /one room too many/],
    [['r@h', '--proxy', 'a:b:c'], /HOST:PORT/],
    [['r@h', '--proxy', 'a:99999'], /valid port/],
    [['r@h', '--transport', 'sctp'], /use udp, tcp, tls/],
    [['sips:r@h', '--transport', 'tcp'], /"sips:r@h" is reached over TLS alone; leave --transport out/],
    [['r@h', '--timeout', 'soon'], /number of seconds/],
    [['r@h', '--from', 'alice'], /not a SIP address/],
    [['r@h', '--nik', 'a'], /--nik/],
    [['r@h', '--nick'], /--nick/],
  ])('%j is a usage error', (argv, message) => {
    expect(() => readOptions(argv)).toThrow(UsageError);
    expect(() => readOptions(argv)).toThrow(message);
  });
});

describe('--ca', () => {
  afterAll(removeFiles);

  test('the text of the file, whatever else it says', async () => {
    const bundle = `Ours\r\n${TEST_CERTIFICATE}\r\nand another\n${TEST_CERTIFICATE}`;
    expect(readOptions(['r@h', '--ca', await fileWith(bundle)])).toMatchObject({ ca: bundle });
  });

  test.each([
    ['a key', TEST_KEY],
    ['nothing', ''],
    ['half of a certificate', TEST_CERTIFICATE.slice(0, 300)],
    ['a certificate and what is none', `${TEST_CERTIFICATE}\n${TEST_CERTIFICATE.replace('MIIB', 'MIIC')}`],
  ])('%s in it is a usage error that names the file', async (_what, text) => {
    const file = await fileWith(text);
    expect(() => readOptions(['r@h', '--ca', file])).toThrow(UsageError);
    expect(() => readOptions(['r@h', '--ca', file])).toThrow(`--ca ${file} holds no certificates in PEM`);
  });

  test('so is a file that is not there', () => {
    expect(() => readOptions(['r@h', '--ca', 'none.pem'])).toThrow(UsageError);
    expect(() => readOptions(['r@h', '--ca', 'none.pem'])).toThrow('--ca none.pem cannot be read (ENOENT)');
  });
});

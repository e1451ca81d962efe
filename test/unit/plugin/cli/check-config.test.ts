import { chmod } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { parse } from 'yaml';
import { runCheckConfig } from '../../../../plugin/cli/check-config.js';
import { schemaText } from '../../../../plugin/config/json-schema.js';
import { loadConfig } from '../../../../plugin/config/load.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';

afterEach(removeFiles);

function check(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = runCheckConfig(argv, { stdout, stderr, env });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

test('a good one: one line, 0', async () => {
  const file = await fileWith('workers: 2', 'chatrooms.yaml');
  expect(check([file])).toEqual({ code: 0, stdout: `${file} is good\n`, stderr: '' });
  expect(check(['--config', file])).toEqual({ code: 0, stdout: `${file} is good\n`, stderr: '' });
  expect(check([], { CHATROOM_CONFIG: file })).toEqual({ code: 0, stdout: `${file} is good\n`, stderr: '' });
  expect(check(['--workers', '2'])).toEqual({ code: 0, stdout: 'The configuration is good\n', stderr: '' });
});

test('every error on a line of its own, 2', async () => {
  const file = await fileWith('workers: some\nlogg: {}\n', 'chatrooms.yaml');
  expect(check([file, '--sip', 'here', '--nonsense'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'unknown flag --nonsense; drachtio-chatroom check-config --help lists the flags\n' +
      '--sip: "here" is not HOST:PORT\n' +
      `Option workers (${file}:1:1): "some" is no number from 1 to 64, nor auto\n` +
      `There is no option "logg" (${file}:2:1); did you mean "log"?\n`,
  });
});

test('--format json: the same for programs', async () => {
  const file = await fileWith('logg: {}\n', 'chatrooms.yaml');
  const { code, stdout, stderr } = check([file, '--format', 'json', '--sip', 'here'], { CHATROOM_HTTP: 'x' });
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    good: false,
    errors: [
      { message: '--sip: "here" is not HOST:PORT', option: 'sip.listen', flag: '--sip' },
      { message: 'CHATROOM_HTTP: "x" is not HOST:PORT', option: 'http.listen', variable: 'CHATROOM_HTTP' },
      expect.objectContaining({ option: 'logg', file, line: 1, column: 1 }),
    ],
    warnings: [],
  });
  const good = check(['--format=json']);
  expect({ ...good, stdout: JSON.parse(good.stdout) as unknown }).toEqual({
    code: 0,
    stdout: { good: true, errors: [], warnings: [] },
    stderr: '',
  });
  expect(check(['--format', 'xml'])).toMatchObject({ code: 2, stderr: '--format xml is not known; use json, text\n' });
});

test('--print: what holds, which is a configuration again, without secrets', async () => {
  const secret = await fileWith('hunter2');
  await chmod(secret, 0o600);
  const file = await fileWith(
    `msrp: {ws: {listen: 0.0.0.0:1}}\nauth: open\nhttp: {tokenFile: ${secret}}\nrooms: {static: {a: {persistent: true, aliases: ['8000']}}}`,
  );
  const { code, stdout } = check([file, '--print', '--workers', '2']);
  expect(code).toBe(0);
  expect(stdout).not.toContain('hunter2');
  expect(parse(stdout)).toMatchObject({
    workers: 2,
    msrp: { ws: false, wss: { listen: '0.0.0.0:1' }, tls: { listen: '127.0.0.1:2856' } },
    http: { token: '********' },
    rooms: { static: { a: { deletion: 'never', aliases: ['8000'] } } },
  });
  const again = loadConfig({ argv: ['--config', await fileWith(stdout)], env: {} }).config;
  const before = loadConfig({ argv: ['--config', file, '--workers', '2'], env: {} }).config;
  expect(again).toEqual({ ...before, http: { ...before.http, token: '********' } });
});

const webhookAt = (scheme: string): string =>
  `webhooks: [{url: '${scheme}://user:hunter2@example.com/x?token=hunter3', secret: s}]`;

test('the URL of a webhook is shown without password and token', async () => {
  const { code, stdout } = check([await fileWith(webhookAt('https')), '--print']);
  expect(code).toBe(0);
  expect(parse(stdout)).toMatchObject({ webhooks: [{ url: 'https://***@example.com/x?token=***' }] });
  const wrong = check([await fileWith(webhookAt('gopher'))]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('webhooks.0.url') });
  expect(stdout + wrong.stderr).not.toMatch(/hunter[23]/);
});

test('a warning is told, and not an error', async () => {
  const secret = await fileWith('hunter2');
  await chmod(secret, 0o644);
  const { code, stdout } = check(['--http-token-file', secret]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^# \S+ \(--http-token-file\) can be read by everybody; chmod o-r it\nThe configuration is good\n$/,
  );
  const file = await fileWith(`http: {tokenFile: ${secret}}`, 'chatrooms.yaml');
  const json = check([file, '--format', 'json']);
  expect({ ...json, stdout: JSON.parse(json.stdout) as unknown }).toEqual({
    code: 0,
    stdout: {
      good: true,
      file,
      errors: [],
      warnings: [expect.stringContaining(`${secret} (http.tokenFile (${file}:1:8))`)],
    },
    stderr: '',
  });
});

test('--schema and --help', () => {
  expect(check(['--schema'])).toEqual({ code: 0, stdout: schemaText(), stderr: '' });
  expect(check(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--msrp HOST:PORT') });
});

import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { stringify } from 'yaml';
import { FLAG_NAMES, type FlagName, FLAGS, variableOf } from '../../../../plugin/config/flags.js';
import { loadConfig } from '../../../../plugin/config/load.js';
import { withValue } from '../../../../plugin/config/tree.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';

afterEach(removeFiles);

/** Each flag with a text, and with the same as a file has it. Those of one row go together. */
const ROWS: readonly (readonly [FlagName, string | readonly string[], readonly [string, unknown][]])[] = [
  ['domain', ['a.example', 'b.example'], [['domain', ['a.example', 'b.example']]]],
  ['sip', '127.0.0.1:1', [['sip.listen', '127.0.0.1:1']]],
  ['sip-tls', '127.0.0.1:5061', [['sip.tls', '127.0.0.1:5061']]],
  ['sip-ws', 'off', [['sip.ws', false]]],
  [
    'drachtio',
    'h:1',
    [
      ['drachtio.host', 'h'],
      ['drachtio.port', 1],
    ],
  ],
  ['secret', 's', [['drachtio.secret', 's']]],
  ['msrp', '[::1]:3', [['msrp.listen', '[::1]:3']]],
  ['msrps', '127.0.0.1:4', [['msrp.tls.listen', '127.0.0.1:4']]],
  [
    'tls-cert',
    '/c',
    [
      ['msrp.tls.cert', '/c'],
      ['msrp.tls.key', '/k'],
    ],
  ],
  [
    'msrp-ws',
    '0.0.0.0:5',
    [
      ['msrp.ws.listen', '0.0.0.0:5'],
      ['auth', 'open'],
    ],
  ],
  ['advertise', '192.0.2.1', [['msrp.advertise', '192.0.2.1']]],
  ['advertise-ws', 'x.example:443', [['msrp.ws.advertise', 'x.example:443']]],
  ['workers', 'auto', [['workers', 'auto']]],
  ['worker-port-step', '20', [['workerPortStep', 20]]],
  ['http', 'off', [['http.listen', false]]],
  ['http-token', 't', [['http.token', 't']]],
  ['trusted-peer', ['10.0.0.0/8', '::1'], [['trustedPeers', ['10.0.0.0/8', '::1']]]],
  ['credentials', 'sqlite:users', [['digest.sql.url', 'sqlite:users']]],
  ['realm', 'r', [['digest.realm', 'r']]],
  ['profile', 'rcs', [['profile', 'rcs']]],
  ['outbound-proxy', 'sip:p', [['outboundProxy', 'sip:p']]],
  ['factory', 'new', [['factory', 'new']]],
  ['registrations', 'off', [['registrations', false]]],
  ['data', '/d', [['data', '/d']]],
  ['connect-allow', ['10.1.0.0/16'], [['msrp.connect.allow', ['10.1.0.0/16']]]],
  ['connect-deny', ['10.2.0.0/16'], [['msrp.connect.deny', ['10.2.0.0/16']]]],
  ['rtpengine', 'r:22222', [['audio.rtpengine', 'r:22222']]],
  [
    'limit',
    ['maxRooms=3', 'joinsPerSecond=off', 'nicknameChangesPerMinute=4', 'invitations.perMinute=5'],
    [
      ['limits.maxRooms', 3],
      ['limits.joinsPerSecond', false],
      ['rooms.defaults.nicknameChangesPerMinute', 4],
      ['invitations.perMinute', 5],
    ],
  ],
  ['log-level', 'warn', [['log.level', 'warn']]],
  ['log-format', 'json', [['log.format', 'json']]],
  ['log-bodies', 'true', [['log.bodies', true]]],
  ['max-memory', '1G', [['limits.maxMemory', 1_073_741_824]]],
  ['drain-timeout', '2.5', [['drainTimeout', 2.5]]],
];

/** What a row needs beside its flag. */
const BESIDE: Partial<Record<FlagName, readonly [FlagName, string]>> = {
  'tls-cert': ['tls-key', '/k'],
  'msrp-ws': ['auth', 'open'],
};

type Source = 'file' | 'environment' | 'flag' | 'nobody';

/** The configuration in which each row comes from where `from` says. */
async function configured(from: readonly Source[]) {
  const argv: string[] = [];
  const env: NodeJS.ProcessEnv = {};
  let tree: unknown = {};
  for (const [index, [name, text, inFile]] of ROWS.entries()) {
    const texts: [FlagName, readonly string[]][] = [[name, [text].flat()]];
    const beside = BESIDE[name];
    if (beside) texts.push([beside[0], [beside[1]]]);
    if (from[index] === 'file') for (const [key, value] of inFile) tree = withValue(tree, key.split('.'), value);
    for (const [flag, values] of texts) {
      if (from[index] === 'environment') env[variableOf(flag)] = values.join(', ');
      if (from[index] !== 'flag') continue;
      if (FLAGS[flag].variableOnly) env[variableOf(flag)] = values[0];
      else if (FLAGS[flag].alone) argv.push(`--${flag}`);
      else argv.push(...values.flatMap((value) => [`--${flag}`, value]));
    }
  }
  const file = await fileWith(stringify(tree), 'chatrooms.yaml');
  return loadConfig({ argv: ['--config', file, ...argv], env }).config;
}

test('every flag is tried', () => {
  const tried = new Set(ROWS.flatMap(([name]) => [name, ...(BESIDE[name] ? [BESIDE[name][0]] : [])]));
  expect(FLAG_NAMES.filter((name) => !tried.has(name))).toEqual(['http-token-file']);
});

test('PBX-01: it is all one whether file, environment or flag says it', async () => {
  const source = constantFrom<Source>('file', 'environment', 'flag', 'nobody');
  const sources = array(source, { minLength: ROWS.length, maxLength: ROWS.length });
  await assert(
    asyncProperty(sources, async (from) => {
      const byFile = from.map((each): Source => (each === 'nobody' ? 'nobody' : 'file'));
      expect(await configured(from)).toEqual(await configured(byFile));
    }),
    { numRuns: 40 },
  );
});

test('flags win over the environment, that over the file', async () => {
  const weaker = await fileWith(stringify({ log: { level: 'fatal', format: 'json' }, workers: 2, drainTimeout: 1 }));
  const env = { CHATROOM_WORKERS: '3', CHATROOM_LOG_LEVEL: 'debug' };
  const { config } = loadConfig({ argv: ['--config', weaker, '--log-level', 'warn'], env });
  expect(config).toMatchObject({
    log: { level: 'warn', format: 'json' },
    chatrooms: { workers: 3 },
    drainTimeout: 1000,
  });
});

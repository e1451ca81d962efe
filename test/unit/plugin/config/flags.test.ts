import { loadConfig } from '../../../../plugin/config/load.js';
import { ConfigError, UsageError } from '../../../../plugin/config/problems.js';
import type { Config } from '../../../../plugin/config/config.js';

const load = (argv: string[], env: NodeJS.ProcessEnv = {}): Config => loadConfig({ argv, env }).config;

test('flags win over the environment, that over the defaults', () => {
  const env = { CHATROOM_SIP: '127.0.0.1:1', CHATROOM_MSRP: '127.0.0.1:2', CHATROOM_DOMAIN: 'a.example b.example' };
  expect(load(['--sip', '127.0.0.1:3'], env)).toMatchObject({
    chatrooms: {
      domain: ['a.example', 'b.example'],
      msrp: { listen: '127.0.0.1:2', tls: { listen: '127.0.0.1:2856' } },
      workers: 1,
      workerPortStep: 10,
    },
    sip: { listen: { host: '127.0.0.1', port: 3 } },
    http: { listen: { host: '127.0.0.1', port: 8080 } },
    drachtio: undefined,
    drainTimeout: 5000,
  });
});

test.each([
  ['268435456', 256],
  ['262144K', 256],
  ['512M', 512],
  ['512m', 512],
  ['2G', 2048],
  ['2g', 2048],
])('--max-memory %s: %d MiB', (size, mebibytes) => {
  expect(load(['--max-memory', size]).chatrooms.limits?.maxMemory).toBe(mebibytes * 1024 * 1024);
});

test.each([
  [['--sip', '127.0.0.1:7', '--http', '127.0.0.2:7']],
  [['--sip', '[::1]:7', '--http', '0.0.0.0:7', '--auth', 'open']],
  [['--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', '127.0.0.1:0']],
  [['--sip', '127.0.0.1:8080', '--http', 'off']],
  [['--drachtio', '127.0.0.1:9022', '--sip', '127.0.0.1:8080']],
])('%j: each listens where no other does', (argv) => {
  expect(() => load(argv)).not.toThrow();
});

test('workers: so many, or one a core', () => {
  expect(load(['--workers', '4'])).toMatchObject({ chatrooms: { workers: 4 } });
  const env = { CHATROOM_WORKERS: 'auto', CHATROOM_WORKER_PORT_STEP: '100' };
  expect(load([], env)).toMatchObject({ chatrooms: { workers: 'auto', workerPortStep: 100 } });
});

test('DRACHTIO_HOST selects a server; --drachtio and CHATROOM_SECRET win over it', () => {
  const env = { DRACHTIO_HOST: '127.0.0.1', DRACHTIO_SECRET: 's' };
  expect(load([], env).drachtio).toEqual({ host: '127.0.0.1', port: 9022, secret: 's' });
  expect(load([], { ...env, DRACHTIO_PORT: '9' }).drachtio).toEqual({ host: '127.0.0.1', port: 9, secret: 's' });
  const stronger = load(['--drachtio', 'other:1'], { ...env, CHATROOM_SECRET: 't' });
  expect(stronger.drachtio).toEqual({ host: 'other', port: 1, secret: 't' });
  expect(load([], { DRACHTIO_SECRET: 's', DRACHTIO_PORT: '9' }).drachtio).toBeUndefined();
  expect(load(['--drachtio', 'here:9022']).drachtio?.secret).toBe('cymru');
});

test.each([
  [
    ['--msrpz', '127.0.0.1:1'],
    /^unknown flag --msrpz; did you mean --msrp\? drachtio-chatroom serve --help lists the flags$/,
  ],
  [['--nonsense', '127.0.0.1:1'], /^unknown flag --nonsense; drachtio-chatroom serve --help lists the flags$/],
  [['--msrps', 'here'], /^--msrps: "here" is not HOST:PORT$/],
  [['--msrps', '0.0.0.0:2856'], /^others .* at 0\.0\.0\.0:2856, --msrps; say --auth open/],
  [['--msrp', '127.0.0.1:2856'], /^--msrp has port 2856, as has --msrps by default; choose another$/],
  [['--sip', '127.0.0.1:7', '--http', '127.0.0.1:7'], /^--sip has port 7, as has --http; choose another$/],
  [['--sip', '127.0.0.2:7', '--msrp', '0.0.0.0:7', '--auth', 'open'], /^--sip has port 7, as has --msrp; /],
  [['--sip', '127.0.0.2:7', '--http', '[::]:7', '--auth', 'open'], /^--sip has port 7, as has --http; /],
  [['--tls-cert', 'a.pem'], /^--tls-cert and --tls-key belong together; give both or neither$/],
  [['--msrp-ws', 'here'], /^--msrp-ws: "here" is not HOST:PORT$/],
  [['--msrp-ws', '0.0.0.0:443'], /at 0\.0\.0\.0:443, --msrp-ws; say --auth open/],
  [['--msrp-ws', '0.0.0.0:443', '--msrps', 'off'], /^--msrp-ws shows the certificate of --msrps, which is off/],
  [['--msrp-ws', '127.0.0.1:1', '--advertise-ws', 'x'], /^--advertise-ws: "x" is not HOST:PORT$/],
  [['extra'], /^Unexpected argument 'extra'; /],
  [['--sip'], /^--sip: a value is missing/],
  [['--sip', '--msrp', '127.0.0.1:1'], /^--sip: a value is missing/],
  [['--log-bodies=yes'], /^--log-bodies: a value is missing, or there is one too many$/],
  [['--sip', 'here'], /^--sip: "here" is not HOST:PORT$/],
  [['--drachtio', 'here'], /^--drachtio: "here" is not HOST:PORT$/],
  [['--domain', 'a b'], /^--domain "a b" is no host name$/],
  [['--domain', 'a', '--domain', 'b/c'], /^--domain b\/c is no host name$/],
  [['--log-level', 'loud'], /^--log-level loud: no such level; use fatal, /],
  [['--drain-timeout', '-1'], /--drain-timeout/],
  [['--drain-timeout=-1'], /^--drain-timeout -1: has to be at least 0$/],
  [['--drain-timeout', '9999'], /^--drain-timeout 9999: has to be at most 3600$/],
  [['--realm', ''], /^--realm "": must not be empty$/],
  [['--drain-timeout', 'long'], /^--drain-timeout long: has to be a number$/],
  [['--workers', '0'], /^--workers 0: /],
  [['--workers', 'many'], /^--workers many: is no number from 1 to 64, nor auto$/],
  [['--max-memory', 'much'], /^--max-memory much: is no size; write it like 512M or 2G$/],
  [['--max-memory', '191M'], /^--max-memory 191M is too little; the program needs 192M$/],
  [
    ['--max-memory', '200M', '--workers', '2'],
    /^--max-memory 200M is too little; with its workers the program needs 224M$/,
  ],
  [['--worker-port-step', '0'], /^--worker-port-step 0: /],
  [['--auth', 'maybe'], /^--auth maybe is not known; use open, trusted-proxy, digest$/],
  [['--auth', 'trusted-prox'], /; use open, trusted-proxy, digest; did you mean "trusted-proxy"\?$/],
  [['--auth', 'digest'], /^--auth digest needs --credentials, the file or database of the users$/],
  [['--auth', 'trusted-proxy'], /^--auth trusted-proxy needs --trusted-peer, the address of the proxy$/],
  [['--auth', 'trusted-proxy', '--trusted-peer', '10.0.0.0/33'], /^--trusted-peer 10.0.0.0\/33 is no address block/],
  [['--connect-allow', 'inside.example'], /^--connect-allow inside.example is no address block/],
  [['--connect-deny', '10.0.0.0/33'], /^--connect-deny 10.0.0.0\/33 is no address block/],
  [['--profile', 'volte'], /^--profile volte is not known; use rcs$/],
  [['--registrations', 'all'], /^--registrations all is not known; use third-party, /],
  [['--outbound-proxy', 'proxy'], /^--outbound-proxy proxy is no SIP URI/],
  [['--rtpengine', 'here'], /^--rtpengine here is not HOST:PORT$/],
  [['--sip', '0.0.0.0:5060'], /--auth open/],
  [['--sip-ws', '0.0.0.0:80'], /at 0\.0\.0\.0:80, --sip-ws; say --auth open/],
  [['--http', '0.0.0.0:8080'], /at 0\.0\.0\.0:8080, --http; say --auth open/],
  [['--msrp', '[::]:2855'], /--auth open/],
  [['--factory', 'sip:new@elsewhere'], /^Option factory: sip:new@elsewhere is in no domain of option domain$/],
])('%j', (argv, message) => {
  expect(() => load(argv)).toThrow(UsageError);
  expect(() => load(argv)).toThrow(message);
});

test('a wrong variable is told by its name', () => {
  expect(() => load([], { CHATROOM_MSRP: 'here' })).toThrow(/^CHATROOM_MSRP: "here" is not HOST:PORT$/);
  expect(() => load([], { CHATROOM_AUTH: 'digest' })).toThrow(/^CHATROOM_AUTH digest needs CHATROOM_CREDENTIALS, /);
  expect(() => load([], { CHATROOM_TLS_KEY: 'k' })).toThrow(/^CHATROOM_TLS_CERT and CHATROOM_TLS_KEY belong together/);
  expect(() => load([], { CHATROOM_MSPR: '127.0.0.1:1' })).toThrow(
    /^there is no variable CHATROOM_MSPR; did you mean CHATROOM_MSRP\?$/,
  );
  expect(() => load([], { CHATROOM_LOG_BODIES: 'maybe' })).toThrow(/^CHATROOM_LOG_BODIES maybe is not known/);
  expect(() => load([], { DRACHTIO_HOST: 'h', DRACHTIO_PORT: 'p' })).toThrow(/^DRACHTIO_PORT p: has to be a number$/);
});

test('what chat reads, and what Kubernetes and Docker set beside a service of that name, is left alone', () => {
  const env = {
    CHATROOM_PASSWORD: 'secret',
    CHATROOM_URL: 'http://127.0.0.1:8080',
    CHATROOM_SERVICE_HOST: '10.0.0.1',
    CHATROOM_SERVICE_PORT_HTTP: '8080',
    CHATROOM_PORT: 'tcp://10.0.0.1:8080',
    CHATROOM_PORT_8080_TCP_ADDR: '10.0.0.1',
    CHATROOM_WEB_PORT_5060_UDP: 'udp://10.0.0.1:5060',
    CHATROOM_WEB_PORT_5060_SCTP_PROTO: 'sctp',
    CHATROOM_WEB_SERVICE_PORT: '5060',
    CHATROOM_SIP: '',
  };
  expect(load([], env)).toEqual(load([]));
  expect(() => load([], { CHATROOM_PORT: '5060' })).toThrow('there is no variable CHATROOM_PORT');
});

const wrong = () => load(['--sip', 'here', '--nonsense'], { CHATROOM_HTTP: 'there', CHATROOM_X: '1' });

test('everything that is wrong is found at once', () => {
  expect(wrong).toThrow(ConfigError);
  try {
    wrong();
  } catch (error) {
    expect((error as ConfigError).problems.map(({ message }) => message)).toEqual([
      'unknown flag --nonsense; drachtio-chatroom serve --help lists the flags',
      'there is no variable CHATROOM_X; drachtio-chatroom serve --help lists the flags',
      '--sip: "here" is not HOST:PORT',
      'CHATROOM_HTTP: "there" is not HOST:PORT',
    ]);
  }
});

test('no secret is shown', () => {
  expect(() =>
    load([], { CHATROOM_CREDENTIALS: 'postgres://u:hunter2@h/db', CHATROOM_SECRET: 'hunter2' }),
  ).not.toThrow();
  const env = { CHATROOM_CREDENTIALS: 'postgres://u:hunter2@h/db', CHATROOM_HTTP: 'x' };
  expect(() => load(['--tls-key', 'k'], env)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  );
});

test.each([
  [['--msrp-ws', '127.0.0.1:2857'], { ws: { listen: '127.0.0.1:2857' }, wss: false }],
  [['--msrp-ws', '0.0.0.0:443', '--auth', 'open'], { ws: false, wss: { listen: '0.0.0.0:443' } }],
  [
    ['--msrp-ws', '0.0.0.0:80', '--advertise-ws', 'chat.example.com:443', '--auth', 'open'],
    { ws: { listen: '0.0.0.0:80', advertise: 'chat.example.com:443' }, wss: false },
  ],
  [[], { ws: false, wss: false }],
  [['--msrp-ws', 'off', '--advertise-ws', 'chat.example.com:443'], { ws: false, wss: false }],
])('7977-5.1-02: %j speaks TLS where others could listen in', (argv, msrp) => {
  expect(load(argv).chatrooms).toMatchObject({ msrp });
});

test('4975-14.5-01: where MSRP connections are opened to', () => {
  expect(load([]).chatrooms).toMatchObject({ msrp: { connect: { allow: [], deny: [] } } });
  const flags = ['--connect-allow', '10.0.0.0/8', '--connect-allow', 'fd00::/8', '--connect-deny', '10.9.0.0/16'];
  const connect = { allow: ['10.0.0.0/8', 'fd00::/8'], deny: ['10.9.0.0/16'] };
  expect(load(flags).chatrooms).toMatchObject({ msrp: { connect } });
  const env = { CHATROOM_CONNECT_ALLOW: '10.0.0.0/8, fd00::/8', CHATROOM_CONNECT_DENY: '10.9.0.0/16' };
  expect(load([], env).chatrooms).toMatchObject({ msrp: { connect } });
});

test('IDN-04: who is believed, and the network around', () => {
  expect(load([]).chatrooms).toMatchObject({ auth: 'open', trustedPeers: [], digest: {} });
  const proxy = ['--auth', 'trusted-proxy', '--trusted-peer', '10.0.0.0/8', '--trusted-peer', '::1'];
  expect(load([...proxy, '--sip', '0.0.0.0:5060']).chatrooms).toMatchObject({
    auth: 'trusted-proxy',
    trustedPeers: ['10.0.0.0/8', '::1'],
  });
  const env = {
    CHATROOM_AUTH: 'digest',
    CHATROOM_CREDENTIALS: 'postgres://h/db',
    CHATROOM_TRUSTED_PEER: '::1 10.0.0.1',
  };
  expect(load(['--realm', 'example.com'], env).chatrooms).toMatchObject({
    auth: 'digest',
    trustedPeers: ['::1', '10.0.0.1'],
    digest: { realm: 'example.com', sql: { url: 'postgres://h/db' } },
  });
  const rest = [
    '--profile',
    'rcs',
    '--outbound-proxy',
    'sip:p',
    '--factory',
    'new',
    '--data',
    'd',
    '--rtpengine',
    'r:1',
  ];
  expect(load([...rest, '--credentials', 'users']).chatrooms).toMatchObject({
    auth: 'open',
    trustedPeers: [],
    digest: { file: 'users' },
    profile: 'rcs',
    outboundProxy: 'sip:p',
    factory: ['new'],
    data: 'd',
    audio: { rtpengine: 'r:1' },
  });
  expect(load(['--registrations', 'off']).chatrooms).toMatchObject({ registrations: false });
});

test('D5: open to others only when that was said', () => {
  expect(load(['--sip', '0.0.0.0:5060', '--auth', 'open'])).toMatchObject({ sip: { listen: { host: '0.0.0.0' } } });
  expect(load(['--sip', '0.0.0.0:5060', '--drachtio', '10.0.0.1:9022']).drachtio).toBeDefined();
});

test.each([
  [[], '127.0.0.1:2856'],
  [['--msrp', '[::1]:3000'], '[::1]:2856'],
  [['--msrp', '127.0.0.2:0'], '127.0.0.2:0'],
  [['--msrp', '127.0.0.2:0', '--msrps', '127.0.0.3:7'], '127.0.0.3:7'],
])('%j: MSRP over TLS listens at %s', (argv, listen) => {
  expect(load(argv).chatrooms).toMatchObject({ msrp: { tls: { listen } } });
});

test('log and token', () => {
  expect(load([]).log).toEqual({ level: 'info', bodies: false });
  expect(load(['--log-bodies', '--log-format', 'json'], { CHATROOM_LOG_BODIES: 'off' }).log).toMatchObject({
    format: 'json',
    bodies: true,
  });
  expect(load([], { CHATROOM_LOG_BODIES: '1', CHATROOM_HTTP_TOKEN: 't' })).toMatchObject({
    log: { bodies: true },
    http: { token: 't' },
  });
  expect(() => load(['--http-token', 't'])).toThrow(/^unknown flag --http-token; did you mean --http-token-file\?/);
});

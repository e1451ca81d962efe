import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { ControlServer } from '../../../../lib/embedded-drachtio/control/control-server.js';
import { runServe } from '../../../../plugin/cli/serve.js';
import { readServeOptions, UsageError } from '../../../../plugin/cli/serve-options.js';
import { METHODS } from '../../../../plugin/server.js';
import { fileWith, removeFiles, testCertificate } from '../../../support/certificates.js';
import { RealServerQuirks } from '../../../support/real-server-quirks.js';

const ANYWHERE = ['--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', 'off', '--log-level', 'silent'];

const network = (argv: string[], env: NodeJS.ProcessEnv = {}) => {
  const options = readServeOptions(argv, env);
  return options === 'help' ? undefined : options.network;
};

const line = (stream: PassThrough): string => String(stream.read() ?? '');

function program(argv: string[], env: NodeJS.ProcessEnv = {}, reload?: EventTarget) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const exit = runServe(argv, { stdout, stderr, env, signal: stop.signal, reload });
  return { exit, stop, stdout, stderr, said: () => line(stdout), complained: () => line(stderr) };
}

describe('options', () => {
  test('flags win over the environment, that over the defaults', () => {
    const env = { CHATROOM_SIP: '127.0.0.1:1', CHATROOM_MSRP: '127.0.0.1:2', CHATROOM_DOMAIN: 'a.example b.example' };
    expect(readServeOptions(['--sip', '127.0.0.1:3'], env)).toMatchObject({
      domains: ['a.example', 'b.example'],
      sip: { host: '127.0.0.1', port: 3 },
      msrp: '127.0.0.1:2',
      msrps: { listen: '127.0.0.1:2856' },
      http: { host: '127.0.0.1', port: 8080 },
      drachtio: undefined,
      workers: 1,
      workerPortStep: 10,
      drainTimeout: 5000,
    });
  });

  test('workers: so many, or one a core', () => {
    expect(readServeOptions(['--workers', '4'], {})).toMatchObject({ workers: 4 });
    const env = { CHATROOM_WORKERS: 'auto', CHATROOM_WORKER_PORT_STEP: '100' };
    expect(readServeOptions([], env)).toMatchObject({ workers: 'auto', workerPortStep: 100 });
  });

  test('DRACHTIO_HOST selects a server', () => {
    const env = { DRACHTIO_HOST: '127.0.0.1', DRACHTIO_SECRET: 's' };
    expect(readServeOptions([], env)).toMatchObject({ drachtio: { host: '127.0.0.1', port: 9022, secret: 's' } });
  });

  test.each([
    [['--msrpz', '127.0.0.1:1'], /^unknown flag --msrpz; /],
    [['--msrps', 'here'], /^--msrps: "here" is not HOST:PORT$/],
    [['--msrps', '0.0.0.0:2856'], /--auth open/],
    [['--tls-cert', 'a.pem'], /^--tls-cert and --tls-key belong together/],
    [['--msrp-ws', 'here'], /^--msrp-ws: "here" is not HOST:PORT$/],
    [['--msrp-ws', '0.0.0.0:443'], /--auth open/],
    [['--msrp-ws', '0.0.0.0:443', '--msrps', 'off'], /^--msrp-ws shows the certificate of --msrps, which is off/],
    [['--msrp-ws', '127.0.0.1:1', '--advertise-ws', 'x'], /^--advertise-ws: "x" is not HOST:PORT$/],
    [['extra'], /^Unexpected argument 'extra'/],
    [['--sip'], /^--sip: a value is missing/],
    [['--sip', 'here'], /^--sip: "here" is not HOST:PORT$/],
    [['--domain', 'a b'], /^--domain "a b" is no host name$/],
    [['--log-level', 'loud'], /^--log-level loud: /],
    [['--drain-timeout', '-1'], /--drain-timeout/],
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
    [['--auth', 'digest'], /^--auth digest needs --credentials/],
    [['--auth', 'trusted-proxy'], /^--auth trusted-proxy needs --trusted-peer/],
    [['--auth', 'trusted-proxy', '--trusted-peer', '10.0.0.0/33'], /^--trusted-peer 10.0.0.0\/33 is no address block/],
    [['--connect-allow', 'inside.example'], /^--connect-allow inside.example is no address block/],
    [['--connect-deny', '10.0.0.0/33'], /^--connect-deny 10.0.0.0\/33 is no address block/],
    [['--profile', 'volte'], /^--profile volte is not known/],
    [['--outbound-proxy', 'proxy'], /^--outbound-proxy proxy is no SIP URI/],
    [['--rtpengine', 'here'], /^--rtpengine here is not HOST:PORT$/],
    [['--sip', '0.0.0.0:5060'], /--auth open/],
    [['--msrp', '[::]:2855'], /--auth open/],
  ])('%j', (argv, message) => {
    expect(() => readServeOptions(argv, {})).toThrow(UsageError);
    expect(() => readServeOptions(argv, {})).toThrow(message);
  });

  test.each([
    [['--msrp-ws', '127.0.0.1:2857'], false],
    [['--msrp-ws', '0.0.0.0:443', '--auth', 'open'], true],
    [['--msrp-ws', '0.0.0.0:80', '--advertise-ws', 'chat.example.com:443', '--auth', 'open'], false],
  ])('7977-5.1-02: %j speaks TLS: %s', (argv, tls) => {
    expect(readServeOptions(argv, {})).toMatchObject({ msrpWs: { tls } });
    expect(readServeOptions([], {})).toMatchObject({ msrpWs: undefined });
  });

  test('4975-14.5-01: where MSRP connections are opened to', () => {
    expect(readServeOptions([], {})).toMatchObject({ connect: { allow: [], deny: [] } });
    const flags = ['--connect-allow', '10.0.0.0/8', '--connect-allow', 'fd00::/8', '--connect-deny', '10.9.0.0/16'];
    const connect = { allow: ['10.0.0.0/8', 'fd00::/8'], deny: ['10.9.0.0/16'] };
    expect(readServeOptions(flags, {})).toMatchObject({ connect });
    const env = { CHATROOM_CONNECT_ALLOW: '10.0.0.0/8, fd00::/8', CHATROOM_CONNECT_DENY: '10.9.0.0/16' };
    expect(readServeOptions([], env)).toMatchObject({ connect });
  });

  test('IDN-04: who is believed, and the network around', () => {
    expect(network([])).toEqual({ auth: 'open', trustedPeers: [], digest: {} });
    const proxy = ['--auth', 'trusted-proxy', '--trusted-peer', '10.0.0.0/8', '--trusted-peer', '::1'];
    expect(network([...proxy, '--sip', '0.0.0.0:5060'])).toMatchObject({
      auth: 'trusted-proxy',
      trustedPeers: ['10.0.0.0/8', '::1'],
    });
    const env = {
      CHATROOM_AUTH: 'digest',
      CHATROOM_CREDENTIALS: 'postgres://h/db',
      CHATROOM_TRUSTED_PEER: '::1 10.0.0.1',
    };
    expect(network(['--realm', 'example.com'], env)).toMatchObject({
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
    expect(network([...rest, '--credentials', 'users'])).toEqual({
      auth: 'open',
      trustedPeers: [],
      digest: { file: 'users' },
      profile: 'rcs',
      outboundProxy: 'sip:p',
      factory: 'new',
      data: 'd',
      audio: { rtpengine: 'r:1' },
    });
  });

  test('IDN-04: a file of users that cannot be read ends it with the cause', async () => {
    const { exit, complained } = program([...ANYWHERE, '--auth', 'digest', '--credentials', '/nowhere/users']);
    expect(await exit).toBe(1);
    expect(complained()).toMatch(
      /^drachtio-chatroom: \/nowhere\/users: the users cannot be read: .*; see --credentials\n$/,
    );
  });

  test('D5: open to others only when that was said', () => {
    expect(readServeOptions(['--sip', '0.0.0.0:5060', '--auth', 'open'], {})).toMatchObject({
      sip: { host: '0.0.0.0' },
    });
  });
});

test('starts, says what to type next, and stops when told', async () => {
  const { exit, stop, stdout, said } = program(ANYWHERE);
  await new Promise((resolve) => stdout.once('readable', resolve));
  const text = said();
  expect(text).toMatch(/SIP {5}udp\/127\.0\.0\.1:\d+\n/);
  expect(text).toMatch(/MSRP {4}msrp:\/\/127\.0\.0\.1:\d+\n/);
  expect(text).toMatch(/npx drachtio-chatroom chat sip:lobby@localhost --nick alice --proxy 127\.0\.0\.1:\d+\n/);
  stop.abort();
  expect(await exit).toBe(0);
});

test('it says that it runs, and /healthz that it does, when calls get to it and not before', async () => {
  const route = jest.spyOn(ControlServer.prototype, 'routed');
  const waiting: (() => void)[] = [];
  route.mockReturnValueOnce(new Promise((resolve) => waiting.push(resolve)));
  const http = await freePort();
  const argv = ANYWHERE.map((word) => (word === 'off' ? `127.0.0.1:${http}` : word));
  const health = async (): Promise<number> => (await fetch(`http://127.0.0.1:${http}/healthz`)).status;
  const { exit, stop, stdout, said } = program(argv);
  while (route.mock.calls.length === 0) await new Promise(setImmediate);
  expect(route.mock.calls).toEqual([[METHODS]]);
  expect([await health(), said()]).toEqual([503, '']);
  for (const letIn of waiting) letIn();
  await once(stdout, 'readable');
  expect(await health()).toBe(200);
  route.mockRestore();
  stop.abort();
  expect(await exit).toBe(0);
});

test('--max-memory is kept, beside --limit', async () => {
  const http = await freePort();
  const argv = ANYWHERE.map((word) => (word === 'off' ? `127.0.0.1:${http}` : word));
  // At least as much as it may have.
  const ballast = Buffer.alloc(201_326_592, 1);
  const { exit, stop, stdout } = program([...argv, '--max-memory', '192M', '--limit', 'maxRooms=3']);
  await once(stdout, 'readable');
  const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  expect(metrics).toContain('\nchatroom_overload 2\n');
  expect(ballast.at(-1)).toBe(1);
  stop.abort();
  expect(await exit).toBe(0);
});

test('MSRP over WebSocket: its line in the welcome, and its flag when the port is taken', async () => {
  const { exit, stop, stdout, said } = program([...ANYWHERE, '--msrps', 'off', '--msrp-ws', '127.0.0.1:0']);
  await new Promise((resolve) => stdout.once('readable', resolve));
  const port = /MSRP {4}ws:\/\/127\.0\.0\.1:(\d+)\n/.exec(said())?.[1];
  const second = program([...ANYWHERE, '--msrps', 'off', '--msrp-ws', `127.0.0.1:${port}`]);
  expect(await second.exit).toBe(1);
  expect(second.complained()).toMatch(/--msrp-ws/);
  stop.abort();
  expect(await exit).toBe(0);
});

test('a wrong flag: one line, 2', async () => {
  const { exit, complained } = program(['--nonsense']);
  expect(await exit).toBe(2);
  expect(complained()).toBe(
    'drachtio-chatroom: unknown flag --nonsense; drachtio-chatroom serve --help lists the flags\n',
  );
});

test.each(['--sip', '--msrp', '--msrps', '--http'])(
  'a port of %s that is taken: one line naming cause and fix, 1',
  async (flag) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { exit, complained } = program([...ANYWHERE, flag, `127.0.0.1:${port}`]);
    expect(await exit).toBe(1);
    expect(complained()).toBe(
      `drachtio-chatroom: 127.0.0.1:${port} is in use by another program; stop it or choose another address with ${flag}\n`,
    );
    await new Promise((resolve) => taken.close(resolve));
  },
);

describe('MSRP over TLS', () => {
  afterEach(removeFiles);

  test('said at start, with a certificate of its own', async () => {
    const { exit, stop, stdout, said } = program(ANYWHERE);
    await once(stdout, 'readable');
    const port = /msrps:\/\/127\.0\.0\.1:(\d+), self-signed certificate\n/.exec(said())?.[1];
    const certificate = await certificateAt(Number(port));
    expect(certificate.subjectaltname).toContain('IP Address:127.0.0.1');
    stop.abort();
    expect(await exit).toBe(0);
  });

  test('off', async () => {
    const { exit, stop, stdout, said } = program([...ANYWHERE, '--msrps', 'off']);
    await once(stdout, 'readable');
    expect(said()).not.toContain('msrps:');
    stop.abort();
    expect(await exit).toBe(0);
  });

  test('with files; when asked they are read again, and those that are no good change nothing', async () => {
    const [old, renewed] = [await testCertificate('old'), await testCertificate('renewed')];
    const [cert, key] = [await fileWith(old.cert), await fileWith(old.key)];
    const argv = [...ANYWHERE, '--tls-cert', cert, '--tls-key', key, '--log-level', 'info', '--log-format', 'json'];
    const reload = new EventTarget();
    const { exit, stop, stdout, stderr, said } = program(argv, {}, reload);
    await once(stdout, 'readable');
    const text = said();
    expect(text).not.toContain('self-signed');
    const port = Number(/msrps:\/\/127\.0\.0\.1:(\d+)\n/.exec(text)?.[1]);
    expect((await certificateAt(port)).raw).toEqual(old.der);
    const logged = async (words: string): Promise<void> => {
      let all = '';
      while (!all.includes(words)) {
        all += line(stderr);
        await new Promise(setImmediate);
      }
    };
    await writeFile(cert, renewed.cert);
    reload.dispatchEvent(new Event('reload'));
    await logged('TLS certificate not replaced');
    await writeFile(key, renewed.key);
    reload.dispatchEvent(new Event('reload'));
    await logged('TLS certificate replaced');
    expect((await certificateAt(port)).raw).toEqual(renewed.der);
    stop.abort();
    expect(await exit).toBe(0);
  });

  test('a file that is no good: one line, 1', async () => {
    const file = await fileWith('nonsense');
    const { exit, complained } = program([...ANYWHERE, '--tls-cert', file, '--tls-key', file]);
    expect(await exit).toBe(1);
    expect(complained()).toBe(`drachtio-chatroom: ${file} holds no PEM certificate; see --tls-cert and --tls-key\n`);
  });

  test.each([
    [[], '127.0.0.1:2856'],
    [['--msrp', '[::1]:3000'], '[::1]:2856'],
    [['--msrp', '127.0.0.2:0'], '127.0.0.2:0'],
    [['--msrp', '127.0.0.2:0', '--msrps', '127.0.0.3:7'], '127.0.0.3:7'],
  ])('%j listens at %s', (argv, listen) => {
    expect(readServeOptions(argv, {})).toMatchObject({ msrps: { listen, cert: undefined, key: undefined } });
  });
});

async function certificateAt(port: number): Promise<ReturnType<TLSSocket['getPeerCertificate']>> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

describe('with a drachtio-server', () => {
  const LOUD = ['--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', 'off', '--log-format', 'json'];

  test('DRA-G13: none there: one line and nothing else, 1', async () => {
    const { exit, complained } = program([...LOUD, '--drachtio', '127.0.0.1:1']);
    expect(await exit).toBe(1);
    expect(complained()).toMatch(
      /^drachtio-chatroom: no drachtio-server at 127\.0\.0\.1:1 \(connection refused\); .*\n$/,
    );
  });

  test('another secret: one line and nothing else, 1', async () => {
    const endpoint = await startEmbeddedDrachtio({ secret: 'right' });
    const { host, port } = endpoint.control;
    const { exit, complained } = program([...LOUD, '--drachtio', `${host}:${port}`, '--secret', 'wrong']);
    expect(await exit).toBe(1);
    expect(complained()).toBe(
      'drachtio-chatroom: drachtio-server does not accept the secret; see --secret and DRACHTIO_SECRET\n',
    );
    await endpoint.close();
  });

  test('something else there: one line and nothing else, 1; /healthz says 503 until then', async () => {
    const silent = createServer();
    const port = await listening(silent);
    const http = await freePort();
    const accepted = once(silent, 'connection');
    const { exit, complained } = program([
      ...LOUD.map((word) => (word === 'off' ? `127.0.0.1:${http}` : word)),
      '--drachtio',
      `127.0.0.1:${port}`,
    ]);
    const [socket] = (await accepted) as [Socket];
    expect((await fetch(`http://127.0.0.1:${http}/healthz`)).status).toBe(503);
    socket.destroy();
    expect(await exit).toBe(1);
    expect(complained()).toBe(
      `drachtio-chatroom: no connection to drachtio-server at 127.0.0.1:${port} (it closed the connection); see --drachtio\n`,
    );
    silent.close();
  });

  test('/healthz: 200 while SIP is there, 503 while it is not; the outage is logged once', async () => {
    const endpoint = await startEmbeddedDrachtio({ secret: 's' });
    const quirks = await RealServerQuirks.start(endpoint.control);
    const { host, port } = quirks.address;
    const http = await freePort();
    const argv = ['--msrp', '127.0.0.1:0', '--http', `127.0.0.1:${http}`, '--log-format', 'json'];
    const { exit, stop, stdout, complained } = program([...argv, '--drachtio', `${host}:${port}`, '--secret', 's']);
    await once(stdout, 'readable');
    const health = async (wanted: number): Promise<void> => {
      const { status } = await fetch(`http://127.0.0.1:${http}/healthz`);
      if (status !== wanted) await health(wanted);
    };
    await health(200);
    quirks.kill({ refuse: true });
    await health(503);
    quirks.accept();
    await health(200);
    stop.abort();
    expect(await exit).toBe(0);
    const lines = complained().split('\n');
    expect(lines.filter((text) => text.includes('no drachtio control connection'))).toHaveLength(1);
    await quirks.close();
    await endpoint.close();
  });
});

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

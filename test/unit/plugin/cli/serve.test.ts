import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { ControlServer } from '../../../../lib/embedded-drachtio/control/control-server.js';
import { runServe } from '../../../../plugin/cli/serve.js';
import { METHODS } from '../../../../plugin/server.js';
import { fileWith, removeFiles, testCertificate } from '../../../support/certificates.js';
import { EventReader } from '../../../support/event-reader.js';
import { freePort } from '../../../support/free-port.js';
import { RealServerQuirks } from '../../../support/real-server-quirks.js';

const ANYWHERE = ['--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', 'off', '--log-level', 'silent'];

const line = (stream: PassThrough): string => String(stream.read() ?? '');

function program(argv: string[], env: NodeJS.ProcessEnv = {}, reload?: EventTarget) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const exit = runServe(argv, { stdout, stderr, env, signal: stop.signal, reload });
  return { exit, stop, stdout, stderr, said: () => line(stdout), complained: () => line(stderr) };
}

test('IDN-04: a file of users that cannot be read ends it with the cause', async () => {
  const { exit, complained } = program([...ANYWHERE, '--auth', 'digest', '--credentials', '/nowhere/users']);
  expect(await exit).toBe(1);
  expect(complained()).toMatch(
    /^drachtio-chatroom: \/nowhere\/users: the users cannot be read: .*; see --credentials\n$/,
  );
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

test.each(['--sip', '--sip-tls', '--sip-ws', '--msrp', '--msrps', '--http'])(
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

describe('MSRP over TLS, and SIP', () => {
  afterEach(removeFiles);

  test('said at start, with a certificate of its own', async () => {
    const { exit, stop, stdout, said } = program([...ANYWHERE, '--sip-tls', '127.0.0.1:0']);
    await once(stdout, 'readable');
    const text = said();
    const port = /msrps:\/\/127\.0\.0\.1:(\d+), self-signed certificate\n/.exec(text)?.[1];
    const sipPort = / {2}SIP {5}tls\/127\.0\.0\.1:(\d+), self-signed certificate\n/.exec(text)?.[1];
    const certificate = await certificateAt(Number(port));
    expect(certificate.subjectaltname).toContain('IP Address:127.0.0.1');
    expect((await certificateAt(Number(sipPort))).raw).toEqual(certificate.raw);
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
    const files = ['--tls-cert', cert, '--tls-key', key, '--sip-tls', '127.0.0.1:0'];
    const argv = [...ANYWHERE, ...files, '--log-level', 'info', '--log-format', 'json'];
    const reload = new EventTarget();
    const { exit, stop, stdout, stderr, said } = program(argv, {}, reload);
    await once(stdout, 'readable');
    const text = said();
    expect(text).not.toContain('self-signed');
    const ports = [/msrps:\/\/127\.0\.0\.1:(\d+)\n/, /tls\/127\.0\.0\.1:(\d+)\n/].map((at) =>
      Number(at.exec(text)?.[1]),
    );
    for (const port of ports) expect((await certificateAt(port)).raw).toEqual(old.der);
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
    for (const port of ports) expect((await certificateAt(port)).raw).toEqual(renewed.der);
    stop.abort();
    expect(await exit).toBe(0);
  });

  test('a file that is no good: one line, 1', async () => {
    const file = await fileWith('nonsense');
    const { exit, complained } = program([...ANYWHERE, '--tls-cert', file, '--tls-key', file]);
    expect(await exit).toBe(1);
    expect(complained()).toBe(`drachtio-chatroom: ${file} holds no PEM certificate; see --tls-cert and --tls-key\n`);
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

  test('told to go while it waits for an answer of what is there: it goes at once, with 0', async () => {
    const silent = createServer();
    const port = await listening(silent);
    const accepted = once(silent, 'connection');
    const { exit, stop, said, complained } = program([...LOUD, '--drachtio', `127.0.0.1:${port}`]);
    const [socket] = (await accepted) as [Socket];
    stop.abort();
    expect(await exit).toBe(0);
    expect([said(), complained()]).toEqual(['', '']);
    socket.destroy();
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
    const events = await EventReader.open(`http://127.0.0.1:${http}/api/v1/events?type=server.ready`);
    quirks.kill({ refuse: true });
    await health(503);
    quirks.accept();
    await health(200);
    expect(await events.next()).toMatchObject({ type: 'server.ready' });
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

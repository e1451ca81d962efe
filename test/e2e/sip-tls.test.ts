import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { joinRoom } from '../../lib/client/testing.js';
import { Callees } from '../support/callee.js';
import { fileWith, removeFiles, type TestCertificate, testCertificate } from '../support/certificates.js';
import { RunningProgram, run, serve } from '../support/program.js';
import { ServerUnderTest } from '../support/server.js';

const ROOM = 'sips:lobby@localhost';
const ANY_PORT = { host: '127.0.0.1', port: 0 };

let own: TestCertificate;
let cert: string;
let key: string;

beforeAll(async () => {
  own = await testCertificate();
  [cert, key] = [await fileWith(own.cert), await fileWith(own.key)];
});
afterAll(removeFiles);

describe('the program with --sip-tls', () => {
  let program: RunningProgram;
  let proxy: { host: string; port: number };

  beforeAll(async () => {
    ({ program } = await serve('--sip-tls', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key));
    proxy = { host: '127.0.0.1', port: Number(/ {2}SIP {5}tls\/127\.0\.0\.1:(\d+)\n/.exec(program.stdout)?.[1]) };
  });
  afterAll(() => program?.kill());

  const shown = async (): Promise<Buffer> => {
    const socket = connect({ ...proxy, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    return raw;
  };

  test('openssl: TLS 1.3, the certificate of --tls-cert, none asked for', () => {
    const client = ['s_client', '-connect', `127.0.0.1:${proxy.port}`, '-CAfile', cert, '-verify_return_error'];
    const { status, stdout } = spawnSync('openssl', client, { input: '', encoding: 'utf8' });
    expect(stdout).toMatch(/^New, TLSv1\.3, /m);
    expect(stdout).toContain('No client certificate CA names sent');
    expect(stdout).toContain('Verify return code: 0 (ok)');
    expect(status).toBe(0);
  });

  test('two in a room over TLS, one of them by the chat command; it goes on with another certificate', async () => {
    const { participant, events } = await joinRoom(ROOM, {
      uri: 'sip:ana@localhost',
      proxy,
      secure: true,
      ca: own.cert,
    });
    const told = ['--timeout', '120', '--expect', 'welcome', '--say', 'thanks', '--expect', 'renewed'];
    const chatting = new RunningProgram(
      ['chat', 'lobby@localhost', '--nick', 'bob', '--transport', 'tls', '--proxy', `127.0.0.1:${proxy.port}`, ...told],
      { NODE_EXTRA_CA_CERTS: cert },
    );
    await events.next('join', ({ uri }) => uri === 'sip:bob@localhost');
    await participant.send('welcome');
    await events.next('message', ({ text }) => text === 'thanks');

    const renewed = await testCertificate();
    await copyFile(await fileWith(renewed.cert), cert);
    await copyFile(await fileWith(renewed.key), key);
    program.signal('SIGHUP');
    await program.logs('TLS certificate replaced');
    expect(await shown()).toEqual(renewed.der);
    await participant.send('renewed');
    expect(await chatting.exited).toMatchObject({ code: 0, stderr: '' });
    // His BYE came by the connection of his INVITE, and so does the NOTIFY for it by that of hers.
    await events.next('leave');
    await participant.leave();
  });
});

describe('a server whose certificate is of an authority that nobody else knows', () => {
  let program: RunningProgram;
  let authority: string;
  let proxy: string;

  beforeAll(async () => {
    const ca = await testCertificate('The Private Authority');
    const signed = await testCertificate('localhost', { ca });
    authority = await fileWith(ca.cert);
    const files = ['--tls-cert', await fileWith(signed.cert), '--tls-key', await fileWith(signed.key)];
    ({ program } = await serve('--sip-tls', '127.0.0.1:0', ...files));
    proxy = `localhost:${/ {2}SIP {5}tls\/127\.0\.0\.1:(\d+)\n/.exec(program.stdout)?.[1]}`;
  });
  afterAll(() => program?.kill());

  const chat = (...more: string[]) =>
    run('chat', 'lobby@localhost', '--nick', 'bob', '--transport', 'tls', '--msrps', '--proxy', proxy, ...more);

  test('chat --ca: whom it vouches for is believed, for SIP and for MSRP', async () => {
    const said = await chat('--ca', authority, '--say', 'hello');
    expect(said).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('hello') });
  });

  test.each([
    ['none', () => []],
    ['another one', async () => ['--ca', await fileWith((await testCertificate('Another')).cert)]],
  ])('with %s it is refused, and told what helps', async (_what, options) => {
    const { code, stderr } = await chat(...(await options()), '--say', 'hello');
    expect(stderr).toMatch(
      /^! the certificate of the SIP server localhost:\d+ is not to be trusted: .*; name .* --ca .*\n$/,
    );
    expect(code).toBe(1);
  });

  test('a file that holds no certificate: one line, and 2', async () => {
    const file = await fileWith('no certificate');
    const stderr = `drachtio-chatroom chat: --ca ${file} holds no certificates in PEM (--help lists the options)\n`;
    expect(await chat('--ca', file)).toEqual({ code: 2, stdout: '', stderr });
  });
});

describe('a room that calls people by way of a proxy with TLS', () => {
  let server: ServerUnderTest;
  let callees: Callees;
  let proxy: string;

  beforeAll(async () => {
    const credentials = {
      server: { cert: own.cert, key: own.key },
      client: createSecureContext(),
      onChange: () => {},
    };
    callees = await Callees.start('tls', { tls: { listen: ANY_PORT, credentials } });
    proxy = `sips:127.0.0.1:${callees.sip.transport.addresses.tls?.port}`;
  });
  afterEach(() => server?.close());
  afterAll(() => callees?.close());

  const started = (ca?: string): Promise<ServerUnderTest> => {
    const tls = { listen: '127.0.0.1:0', ...(ca !== undefined && { ca }) };
    return ServerUnderTest.start({ sipTls: true, outboundProxy: proxy, msrp: { tls } });
  };

  test('msrp.tls.ca vouches for it: INVITE, ACK and BYE on one connection, SIPS Contact (RFC 3261 §8.1.1.8)', async () => {
    server = await started(await fileWith(own.cert));
    const room = server.server.create(server.newRoom());
    const results = room.invite('sip:bob@example.com');
    const invited = await callees.invited();
    const { port } = server.embedded?.addresses.tls ?? ANY_PORT;
    expect(invited.header('Via')).toMatch(new RegExp(`^SIP/2\\.0/TLS 127\\.0\\.0\\.1:${port};`));
    expect(invited.header('Contact')).toBe(
      `<${room.uri.replace('sip:', 'sips:').replace(/@.*/, `@127.0.0.1:${port};transport=tls`)}>;isfocus`,
    );
    await invited.join();
    expect(await results).toEqual([{ uri: 'sip:bob@example.com', status: 200, reason: 'OK' }]);
    const closed = room.close();
    expect((await callees.request()).method).toBe('BYE');
    await closed;
    expect(callees.sip.transport.context.occupancy.size).toBe(1);
  });

  test.each([
    ['whom nobody vouches for', true],
    ['that hangs up in the handshake', false],
  ])('a proxy %s: 503, as when there is no way to it', async (_what, answers) => {
    const silent = createServer((socket) =>
      socket
        .resume()
        .on('error', () => {})
        .end(),
    );
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const reachable = proxy;
    if (!answers) proxy = `sips:127.0.0.1:${(silent.address() as AddressInfo).port}`;
    server = await started();
    proxy = reachable;
    const room = server.server.create(server.newRoom());
    expect(await room.invite('sip:bob@example.com')).toMatchObject([{ status: 503 }]);
    await new Promise((resolve) => silent.close(resolve));
  });
});

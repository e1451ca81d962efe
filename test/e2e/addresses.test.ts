import { Caller, newPath, offer, CHATROOM } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;

afterEach(() => server?.close());

/** `host` and `port` of the path and of the c- and m-line in the answer. */
async function answerTo(path: string): Promise<Record<string, string | undefined>> {
  const caller = await Caller.call(server, server.newRoom(), { path, body: offer({ path }) });
  const sdp = caller.response.body.toString();
  const [, host, port] = /^a=path:msrps?:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\//m.exec(sdp) ?? [];
  return { host, port, c: /^c=(.*)\r$/m.exec(sdp)?.[1], m: /^m=message (\d+) /m.exec(sdp)?.[1] };
}

describe('IPv6', () => {
  test.each(['msrp', 'msrps'] as const)('4975-6-03: listens at [::1], %s', async (scheme) => {
    server = await ServerUnderTest.start({ msrp: { listen: '[::1]:0', tls: { listen: '[::1]:0' } } });
    const path = newPath(9, scheme);
    const { host, c, m, port } = await answerTo(path);
    expect({ host, c }).toEqual({ host: '[::1]', c: 'IN IP6 ::1' });
    expect(m).toBe(port);
    const caller = await Caller.join(server, server.newRoom(), { path, body: offer({ path }) });
    expect(caller.roomPath).toContain('://[::1]:');
  });

  test.each(['2001:db8::7', '[2001:db8::7]'])('PBX-10: advertises %s', async (advertise) => {
    server = await ServerUnderTest.start({ msrp: { listen: '127.0.0.1:0', advertise } });
    expect(await answerTo(newPath())).toMatchObject({ host: '[2001:db8::7]', c: 'IN IP6 2001:db8::7' });
  });
});

test.each(['msrp', 'msrps'] as const)('PBX-10: listens everywhere and advertises a name: %s', async (scheme) => {
  const msrp = { listen: '0.0.0.0:0', tls: { listen: '0.0.0.0:0' }, advertise: 'localhost' };
  server = await ServerUnderTest.start({ msrp });
  const path = newPath(9, scheme);
  expect(await answerTo(path)).toMatchObject({ host: 'localhost', c: 'IN IP4 localhost' });
  await Caller.join(server, server.newRoom(), { path, body: offer({ path }) });
});

test('a listener that cannot be had leaves none behind', async () => {
  server = await ServerUnderTest.start();
  const taken = `127.0.0.1:${server.msrp.port}`;
  await expect(
    ServerUnderTest.start({ msrp: { listen: '127.0.0.1:0', tls: { listen: taken } } }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE', listener: 'tls' });
});

/** An offer whose c-line is not that of its path. */
const anchored = (address: string, attributes: string[], host = 'localhost'): string =>
  offer({
    path: newPath().replace('127.0.0.1', host),
    setup: 'active',
    attributes: [CHATROOM, ...attributes],
  }).replace('c=IN IP4 127.0.0.1', `c=IN IP4 ${address}`);

/** The SDP of the 200. */
const answer = async (body: string): Promise<string> =>
  (await Caller.call(server, server.newRoom(), { body })).response.body.toString();

describe('6714: CEMA', () => {
  test('6714-4.4-01: a name in the path and its address in the c-line are the same', async () => {
    server = await ServerUnderTest.start({ msrp: { cema: true } });
    expect(await answer(anchored('127.0.0.1', []))).not.toContain('msrp-cema');
  });

  test('6714-4.3-01: another address without msrp-cema is refused, with it taken', async () => {
    server = await ServerUnderTest.start({ msrp: { cema: true } });
    await expect(answer(anchored('127.0.0.9', []))).rejects.toThrow('488');
    expect(await answer(anchored('127.0.0.9', ['a=msrp-cema']))).toMatch(/^a=msrp-cema\r$/m);
  });

  test('6714-4.4-01: also in a re-INVITE', async () => {
    server = await ServerUnderTest.start({ msrp: { cema: true } });
    const caller = await Caller.call(server, server.newRoom(), { body: anchored('127.0.0.1', []) });
    expect((await caller.reinvite(anchored('127.0.0.9', []))).status).toBe(488);
    expect((await caller.reinvite(anchored('127.0.0.1', []))).status).toBe(200);
  });

  test('6714-4.2-02: an answer that fits neither way gets another offer without msrp-cema', async () => {
    server = await ServerUnderTest.start({ msrp: { cema: true } });
    const sip = await Caller.agent(server);
    const path = 'msrp://relay.example:2855/r;tcp msrp://client.example:7/x;tcp';
    const answer = offer({ path, setup: 'passive' }).replace('c=IN IP4 127.0.0.1', 'c=IN IP4 127.0.0.9');
    const { dialog, response } = await sip.invite(sip.compose('INVITE', server.newRoom()), answer);
    expect(response.body.toString()).toMatch(/^a=msrp-cema\r$/m);
    const reinvite = await sip.next();
    expect(reinvite.request.method).toBe('INVITE');
    const second = reinvite.request.body.toString();
    expect(second).not.toContain('msrp-cema');
    expect(second).toMatch(/^o=- \d+ 2 /m);
    const peer = await FakeMsrpPeer.listen();
    server.onClose(() => peer.close());
    const headers: [string, string][] = [
      ['Contact', `<${sip.uri}>`],
      ['Content-Type', 'application/sdp'],
    ];
    const body = Buffer.from(offer({ path: peer.path, setup: 'passive' }));
    reinvite.reply(200, { headers, body });
    expect((await peer.frameOf('SEND')).headers.get('to-path')).toBe(peer.path);
    await sip.acked(1);
    await sip.exchange(dialog.createRequest('BYE'), dialog);
  });

  test('6714-4.3-02, A-16: off by default, the c-line says nothing', async () => {
    server = await ServerUnderTest.start();
    expect(await answer(anchored('127.0.0.9', []))).toContain('m=message');
  });
});

/** As a middlebox does. */
const rewritten = (path: string): string => path.replace(/127\.0\.0\.1:\d+/, 'sbc.example:7777');

describe('sessmatch', () => {
  test('msrp.sessionMatch session-id: the host of the To-Path may be another one', async () => {
    server = await ServerUnderTest.start({ msrp: { sessionMatch: 'session-id' } });
    const caller = await Caller.join(server, server.newRoom());
    caller.msrp.peer = rewritten(caller.roomPath);
    expect((await caller.exchange(undefined, { range: '1-0/0' })).what).toBe('200');
  });

  test.each([[{ msrp: {} }], [{ msrp: { sessionMatch: 'session-id' as const }, interop: { strict: true } }]])(
    '4975-6.1-02: it may not with %j',
    async (options) => {
      server = await ServerUnderTest.start(options);
      const caller = await Caller.join(server, server.newRoom());
      caller.msrp.peer = rewritten(caller.roomPath);
      expect((await caller.exchange(undefined, { range: '1-0/0' })).what).toBe('481');
    },
  );
});

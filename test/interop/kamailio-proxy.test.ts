/** Rooms behind the Kamailio of examples/kamailio: registrar, digest, identities, routing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { joinRoom } from '../../lib/client/testing.js';
import { SipAuthentication } from '../../lib/client/sip/authentication.js';
import type { SipRequest, SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { CHATROOM, inviteFrom, newPath, offer } from '../support/caller.js';
import { answer, Invited } from '../support/callee.js';
import { freePorts } from '../support/free-port.js';
import { KamailioProxy } from '../support/kamailio-proxy.js';
import { ServerUnderTest } from '../support/server.js';
import { SipPeer } from '../support/sip-peer.js';

const LUNCH = 'sip:lunch@conf.example.com';
const aor = (user: string): string => `sip:${user}@example.com`;
const passwordOf = (user: string): string => `secret-of-${user}`;

let kamailio: KamailioProxy;
let server: ServerUnderTest;

const startRooms = (): Promise<ServerUnderTest> =>
  ServerUnderTest.start({
    sipPort: kamailio.chatPort,
    domain: 'conf.example.com',
    auth: 'trusted-proxy',
    trustedPeers: ['127.0.0.1/32'],
    registrations: 'third-party',
    outboundProxy: kamailio.inner,
    resolveRoom: (req) => (req.uri.startsWith('sip:tearoom@') ? 'tearoom' : null),
  });

beforeAll(async () => {
  kamailio = await KamailioProxy.start();
  server = await startRooms();
});

afterEach(() => server.clear());

afterAll(async () => {
  await server?.close();
  await kamailio?.stop();
});

/** Sends it, and once more with the password when that is asked for. */
async function withPassword(peer: SipPeer, request: SipRequest, user: string, password = passwordOf(user)) {
  const first = await peer.exchange(request);
  const again = new SipAuthentication({ username: user, password }).retry(request, first);
  return again ? peer.exchange(again) : first;
}

async function register(peer: SipPeer, user: string, expires = '600', password?: string): Promise<SipResponse> {
  const request = peer.compose('REGISTER', 'sip:example.com', {
    headers: [
      ['From', `<${aor(user)}>;tag=r1`],
      ['To', `<${aor(user)}>`],
      ['Contact', `<${peer.uri}>`],
      ['Expires', expires],
    ],
  });
  return withPassword(peer, request, user, password);
}

/** INVITE of a user with his password. */
async function invite(
  peer: SipPeer,
  room: string,
  user: string,
  { headers = [], body = offer() }: { headers?: [string, string][]; body?: string } = {},
): Promise<SipResponse> {
  const request = inviteFrom(peer, room, { uri: aor(user), headers, body });
  return withPassword(peer, request, user);
}

describe.each(['udp', 'tcp'] as const)('behind Kamailio over %s', (transport) => {
  /** A telephone of that user, which knows the proxy alone. */
  async function telephone(): Promise<SipPeer> {
    const peer = await SipPeer.start(transport);
    peer.proxy = kamailio.uri(transport);
    server.onClose(() => peer.close());
    return peer;
  }

  const join = (user: string) =>
    server.join(LUNCH, user, { uri: aor(user), password: passwordOf(user), proxy: kamailio.outer, transport });

  test('SAF-07: a REGISTER with the right password, and the rooms hear who is online', async () => {
    const desk = await telephone();
    expect((await register(desk, 'ana', '600', 'wrong')).status).toBe(401);
    const online = once(server.events, 'user:online');
    expect((await register(desk, 'ana')).status).toBe(200);
    expect((await online)[0]).toMatchObject({ uri: aor('ana') });
    const offline = once(server.events, 'user:offline');
    expect((await register(desk, 'ana', '0')).status).toBe(200);
    expect((await offline)[0]).toMatchObject({ uri: aor('ana') });
  });

  test('PBX-05, PBX-06: two chat in a room, with Record-Route; BYE finds its way from either side', async () => {
    const ana = await join('ana');
    const bruno = await join('bruno');
    const room = server.server.existing(LUNCH);
    expect([...room.participants.keys()].toSorted()).toEqual([aor('ana'), aor('bruno')]);
    const heard = bruno.events.next('message', ({ text }) => text === 'Pizza?');
    await ana.participant.send('Pizza?');
    expect((await heard)[0]).toMatchObject({ text: 'Pizza?' });
    const left = once(room, 'leave');
    await ana.participant.leave();
    expect((await left)[0]).toMatchObject({ uri: aor('ana') });
    const ended = bruno.events.next('ended');
    await room.participants.get(aor('bruno'))?.kick();
    await ended;
  });

  test('IDN-01: who forges P-Asserted-Identity is who he logged in as', async () => {
    const peer = await telephone();
    const room = 'sip:forged@conf.example.com';
    const headers: [string, string][] = [['P-Asserted-Identity', `<${aor('carla')}>`]];
    const request = inviteFrom(peer, room, { uri: aor('ana'), headers, body: offer() });
    const login = new SipAuthentication({ username: 'ana', password: passwordOf('ana') });
    const joined = once(server.events, 'join');
    const { response } = await peer.invite(login.retry(request, await peer.exchange(request)) ?? request);
    expect(response.headers.getAll('Record-Route').join()).toContain(';lr');
    expect((await joined)[1]).toMatchObject({ uri: aor('ana') });
    server.server.chat.focus.close(room, 'done');
  });

  test('PBX-05: a made-up To tag is no way round the password', async () => {
    const peer = await telephone();
    const headers: [string, string][] = [
      ['Event', 'conference'],
      ['To', `<${LUNCH}>;tag=made-up`],
      ['P-Asserted-Identity', `<${aor('ana')}>`],
    ];
    await join('bruno');
    expect((await peer.exchange(peer.compose('SUBSCRIBE', LUNCH, { headers }))).status).toBe(481);
  });

  test('rooms in the domain of the users: a=chatroom goes to the rooms, and where there is none to the user', async () => {
    const [caller, bruno] = [await telephone(), await telephone()];
    await register(bruno, 'bruno');
    expect((await invite(caller, aor('tearoom'), 'ana')).status).toBe(200);
    expect(server.server.room('tearoom')).toBeDefined();
    server.server.chat.focus.close('sip:tearoom@conf.example.com', 'done');
    const answered = invite(caller, aor('bruno'), 'ana', { body: offer({ attributes: [CHATROOM] }) });
    const call = new Invited(bruno, await bruno.next());
    expect(call.request.uri).toBe(bruno.uri);
    expect(call.header('P-Asserted-Identity')).toBeUndefined();
    call.reply(486);
    expect((await answered).status).toBe(486);
    await register(bruno, 'bruno', '0');
  });

  test('PBX-15, INV-02: the room calls a registered user through the proxy', async () => {
    const phone = await telephone();
    await register(phone, 'carla');
    const room = server.server.create(server.newRoom('conf.example.com'));
    const results = room.invite(aor('carla'));
    const invited = new Invited(phone, await phone.next());
    expect(invited.request.uri).toBe(phone.uri);
    expect(invited.header('From')).toContain(room.uri);
    const path = newPath();
    const carla = await invited.accept(answer(path));
    await carla.connect(path);
    expect(await results).toEqual([{ uri: aor('carla'), status: 200, reason: 'OK' }]);
    const left = once(room, 'leave');
    await carla.bye();
    await left;
    await register(phone, 'carla', '0');
    expect(await room.invite(aor('carla'))).toEqual([
      { uri: aor('carla'), status: 480, reason: 'Temporarily Unavailable' },
    ]);
    await room.close();
  });

  test('rooms that are down: 503 with Retry-After; started again they work', async () => {
    await server.close();
    const peer = await SipPeer.start(transport);
    peer.proxy = kamailio.uri(transport);
    const response = await invite(peer, LUNCH, 'ana');
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '10']);
    await peer.close();
    server = await startRooms();
    const ana = await join('ana');
    expect([...server.server.existing(LUNCH).participants.keys()]).toEqual([aor('ana')]);
    await ana.participant.leave();
  });
});

test('IDN-01, IDN-04: past Kamailio nobody gets in, whatever he asserts', async () => {
  const stranger = await SipPeer.start('udp', { udp: { host: '127.0.0.2', port: 0 } });
  stranger.proxy = `sip:127.0.0.1:${kamailio.chatPort}`;
  server.onClose(() => stranger.close());
  const headers: [string, string][] = [['P-Asserted-Identity', `<${aor('ana')}>`]];
  const request = inviteFrom(stranger, LUNCH, { uri: aor('ana'), headers, body: offer() });
  expect((await stranger.exchange(request)).status).toBe(403);
});

test('examples/kamailio/start.sh starts both', async () => {
  const [port = 0] = await freePorts(1);
  const env = {
    ...process.env,
    PORT: String(port),
    CHATROOM_MSRP: '127.0.0.1:0',
    CHATROOM_HTTP: 'off',
    CHATROOM_LOG_LEVEL: 'warn',
  };
  const started = spawn('examples/kamailio/start.sh', { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(started, 'exit');
  let printed = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  while (!printed.includes('drachtio-chatroom is running')) await once(started.stdout, 'data');
  const proxy = { host: '127.0.0.1', port };
  const uri = aor('ana');
  const ana = await joinRoom(LUNCH, { uri, nick: 'Ana', password: passwordOf('ana'), proxy, transport: 'tcp' });
  await ana.participant.leave();
  started.kill('SIGINT');
  await exited;
});

import { Caller, inviteFrom, newPath, offer } from '../support/caller.js';
import { KamailioProxy, PROXY_ADDRESS } from '../support/kamailio-proxy.js';
import { ServerUnderTest } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

const DOMAIN = 'conf.example.com';
const ROOM = `sip:lobby@${DOMAIN}`;
const FORGED: [string, string] = ['P-Asserted-Identity', '<sip:boss@example.com>'];

let server: ServerUnderTest;
let proxy: KamailioProxy;

beforeAll(async () => {
  server = await ServerUnderTest.start({ auth: 'trusted-proxy', trustedPeers: [PROXY_ADDRESS] });
  proxy = await KamailioProxy.start({ domain: DOMAIN, server: server.sip });
}, 20_000);

afterEach(() => server.clear());

afterAll(async () => {
  await server.close();
  await proxy.stop();
});

const join = (user: string, password: string) =>
  server.join(ROOM, user, { uri: `sip:${user}@example.com`, password, proxy: proxy.address });

const present = (): string[] => [...(server.server.room(ROOM)?.participants.keys() ?? [])];

/** A user agent whose requests go to the proxy, or past it. */
async function agent(way: 'through' | 'past'): Promise<SipPeer> {
  const sip = await Caller.agent(server);
  if (way === 'through') sip.proxy = `sip:${proxy.address.host}:${proxy.port}`;
  return sip;
}

test('PBX-05: the proxy asks for the password and says who it was; the call, its roster and its end go through it', async () => {
  const ana = await join('ana', 'secret');
  const bob = await join('bob', 'hidden');
  expect(present()).toEqual(['sip:ana@example.com', 'sip:bob@example.com']);
  // IDN-03: what was asserted is what may be written as From.
  expect((await ana.participant.send('hello')).status).toBe(200);
  await bob.events.next('message', ({ text }) => text === 'hello');
  for (const { events } of [ana, bob]) await events.next('roster', ({ participants }) => participants.length === 2);
  await ana.participant.leave();
  await bob.events.next('leave', ({ uri }) => uri === 'sip:ana@example.com');
});

test('PBX-05: a wrong password ends at the proxy', async () => {
  await expect(join('ana', 'wrong')).rejects.toMatchObject({ sipStatus: 401 });
  expect(present()).toEqual([]);
});

test('IDN-01, PBX-05: who goes past the proxy is nobody, whatever is asserted', async () => {
  const sip = await agent('past');
  const invite = inviteFrom(sip, ROOM, {
    uri: 'sip:boss@example.com',
    headers: [FORGED],
    body: offer({ path: newPath() }),
  });
  expect((await sip.exchange(invite)).status).toBe(403);
});

test('PBX-05: a made-up To tag is no way round it', async () => {
  const sip = await agent('through');
  const headers: [string, string][] = [['Event', 'conference'], ['To', `<${ROOM}>;tag=made-up`], FORGED];
  await join('ana', 'secret');
  expect((await sip.exchange(sip.compose('SUBSCRIBE', ROOM, { headers }))).status).toBe(481);
});

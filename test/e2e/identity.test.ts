import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { SipRequest, SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { fileWith, removeFiles } from '../support/certificates.js';
import { Caller, cpim, inviteFrom, newPath, offer } from '../support/caller.js';
import { answering, challengesOf, type Login } from '../support/digest-login.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

const ROOM = 'sip:lobby@localhost';
const LOOPBACK = ['127.0.0.0/8'];
const USERS = { ana: 'secret', 'bob "b"': 'quoted' };
const lookup = (user: string) => {
  const password = Object.entries(USERS).find(([name]) => name === user)?.[1];
  return password === undefined ? null : { password };
};

let server: ServerUnderTest;
const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
  server = await ServerUnderTest.start(options);
};
afterEach(() => server.close());
afterAll(removeFiles);

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const invite = (sip: SipPeer, from: string, ...headers: [string, string][]): SipRequest =>
  inviteFrom(sip, ROOM, { uri: from, headers, body: offer({ path: newPath() }) });

const present = (): string[] =>
  [...(server.server.room(ROOM)?.participants ?? [])].map(([uri]) => uri).toSorted((a, b) => a.localeCompare(b));

/** Is let in, and hangs up when the test is over. */
async function enter(sip: SipPeer, request: SipRequest): Promise<void> {
  const { dialog } = await sip.invite(request);
  // JOIN-17: he is in once his ACK is there, which was sent before this.
  await sip.exchange(dialog.createRequest('OPTIONS'), dialog);
  server.onClose(() => sip.exchange(dialog.createRequest('BYE'), dialog));
}

/** Asks, is challenged, answers. */
async function logIn(sip: SipPeer, request: SipRequest, login: Login): Promise<[SipResponse, SipResponse]> {
  const challenge = await sip.exchange(request);
  return [challenge, await sip.exchange(answering(request, challenge, login))];
}

const asserted = (uri: string): [string, string][] => [['P-Asserted-Identity', `<${uri}>`]];

const join = (password: string) => server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password });

const ASSERTED: [string, string] = ['P-Asserted-Identity', '"Ana" <sip:ana@example.com>, <tel:+33612345678>'];

describe.each(['udp', 'tcp'] as const)('P-Asserted-Identity over %s', (transport) => {
  test('IDN-01, IDN-02: of a trusted peer it names one participant, with all its names', async () => {
    await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
    const caller = await Caller.join(server, ROOM, { transport, uri: 'sip:forged@example.com', headers: [ASSERTED] });
    expect(present()).toEqual(['sip:ana@example.com']);
    expect((await caller.exchange(cpim('sip:ana@example.com', ROOM, 'a'))).what).toBe('200');
    expect((await caller.exchange(cpim('tel:+33612345678', ROOM, 'b'))).what).toBe('200');
    // IDN-03: From is not what was authenticated.
    expect((await caller.exchange(cpim('sip:forged@example.com', ROOM, 'c'))).what).toBe('403');
  });

  test('IDN-01, IDN-04: of anybody else it is as if it were not there', async () => {
    await start({ auth: 'trusted-proxy', trustedPeers: ['192.0.2.0/24'] });
    const sip = await Caller.agent(server, transport);
    const refused = await sip.exchange(invite(sip, 'sip:ana@example.com', ASSERTED));
    expect(refused.status).toBe(403);
    expect(present()).toEqual([]);
  });

  test('IDN-01: a forged one is challenged like everybody, and never relayed', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const sip = await Caller.agent(server, transport);
    const request = invite(sip, 'sip:ana@localhost', ['P-Asserted-Identity', '<sip:boss@localhost>']);
    const challenge = await sip.exchange(request);
    expect(challenge.status).toBe(401);
    await enter(sip, answering(request, challenge, { username: 'ana', password: 'secret' }));
    expect(present()).toEqual(['sip:ana@localhost']);
    const watcher = await server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password: 'secret' });
    const [{ participants }] = await watcher.events.next('roster');
    expect(JSON.stringify(participants)).not.toContain('boss');
  });
});

test('IDN-04: a trusted peer that names nobody is refused, whoever From says', async () => {
  await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
  const sip = await Caller.agent(server);
  expect((await sip.exchange(invite(sip, 'sip:ana@example.com'))).status).toBe(403);
  const served: [string, string] = ['P-Served-User', '<sip:ana@example.com>;sescase=orig;regstate=reg'];
  expect((await sip.exchange(invite(sip, 'sip:ana@example.com', served))).status).toBe(403);
});

test('HDR-05: in an RCS network P-Served-User stands in for it, where it means who calls', async () => {
  await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK, profile: 'rcs' });
  const sip = await Caller.agent(server);
  const term: [string, string] = ['P-Served-User', '<sip:ana@example.com>;sescase=term;regstate=reg'];
  expect((await sip.exchange(invite(sip, 'sip:ana@example.com', term))).status).toBe(403);
  const orig: [string, string] = ['P-Served-User', '<sip:+33612345678@localhost>;sescase=orig'];
  await Caller.call(server, ROOM, { headers: [orig] });
  expect(present()).toEqual(['tel:+33612345678']);
});

test('IDN-06: one number is one participant, whichever way it is written', async () => {
  await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK, profile: 'rcs' });
  const caller = await Caller.join(server, ROOM, { headers: asserted('sip:+33612345678@any.example;user=phone') });
  await Caller.call(server, ROOM, { headers: asserted('tel:+33-6-12-34-56-78') });
  await Caller.call(server, ROOM, { headers: asserted('sip:+33612345678@localhost') });
  expect(present()).toEqual(['tel:+33612345678']);
  for (const from of ['tel:+33612345678', 'sip:+33612345678@localhost', 'sip:+33612345678@any.example']) {
    expect((await caller.exchange(cpim(from, ROOM, 'a'))).what).toBe('200');
  }
});

describe('privacy of those who were authenticated', () => {
  test('IDN-08: the real URI may not be written, the assigned one may', async () => {
    await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
    const caller = await Caller.join(server, ROOM, { headers: [ASSERTED, ['Privacy', 'id']] });
    expect((await caller.exchange(cpim('sip:ana@example.com', ROOM, 'a'))).what).toBe('403');
    expect((await caller.exchange(cpim('tel:+33612345678', ROOM, 'a'))).what).toBe('403');
    expect((await caller.exchange(cpim('sip:anonymous1@anonymous.invalid', ROOM, 'a'))).what).toBe('200');
    expect((await caller.exchange(cpim('sip:anonymous@anonymous.invalid', ROOM, 'a'))).what).toBe('200');
  });

  test('IDN-09: 433 where nobody may hide', async () => {
    const static_ = { lobby: { allowAnonymous: false } };
    await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK, rooms: { static: static_ } });
    const sip = await Caller.agent(server);
    expect((await sip.exchange(invite(sip, 'sip:x@example.com', ASSERTED, ['Privacy', 'id']))).status).toBe(433);
  });

  test('HDR-08: none shows; what is critical and cannot be given is 500', async () => {
    await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
    const sip = await Caller.agent(server);
    const critical = invite(sip, 'sip:x@example.com', ASSERTED, ['Privacy', 'id;unheard-of;critical']);
    expect((await sip.exchange(critical)).status).toBe(500);
    const caller = await Caller.join(server, ROOM, { headers: [ASSERTED, ['Privacy', 'none']] });
    expect((await caller.exchange(cpim('sip:ana@example.com', ROOM, 'a'))).what).toBe('200');
  });
});

describe('digest', () => {
  const ana: Login = { username: 'ana', password: 'secret' };

  test.each(['udp', 'tcp'] as const)(
    '7701-5.2-01, IDN-04: 401, and the password lets in over %s',
    async (transport) => {
      await start({ auth: 'digest', digest: { lookup } });
      const sip = await Caller.agent(server, transport);
      const request = invite(sip, 'sip:ana@localhost');
      const challenge = await sip.exchange(request);
      expect(challenge.status).toBe(401);
      expect(challenge.headers.has('Warning')).toBe(false);
      // RFC 8760 §2.4: a line for each, the best first.
      const offered = challengesOf(challenge).map((each) => [
        each.get('realm'),
        each.get('algorithm'),
        each.get('qop'),
      ]);
      expect(offered).toEqual([
        ['localhost', 'SHA-256', 'auth'],
        ['localhost', 'MD5', 'auth'],
      ]);
      await enter(sip, answering(request, challenge, ana));
      expect(present()).toEqual(['sip:ana@localhost']);
    },
  );

  test('IDN-04: handsets are asked with 407', async () => {
    await start({ auth: 'digest', digest: { lookup }, profile: 'rcs' });
    const sip = await Caller.agent(server);
    const request = invite(sip, 'sip:ana@localhost');
    const challenge = await sip.exchange(request);
    expect(challenge.status).toBe(407);
    await enter(sip, answering(request, challenge, { ...ana, algorithm: 'MD5' }));
  });

  test.each([ana.username, 'nobody'])('IDN-04: the third wrong password of %s is the last', async (username) => {
    await start({ auth: 'digest', digest: { lookup } });
    const sip = await Caller.agent(server);
    const answers: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const [, response] = await logIn(sip, invite(sip, 'sip:ana@localhost'), { username, password: 'wrong' });
      answers.push(response.status);
      expect(challengesOf(response).some((each) => each.has('stale'))).toBe(false);
    }
    expect(answers).toEqual([401, 401, 403]);
    expect(present()).toEqual([]);
  });

  test('a nonce that is too old is stale, and the same password is right with a new one', async () => {
    const clock = new ManualClock();
    await start({ auth: 'digest', digest: { lookup, nonceLifetime: 60 }, clock });
    const sip = await Caller.agent(server);
    const request = invite(sip, 'sip:ana@localhost');
    const challenge = await sip.exchange(request);
    clock.advance(61_000);
    const again = answering(request, challenge, ana);
    const stale = await sip.exchange(again);
    expect(stale.status).toBe(401);
    expect(challengesOf(stale)[0]?.get('stale')).toBe('true');
    await enter(sip, answering(again, stale, ana));
  });

  test('a count that was used is a replay, the next one is not', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const sip = await Caller.agent(server);
    const request = invite(sip, 'sip:ana@localhost');
    const challenge = await sip.exchange(request);
    await enter(sip, answering(request, challenge, ana));
    const replay = await sip.exchange(answering(invite(sip, 'sip:ana@localhost'), challenge, ana));
    expect(replay.status).toBe(401);
    expect(challengesOf(replay)[0]?.get('stale')).toBe('true');
    await enter(sip, answering(invite(sip, 'sip:ana@localhost'), challenge, { ...ana, nc: '00000002' }));
  });

  test('credentials for another place are no credentials for this one', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const sip = await Caller.agent(server);
    const [, elsewhere] = await logIn(sip, invite(sip, 'sip:ana@localhost'), { ...ana, uri: 'sip:other@localhost' });
    expect(elsewhere.status).toBe(400);
  });

  test('IDN-05: SUBSCRIBE is asked too', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const sip = await Caller.agent(server);
    await server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password: 'secret' });
    const request = sip.compose('SUBSCRIBE', ROOM, {
      headers: [
        ['Event', 'conference'],
        ['Expires', '600'],
      ],
    });
    const [challenge, response] = await logIn(sip, request, ana);
    expect([challenge.status, response.status]).toEqual([401, 200]);
    (await sip.next()).reply(481);
  });

  test('IDN-03, IDN-05: in a dialog nobody is asked again', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const { participant } = await server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password: 'secret' });
    expect((await participant.send('hello')).status).toBe(200);
  });

  test('a client with a wrong password is told 401, and gives up', async () => {
    await start({ auth: 'digest', digest: { lookup } });
    const joining = server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password: 'wrong' });
    await expect(joining).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED', sipStatus: 401 });
    const without = server.join(ROOM, 'ana', { uri: 'sip:ana@localhost' });
    await expect(without).rejects.toMatchObject({ sipStatus: 401 });
  });

  test('users of a file that htdigest wrote, by the only hash it has; and of what becomes of the file', async () => {
    const file = await fileWith(`ana:localhost:${md5('ana:localhost:secret')}\n`, 'users');
    await start({ auth: 'digest', digest: { file } });
    await join('secret');
    await writeFile(file, 'ana:another password\n');
    await join('another password');
    await expect(join('secret')).rejects.toMatchObject({ sipStatus: 401 });
  });

  test('a name with quotes, and PAI of a trusted peer instead of a password', async () => {
    await start({
      auth: { localhost: 'digest', '127.0.0.1': 'open', 'conf.example.com': 'trusted-proxy' },
      digest: { lookup },
      trustedPeers: LOOPBACK,
    });
    await server.join(ROOM, 'bob', { uri: 'sip:bob@localhost', username: 'bob "b"', password: 'quoted' });
    await Caller.call(server, ROOM, { headers: [ASSERTED] });
    expect(present()).toEqual(['sip:ana@example.com', 'sip:bob%20%22b%22@localhost']);
    await server.join('sip:open@127.0.0.1', 'anybody');
    await expect(server.join('sip:x@conf.example.com', 'anybody')).rejects.toMatchObject({ sipStatus: 403 });
  });

  test('users that cannot be looked up: 503', async () => {
    await start({ auth: 'digest', digest: { lookup: () => Promise.reject(new Error('down')) } });
    const joining = server.join(ROOM, 'ana', { uri: 'sip:ana@localhost', password: 'secret' });
    await expect(joining).rejects.toMatchObject({ sipStatus: 503 });
  });
});

test.each([
  ['trusted', LOOPBACK],
  ['untrusted', ['192.0.2.1']],
])(
  'IDN-13, PBX-05: a made-up To tag is 481 before anybody is asked who he is, from a peer that is %s',
  async (_, trustedPeers) => {
    await start({ auth: 'digest', digest: { lookup }, trustedPeers, rooms: { static: { lobby: {} } } });
    const sip = await Caller.agent(server);
    const request = sip.compose('SUBSCRIBE', ROOM, {
      headers: [['Event', 'conference'], ['To', `<${ROOM}>;tag=made-up`], ASSERTED],
    });
    expect((await sip.exchange(request)).status).toBe(481);
  },
);

test('IDN-11, IDN-12: who watches learns no address of a device, and nothing of what was asserted of those who hide', async () => {
  await start({ auth: 'trusted-proxy', trustedPeers: LOOPBACK });
  await Caller.call(server, ROOM, { headers: [ASSERTED, ['Privacy', 'id']] });
  await Caller.call(server, ROOM, { headers: [['P-Asserted-Identity', '"Bob" <sip:bob@example.com>']] });
  const sip = await Caller.agent(server);
  const headers: [string, string][] = [
    ['Event', 'conference'],
    ['Expires', '600'],
    ['P-Asserted-Identity', '<sip:eve@example.com>'],
  ];
  expect((await sip.exchange(sip.compose('SUBSCRIBE', ROOM, { headers }))).status).toBe(200);
  const notify = await sip.next();
  notify.reply(481);
  const body = notify.request.body.toString();
  expect(body).toContain('entity="sip:bob@example.com"');
  expect(body).toContain('entity="sip:anonymous1@anonymous.invalid"');
  expect(body).not.toMatch(/sip:ana@|33612345678|Ana\b|127\.0\.0\.1|:\d{4,5}\b/);
  expect([...notify.request.headers].filter(([name]) => /^P-/i.test(name))).toEqual([]);
});

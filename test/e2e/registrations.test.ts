/** REGISTERs that tell who is online, over real sockets. */
import { once } from 'node:events';
import { Caller, lines } from '../support/caller.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

const ANA = 'sip:ana@example.com';
const LOOPBACK = ['127.0.0.0/8'];
let server: ServerUnderTest;
let registrar: SipPeer;

async function start(options: ServerUnderTestOptions): Promise<void> {
  server = await ServerUnderTest.start(options);
  registrar = await Caller.agent(server);
}

afterEach(() => server.close());

/** What is told of users from here on. */
function listen(): string[] {
  const told: string[] = [];
  server.events.on('user:online', ({ uri }) => told.push(`${uri} online`));
  server.events.on('user:offline', ({ uri }, { reason }) => told.push(`${uri} ${reason}`));
  return told;
}

interface Registering {
  from?: string;
  to?: string;
  contact?: string;
  expires?: string;
  headers?: [string, string][];
  body?: string;
}

const register = ({ from = 'sip:scscf.example.net', to = ANA, contact, expires, headers = [], body }: Registering) => {
  const request = registrar.compose('REGISTER', 'sip:conf.example.com', {
    headers: [
      ['From', `<${from}>;tag=sc1`],
      ['To', `<${to}>`],
      ['Contact', contact ?? '<sip:scscf.example.net>'],
      ...(expires === undefined ? [] : [['Expires', expires] as [string, string]]),
      ...headers,
    ],
    ...(body !== undefined && { body }),
  });
  return registrar.exchange(request);
};

/** A message in a multipart body. */
const part = (...message: string[]): string => lines('--b1', 'Content-Type: message/sip', '', ...message, '');

describe('third-party registrations', () => {
  test('SAF-07: answered 200 with the same Expires at once, whoever the user is; CSeq and Call-ID may be the same always', async () => {
    await start({ registrations: 'third-party', trustedPeers: LOOPBACK });
    const told = listen();
    const same: [string, string][] = [
      ['Call-ID', 'the-same'],
      ['CSeq', '10 REGISTER'],
    ];
    const response = await register({ expires: '3630', headers: same });
    expect([response.status, response.headers.get('Expires')]).toEqual([200, '3630']);
    expect((await register({ expires: '3630', headers: same })).status).toBe(200);
    expect(told).toEqual([`${ANA} online`]);
    expect((await register({ expires: '0', headers: same })).headers.get('Expires')).toBe('0');
    expect(told).toEqual([`${ANA} online`, `${ANA} unregistered`]);
  });

  test('SAF-07: from an untrusted source it is 403, and nobody is online', async () => {
    await start({ registrations: 'third-party', trustedPeers: ['10.0.0.0/8'] });
    const told = listen();
    expect((await register({ expires: '600' })).status).toBe(403);
    expect(told).toEqual([]);
  });

  test('SAF-09: the REGISTER and the 200 in its body tell features and identities', async () => {
    await start({ profile: 'rcs', trustedPeers: LOOPBACK });
    const online = once(server.events, 'user:online');
    const body =
      part(
        'REGISTER sip:ims.example.net SIP/2.0',
        `Contact: <sip:198.51.100.24:5060>;+sip.instance="<urn:uuid:4>";+g.oma.sip-im;expires=3600`,
      ) +
      part('SIP/2.0 200 OK', 'P-Associated-URI: <tel:+33600000004>, <sip:+33600000004@ims.example.net>') +
      lines('--b1--');
    await register({ expires: '600', headers: [['Content-Type', 'multipart/mixed;boundary=b1']], body });
    const [user] = await online;
    expect(user).toMatchObject({ uri: ANA, aliases: ['tel:+33600000004', 'sip:+33600000004@ims.example.net'] });
    expect(user.features).toContain('+g.oma.sip-im');
    expect(JSON.stringify(user)).not.toContain('198.51.100.24');
  });

  test("a user's own REGISTER is not for us: it goes on to the application", async () => {
    await start({ registrations: 'third-party', trustedPeers: LOOPBACK });
    const told = listen();
    server.behind('register', (_req, res) => {
      res.send(200);
    });
    expect((await register({ from: ANA, expires: '600' })).status).toBe(200);
    expect(told).toEqual([]);
  });

  test('without Expires nobody knows until when: 400', async () => {
    await start({ registrations: 'third-party', trustedPeers: LOOPBACK });
    const request = registrar.compose('REGISTER', 'sip:conf.example.com', { headers: [['To', `<${ANA}>`]] });
    request.headers.delete('Contact');
    expect((await registrar.exchange(request)).status).toBe(400);
  });
});

describe('registrations that pass', () => {
  const from = ANA;
  let answer: number;
  beforeEach(async () => {
    await start({ registrations: 'passing' });
    answer = 200;
    server.behind('register', (_req, res) => {
      res.send(answer);
    });
  });

  test('what the registrar refuses does not count', async () => {
    const told = listen();
    answer = 403;
    expect((await register({ from, contact: '<sip:ana@192.0.2.1>', expires: '600' })).status).toBe(403);
    expect(told).toEqual([]);
  });

  test('the last device ends it; parameters of Contact win over Expires', async () => {
    const told = listen();
    await register({ from, contact: '<sip:ana@192.0.2.1>;expires=600, <sip:ana@192.0.2.2>;+sip.ice', expires: '900' });
    await register({ from, contact: '<sip:ana@192.0.2.1>;expires=0' });
    expect(told).toEqual([`${ANA} online`]);
    expect([...server.server.users.online.keys()]).toEqual([ANA]);
    await register({ from, contact: '<sip:ana@192.0.2.2>', expires: '0' });
    expect(told).toEqual([`${ANA} online`, `${ANA} unregistered`]);
  });

  test('a device that changes its address is not offline in between', async () => {
    const told = listen();
    await register({ from, contact: '<sip:ana@192.0.2.1>', expires: '600' });
    await register({ from, contact: '<sip:ana@192.0.2.1>;expires=0, <sip:ana@192.0.2.9>;expires=600' });
    expect(told).toEqual([`${ANA} online`]);
  });

  test('"*" ends all of them, with Expires 0 alone', async () => {
    const told = listen();
    await register({ from, contact: '<sip:ana@192.0.2.1>', expires: '600' });
    await register({ from, contact: '*', expires: '600' });
    expect(told).toEqual([`${ANA} online`]);
    await register({ from, contact: '*', expires: '0' });
    expect(told).toEqual([`${ANA} online`, `${ANA} unregistered`]);
  });

  test('the parser may be used by the application too', async () => {
    server.behind('register', (req, res) => {
      res.send('registration' in req ? 500 : 200);
    });
    expect((await register({ from, contact: '<sip:ana@192.0.2.1>', expires: '600' })).status).toBe(200);
  });

  test('nonsense in Contact and Expires costs nothing', async () => {
    const told = listen();
    for (const contact of ['<<<', 'x', '<sip:ana@192.0.2.1>;expires=never', '<sip:a@b>;expires=99999999999999']) {
      expect((await register({ from, contact, expires: 'soon' })).status).toBe(200);
    }
    expect(told.length).toBeLessThanOrEqual(1);
  });
});

test('CAP-04: without the option the SIP server is not asked for REGISTERs: they stay with whoever takes them', async () => {
  await start({ trustedPeers: LOOPBACK });
  expect((await register({ expires: '600' })).status).toBe(503);
  expect(server.server.users.online.size).toBe(0);
});

import { createHash } from 'node:crypto';
import { answer, Callees } from '../support/callee.js';
import { Caller, newPath } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const BOB = 'sip:bob@example.com';

let callees: Callees;
let server: ServerUnderTest;

beforeAll(async () => {
  callees = await Callees.start();
  const credentials = { user: 'rooms', password: 'secret' };
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy, invitations: { credentials } });
});
afterEach(() => server.clear());
afterAll(async () => {
  await server?.close();
  await callees?.close();
});

const newRoom = () => server.server.create(server.newRoom('conf.example.com'));

const sequence = (header: string | undefined): number => Number(header?.split(' ', 1)[0]);

describe('INV-17: the final response is told, and no second INVITE follows', () => {
  test.each([
    486, 600, 408, 480, 430, 500, 503, 404, 604, 410, 484, 403, 488, 606, 603, 491, 415, 420, 422, 301, 305, 380,
  ])('%i', async (status) => {
    const room = newRoom();
    const results = room.invite(BOB);
    const invited = await callees.invited();
    invited.reply(180);
    invited.reply(status, status === 503 ? [['Retry-After', '1']] : [], 'As it is');
    expect(await results).toEqual([{ uri: BOB, status, reason: 'As it is' }]);
    expect(callees.sip.unread).toBe(0);
    expect(room.participants.size).toBe(0);
  });
});

describe('INV-16: refused once, and once more', () => {
  test('301: the best target that may be dialled, in the same call', async () => {
    const results = newRoom().invite(BOB);
    const first = await callees.invited();
    const contacts =
      '<sip:room@conf.example.com>, <sip:bob@home.example>;q=0.5, <mailto:b@c>;q=0.9, <sip:bob@work.example>;q=0.8';
    first.reply(301, [['Contact', contacts]]);
    const second = await callees.invited();
    expect(second.request.uri).toBe('sip:bob@work.example');
    expect(second.header('To')).toBe(`<${BOB}>`);
    expect(second.header('Call-ID')).toBe(first.header('Call-ID'));
    expect(second.header('From')).toBe(first.header('From'));
    expect(sequence(second.header('CSeq'))).toBe(sequence(first.header('CSeq')) + 1);
    second.reply(302, [['Contact', '<sip:bob@third.example>']]);
    expect(await results).toMatchObject([{ uri: BOB, status: 302 }]);
    expect(callees.sip.unread).toBe(0);
  });

  test('3xx to a room of ours alone stands', async () => {
    const results = newRoom().invite(BOB);
    (await callees.invited()).reply(302, [['Contact', '<sip:room@conf.example.com>']]);
    expect(await results).toMatchObject([{ status: 302 }]);
  });

  test('420: without the tag', async () => {
    const results = newRoom().invite(BOB);
    (await callees.invited()).reply(420, [['Unsupported', 'timer, other']]);
    const second = await callees.invited();
    expect(second.header('Supported') ?? '').not.toContain('timer');
    second.reply(420, [['Unsupported', 'timer']]);
    expect(await results).toMatchObject([{ status: 420 }]);
  });

  test('422: with the Session-Expires it wants', async () => {
    const results = newRoom().invite(BOB);
    const first = await callees.invited();
    expect(first.header('Session-Expires')).toBeUndefined();
    first.reply(422, [['Min-SE', '600']]);
    const second = await callees.invited();
    expect(second.header('Session-Expires')).toBe('600;refresher=uac');
    expect(second.header('Min-SE')).toBe('600');
    second.reply(480);
    expect(await results).toMatchObject([{ status: 480 }]);
  });
});

describe.each([
  ['MD5', 'md5', 407],
  ['SHA-256', 'sha256', 401],
] as const)('a proxy that asks with %s who we are', (algorithm, hashName, status) => {
  const [ask, answered] =
    status === 407 ? ['Proxy-Authenticate', 'Proxy-Authorization'] : ['WWW-Authenticate', 'Authorization'];
  const challenge: [string, string] = [ask, `Digest realm="pbx", nonce="abc", qop="auth", algorithm=${algorithm}`];

  const hash = (text: string): string => createHash(hashName).update(text).digest('hex');

  test('is told by the credentials, in the same call, and then the INVITE goes on', async () => {
    const room = newRoom();
    const results = room.invite(BOB);
    const first = await callees.invited();
    first.reply(status, [challenge]);
    const second = await callees.invited();
    const given = Object.fromEntries(
      [...(second.header(answered) ?? '').matchAll(/(\w+)="?([^",]+)"?/g)].map(([, name, value]) => [name, value]),
    );
    const parts = [hash('rooms:pbx:secret'), 'abc', given.nc, given.cnonce, 'auth', hash(`INVITE:${BOB}`)];
    expect(given).toMatchObject({ username: 'rooms', uri: BOB, response: hash(parts.join(':')) });
    expect(second.header('Call-ID')).toBe(first.header('Call-ID'));
    expect(sequence(second.header('CSeq'))).toBe(sequence(first.header('CSeq')) + 1);
    const bob = await second.join();
    expect(await results).toMatchObject([{ status: 200 }]);
    await bob.bye();
  });

  test('and who is not believed then is not asked a third time', async () => {
    const results = newRoom().invite(BOB);
    (await callees.invited()).reply(status, [challenge]);
    (await callees.invited()).reply(status, [challenge]);
    expect(await results).toMatchObject([{ status }]);
    expect(callees.sip.unread).toBe(0);
  });

  test('no answer to what is no digest', async () => {
    const results = newRoom().invite(BOB);
    (await callees.invited()).reply(status, [[ask, 'Basic realm="pbx"']]);
    expect(await results).toMatchObject([{ status }]);
  });
});

test('INV-15: of a forked INVITE the first 2xx is kept; the other gets ACK and BYE', async () => {
  const room = newRoom();
  const results = room.invite(BOB);
  const invited = await callees.invited();
  const path = newPath();
  const first = await invited.accept(answer(path), [], 'fork1');
  const second = await invited.accept(answer(newPath()), [], 'fork2');
  const bye = await callees.request();
  expect(bye.method).toBe('BYE');
  expect(second.dialog.matches(bye)).toBe(true);
  await first.connect(path);
  expect(await results).toMatchObject([{ status: 200 }]);
  expect(room.participants.size).toBe(1);
  await first.bye();
});

test('TMR-04: the session timer of a call is refreshed by us, and goes on in our re-INVITE', async () => {
  const timed = await ServerUnderTest.start({ outboundProxy: callees.proxy, invitations: { sessionTimer: 1800 } });
  try {
    const room = timed.server.create(timed.newRoom('conf.example.com'));
    const results = room.invite(BOB);
    const invited = await callees.invited();
    expect(invited.header('Session-Expires')).toBe('1800;refresher=uac');
    const path = newPath();
    const bob = await invited.accept(answer(path), [['Session-Expires', '900;refresher=uac']]);
    await bob.connect(path);
    await results;
    await room.configure({ allowNicknames: false });
    const reinvite = await callees.invited();
    expect(reinvite.header('Session-Expires')).toBe('900;refresher=uac');
    reinvite.reply(488);
    await bob.bye();
  } finally {
    await timed.close();
  }
});

/** Documents about `room` until one is as wanted. */
async function watch(room: string) {
  const agent = await Caller.agent(server);
  await agent.subscribe(room, [
    ['Event', 'conference'],
    ['Accept', 'application/conference-info+xml'],
    ['Expires', '600'],
  ]);
  return async (wanted: RegExp): Promise<string> => {
    for (;;) {
      const transaction = await agent.next();
      transaction.reply(200);
      const document = transaction.request.body.toString();
      if (wanted.test(document)) return document;
    }
  };
}

describe('INV-17: what watchers see of a call', () => {
  test.each([
    [486, 'Busy Here', 'busy'],
    [600, 'Busy Everywhere', 'busy'],
    [480, 'Temporarily Unavailable', 'failed'],
    [603, 'Decline', 'failed'],
  ])('dialing-out, alerting, then disconnected by %i', async (status, reason, method) => {
    const { uri } = server.server.create(server.newRoom('conf.example.com'), {
      roster: { watch: 'anyone', notify: 'partial', interval: 0 },
    });
    const seen = await watch(uri);
    const results = server.server.existing(uri).invite(BOB);
    const invited = await callees.invited();
    expect(await seen(/dialing-out/)).toContain(`entity="${BOB}"`);
    invited.reply(180);
    await seen(/alerting/);
    invited.reply(status, [], reason);
    const over = await seen(/disconnected/);
    expect(over).toContain(`<disconnection-method>${method}</disconnection-method>`);
    expect(over).toContain(`Reason: SIP;cause=${status};text="${reason}"`);
    await results;
  });
});

import { NodeTransport } from '../../../lib/client/node/transport.js';
import { ChatParticipant } from '../../../lib/client/participant.js';
import type { RelayAccount } from '../../../lib/client/msrp/relay-access.js';
import { EventLog } from '../../../lib/client/testing.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { FakeRelay, type RelayScript } from '../../support/fake-relay.js';
import { cpim, FakeSignalling, roomAnswer } from '../../support/fake-signalling.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ALICE, BOB, flushed, ROOM } from '../../support/participant-stage.js';
import { TEST_CERTIFICATE } from '../../support/test-certificate.js';

const PEER = 'msrps://room.example.net:2855/fakeRoomSession1;tcp';

let clock: ManualClock;
let signalling: FakeSignalling;
let alice: ChatParticipant;
let events: EventLog;
let relay: FakeRelay;

const answer = (setup = 'passive'): string =>
  roomAnswer(PEER).replace('TCP/MSRP', 'TCP/TLS/MSRP').replace('setup:passive', `setup:${setup}`);

async function stage(script: RelayScript = {}, setup = 'passive'): Promise<RelayAccount> {
  relay = await FakeRelay.listen(script);
  clock = new ManualClock();
  signalling = new FakeSignalling(() => answer(setup));
  return { uri: relay.uri, username: 'alice', password: 's3cret' };
}

function participant(relays: RelayAccount[], options: { resolveSrv?: () => Promise<never[]> } = {}): ChatParticipant {
  const transport = new NodeTransport({ clock, ca: TEST_CERTIFICATE, ...options });
  alice = new ChatParticipant({ uri: ALICE, signalling, transport, clock, relays });
  events = new EventLog(alice, clock);
  return alice;
}

/** Joins, answering the SEND that binds; returns that. */
async function joined(account: RelayAccount) {
  const join = participant([account]).join(ROOM);
  await relay.authenticated(2);
  const bind = await relay.client.frame();
  relay.client.answer(bind, '200 OK');
  await join;
  return bind;
}

afterEach(async () => {
  await alice.leave();
  await relay.close();
  expect(clock.pending).toBe(0);
});

const pathOf = (sdp: string): string[] => /^a=path:(.*)\r$/m.exec(sdp)?.[1].split(' ') ?? [];

test('4976-5.1-01, -02, -03 AUTH over TLS; SDP path and To-Path lead through the relay', async () => {
  const bind = await joined(await stage());
  const [first, second] = relay.auths;
  const own = first.headers.get('from-path') ?? '';
  expect(first).toMatchObject({ what: 'AUTH', body: undefined, flag: '$' });
  expect(first.headers.get('to-path')).toBe(relay.uri);
  expect(second.tid).not.toBe(first.tid);
  expect(second.headers.get('authorization')).toMatch(/, qop=auth, nc=00000001, cnonce="/);
  expect(pathOf(signalling.offer)).toEqual([relay.usePath, own]);
  // the peer's TLS ends at the relay, whose certificate is not ours
  expect(signalling.offer).not.toContain('a=fingerprint');
  expect(signalling.offer).toContain('m=message 2855 TCP/TLS/MSRP *\r\n');
  expect(signalling.offer).toContain('a=setup:actpass\r\n');
  expect(bind.headers.get('to-path')).toBe(`${relay.usePath} ${PEER}`);
  expect(bind.headers.get('from-path')).toBe(own);
});

test('4976-5.3-01, 4975-7.2-04, 4975-7.1.3-02 a message through relays: response to the last hop, report to the first', async () => {
  await joined(await stage());
  const own = pathOf(signalling.offer).at(-1) ?? '';
  const body = cpim(`<${BOB}>`, `<${ROOM}>`, 'hi');
  relay.client.write(
    `MSRP tid99 SEND\r\nTo-Path: ${own}\r\nFrom-Path: ${relay.usePath} ${PEER}\r\nMessage-ID: mess1\r\nSuccess-Report: yes\r\nByte-Range: 1-${body.length}/${body.length}\r\nContent-Type: message/cpim\r\n\r\n${body}\r\n-------tid99$\r\n`,
  );
  expect((await events.next('message'))[0]).toMatchObject({ from: BOB, text: 'hi' });
  expect((await relay.client.frameOf('200')).headers.get('to-path')).toBe(relay.usePath);
  expect((await relay.client.frameOf('REPORT')).headers.get('to-path')).toBe(`${relay.usePath} ${PEER}`);
});

test('4976-3-01 a 200 of the relay is not delivery: the REPORT is', async () => {
  await joined(await stage());
  const sending = alice.send('hello', { successReport: true });
  const frame = await relay.client.frame();
  relay.client.answer(frame, '200 OK');
  const { delivered, messageId } = await sending;
  const settled = jest.fn();
  void delivered?.finally(settled);
  await flushed();
  expect(settled).not.toHaveBeenCalled();
  const length = frame.body?.length;
  relay.client.write(
    `MSRP rep1 REPORT\r\nTo-Path: ${frame.headers.get('from-path')}\r\nFrom-Path: ${relay.usePath} ${PEER}\r\nMessage-ID: ${messageId}\r\nByte-Range: 1-${length}/${length}\r\nStatus: 000 200 OK\r\n-------rep1$\r\n`,
  );
  expect(await delivered).toMatchObject({ status: 200 });
});

test('6135-4.5-01 negotiated passive, no SEND binds: the room does', async () => {
  const account = await stage({}, 'active');
  const join = participant([account]).join(ROOM);
  await relay.authenticated(2);
  while (!signalling.said.includes('invite')) await flushed();
  await flushed();
  expect(relay.client.untaken).toEqual([]);
  const own = pathOf(signalling.offer).at(-1) ?? '';
  relay.client.write(
    `MSRP bind9 SEND\r\nTo-Path: ${own}\r\nFrom-Path: ${relay.usePath} ${PEER}\r\nMessage-ID: mess1\r\nByte-Range: 1-0/0\r\n-------bind9$\r\n`,
  );
  await join;
  expect((await relay.client.frame()).what).toBe('200');
});

test('4976-5.1-05 the path is renewed before it expires, and offered anew', async () => {
  await joined(await stage({ expires: 900 }));
  const before = relay.usePath;
  clock.advance(840_000);
  await relay.authenticated(3);
  expect(relay.auths[2].headers.get('authorization')).toContain('nc=00000002');
  while (!signalling.said.includes('reinvite')) await flushed();
  await flushed();
  expect(relay.usePath).not.toBe(before);
  expect(pathOf(signalling.offer)[0]).toBe(relay.usePath);
  expect(signalling.offer).toMatch(/^o=- \d+ 2 /m);
  const sending = alice.send('through the new path');
  const frame = await relay.client.frame();
  expect(frame.headers.get('to-path')).toBe(`${relay.usePath} ${PEER}`);
  relay.client.answer(frame, '200 OK');
  await sending;
});

test('a path that stays the same needs no new offer', async () => {
  const usePath = (): string => `msrps://localhost:${relay.port}/same;tcp`;
  await joined(await stage({ expires: 100, usePath }));
  clock.advance(50_000);
  await relay.authenticated(3);
  await clock.passUntil(relay.authenticated(4));
  expect(signalling.said).not.toContain('reinvite');
});

test('a renewed path that the room refuses ends the session', async () => {
  await joined(await stage());
  signalling.refusal = new ChatroomsError('CHAT_ERR_OFFER_REFUSED', '488', { sipStatus: 488 });
  clock.advance(840_000);
  while (!signalling.said.includes('reinvite')) await flushed();
  expect((await clock.passUntil(events.next('ended'), 100))[0]).toMatchObject({ kind: 'lost' });
});

test('a relay that serves no more ends the session, after some tries', async () => {
  await joined(await stage());
  relay.script.refuse = '403 Forbidden';
  const ended = events.next('ended', () => true, 10_000_000);
  expect((await clock.passUntil(ended, 5000))[0]).toMatchObject({ kind: 'lost' });
  expect(relay.auths.length).toBeGreaterThan(3);
});

test('4976-5.1-06, 4975-10-06 423: asked again with what is permitted', async () => {
  const account = await stage({ bounds: 'Min-Expires: 1200' });
  const join = participant([{ ...account, expires: 60 }]).join(ROOM);
  await relay.authenticated(3);
  relay.client.answer(await relay.client.frame(), '200 OK');
  await join;
  expect(relay.auths.map(({ headers }) => headers.get('expires'))).toEqual(['60', '60', '1200']);
});

describe('a relay that does not serve ends the join', () => {
  test.each([
    ['403: give up (4976-5.1-06)', { refuse: '403 Forbidden' }, 403],
    ['rspauth is wrong (4976-9.1-02)', { liar: true }, 200],
    ['no usable path (4976-8-01)', { usePath: () => 'msrps://localhost/x;tcp' }, 200],
  ] as [string, RelayScript, number][])('%s', async (_name, script, msrpStatus) => {
    const join = participant([await stage(script)]).join(ROOM);
    await expect(join).rejects.toMatchObject({ code: 'CHAT_ERR_RELAY_REFUSED', msrpStatus });
    expect(signalling.said).not.toContain('invite');
  });

  test('a wrong password', async () => {
    const account = await stage();
    await expect(participant([{ ...account, password: 'guess' }]).join(ROOM)).rejects.toMatchObject({
      code: 'CHAT_ERR_RELAY_REFUSED',
      message: expect.stringContaining('password'),
    });
  });

  test('4976-5.1-03 without TLS', async () => {
    const account = await stage();
    const plain = participant([{ ...account, uri: account.uri.replace('msrps', 'msrp') }]);
    await expect(plain.join(ROOM)).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });

  test('RFC 4976 §9.2 a certificate nobody vouches for', async () => {
    const account = await stage();
    const transport = new NodeTransport({ clock });
    alice = new ChatParticipant({ uri: ALICE, signalling, transport, clock, relays: [account] });
    await expect(alice.join(ROOM)).rejects.toMatchObject({ code: 'CHAT_ERR_MSRP_UNREACHABLE' });
  });
});

describe('4976-5.1-03 finding a relay without port', () => {
  test('SRV records by priority; the certificate is for the name in the URI', async () => {
    const account = await stage();
    const asked: string[] = [];
    const transport = new NodeTransport({
      clock,
      ca: TEST_CERTIFICATE,
      resolveSrv: (name) => {
        asked.push(name);
        return Promise.resolve([
          { name: '127.0.0.1', port: relay.port, priority: 2, weight: 0 },
          { name: '127.0.0.1', port: 1, priority: 1, weight: 10 },
        ]);
      },
    });
    alice = new ChatParticipant({
      uri: ALICE,
      signalling,
      transport,
      clock,
      relays: [{ ...account, uri: 'msrps://localhost;tcp' }],
    });
    const join = alice.join(ROOM);
    await relay.authenticated(2);
    relay.client.answer(await relay.client.frame(), '200 OK');
    await join;
    expect(asked).toEqual(['_msrps._tcp.localhost']);
    expect(relay.auths[0].headers.get('to-path')).toBe('msrps://localhost;tcp');
  });

  test('without records port 2855 of the name itself', async () => {
    await stage();
    const transport = new NodeTransport({ clock, resolveSrv: () => Promise.reject(new Error('ENOTFOUND')) });
    const relays = [{ uri: 'msrps://localhost;tcp', username: 'a', password: 'b' }];
    alice = new ChatParticipant({ uri: ALICE, signalling, transport, clock, relays });
    await expect(alice.join(ROOM)).rejects.toMatchObject({ message: expect.stringContaining('localhost:2855') });
  });
});

test('4976-5.1-01 two relays: the AUTH to the outer one goes through the inner one', async () => {
  const inner = await stage();
  const outer = { uri: 'msrps://outer.example.net;tcp', username: 'alice', password: 's3cret' };
  const join = participant([inner, outer]).join(ROOM);
  await relay.authenticated(4);
  relay.client.answer(await relay.client.frame(), '200 OK');
  await join;
  const [, , third, fourth] = relay.auths;
  expect(third.headers.get('to-path')).toBe(`msrps://localhost:${relay.port}/grant1;tcp ${outer.uri}`);
  // "digest URI = rightmost To-Path URI"
  expect(fourth.headers.get('authorization')).toContain(`uri="${outer.uri}"`);
});

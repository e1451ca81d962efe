import { type TestParticipant, userPart } from '../../lib/client/testing.js';
import type { SipRequest } from '../../lib/embedded-drachtio/sip.js';
import { Caller, cpim, inviteFrom, offer } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

const ANA = 'sip:ana@example.com';
const NOBODY = 'sip:anonymous@anonymous.invalid';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start({
    rooms: {
      static: {
        ours: { deletion: 'creator' },
        single: { simultaneousAccess: false },
        moving: { simultaneousAccess: 'replace' },
        hiding: { pseudonymous: true },
        hiding2: { pseudonymous: true },
        quiet: { allowPrivateMessages: 'moderators', moderators: ['sip:mod@example.com'] },
      },
    },
  });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

const uriOf = (name: string): string => `sip:${name}@localhost`;

/** Subscribes to the roster from outside. */
async function watch(room: string): Promise<SipPeer> {
  const agent = await Caller.agent(server);
  await agent.subscribe(room, [
    ['Event', 'conference'],
    ['Accept', 'application/conference-info+xml'],
    ['Expires', '600'],
  ]);
  return agent;
}

/** The next NOTIFY that is as wanted; each is answered. */
async function notified(agent: SipPeer, wanted: (notify: SipRequest) => boolean): Promise<SipRequest> {
  for (;;) {
    const transaction = await agent.next();
    transaction.reply(200);
    if (wanted(transaction.request)) return transaction.request;
  }
}

const ended = ({ events }: TestParticipant) => events.next('ended').then(([end]) => end);

test('7701-5.3-01, 7701-5.3-02: with its creator the room ends: BYE to all, subscriptions noresource', async () => {
  const room = uriOf('ours');
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const watcher = await watch(room);
  await ana.participant.leave();
  expect(await ended(bob)).toMatchObject({ kind: 'removed', reason: 'its creator left' });
  const last = await notified(
    watcher,
    ({ headers }) => headers.get('Subscription-State')?.startsWith('terminated') === true,
  );
  expect(last.headers.get('Subscription-State')).toContain('reason=noresource');
  expect(server.server.room('ours')).toBeUndefined();
});

test('7701-6.1-13: a second endpoint is refused where there is no simultaneous access', async () => {
  const room = uriOf('single');
  const ana = await server.join(room, 'ana');
  const second = server.join(room, 'ana');
  await expect(second).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED', sipStatus: 403 });
  await ana.participant.leave();
  await server.join(room, 'ana');
});

test('P-CON-03: there, one whose connection is lost gives way', async () => {
  const room = uriOf('single');
  const lost = await Caller.join(server, room, { uri: ANA });
  const bye = lost.answered('BYE');
  lost.msrp.drop();
  // The server hears of it later than we do.
  const again = (): Promise<TestParticipant> => server.join(room, 'ana').catch(again);
  const { participant } = await again();
  expect((await bye).headers.get('Reason')).toContain('replaced by another endpoint');
  expect(await participant.send('hello')).toMatchObject({ status: 200 });
});

test('7701-6.1-13: a new endpoint takes the place of the old one, which gets BYE; the others see nobody go', async () => {
  const room = uriOf('moving');
  const bob = await server.join(room, 'bob');
  const desk = await Caller.join(server, room, { uri: ANA });
  await bob.events.next('roster', ({ participants }) => participants.some(({ uri }) => uri === ANA));
  const bye = desk.answered('BYE');
  const phone = await server.join(room, 'ana');
  expect((await bye).headers.get('Reason')).toBe('SIP;cause=200;text="replaced by another endpoint"');
  await bob.participant.send('still here?');
  expect((await phone.events.next('message'))[0].text).toBe('still here?');
  await phone.participant.send('yes');
  expect((await bob.events.next('message'))[0].from).toBe(ANA);
  expect(bob.events.pending('leave')).toEqual([]);
});

test('7701-6.2-07, A-12: private messages only with a moderator at one end', async () => {
  const [ana, bob, mod] = await server.joinAll(uriOf('quiet'), 'ana', 'bob', 'mod');
  const { participant } = ana;
  expect(await participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 403 });
  expect(await participant.sendPrivate('sip:nobody@example.com', 'psst')).toMatchObject({ status: 403 });
  expect(await participant.sendPrivate('sip:mod@example.com', 'help')).toMatchObject({ status: 200 });
  expect((await mod.events.next('message'))[0]).toMatchObject({ text: 'help', private: true });
  server.server.chat.focus.configure(uriOf('quiet'), { moderators: [ANA] });
  expect(await mod.participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 403 });
  expect(await participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 200 });
  expect((await bob.events.next('message'))[0]).toMatchObject({ text: 'psst', private: true });
});

describe('a room that hides everybody', () => {
  const room = uriOf('hiding');

  test('our client writes under the URI the room made up, from the first message on', async () => {
    const bob = await server.join(room, 'bob', { displayName: 'Bob Real' });
    const ana = await server.join(room, 'ana', { displayName: 'Ana Real', nick: 'Pizza' });
    expect(await ana.participant.send('hello')).toMatchObject({ status: 200 });
    const [message] = await bob.events.next('message', ({ text }) => text === 'hello');
    expect(message.from).toBe(ana.participant.uri);
    expect(message.from).toMatch(/^sip:anonymous\d+@anonymous\.invalid$/);
    expect(Buffer.from(message.raw).toString()).not.toMatch(/ana\b|real/i);
    const [{ participants }] = await bob.events.next('roster', (now) => now.participants.length === 2);
    expect(participants.map((entry) => bob.participant.isSelf(entry))).toEqual([true, false]);
    expect(await bob.participant.sendPrivate(message.from, 'who?')).toMatchObject({ status: 200 });
    const [answer] = await ana.events.next('message', ({ text }) => text === 'who?');
    expect(answer).toMatchObject({ from: bob.participant.uri, private: true });
    expect(await bob.participant.sendPrivate(ANA, 'psst')).toMatchObject({ status: 404 });
  });

  test('P-ANON-01: any client is told the URI; the own address in From is refused, so are those of others', async () => {
    const bob = await server.join(room, 'bob');
    const ana = await Caller.join(server, room, { uri: ANA });
    const notice = (await ana.msrp.frameOf('SEND')).body ?? '';
    const uri = /^To: <(.*)>/m.exec(notice)?.[1] ?? '';
    expect(notice).toContain(`From: <${room}>`);
    expect(notice).toContain(`Write under ${uri};`);
    for (const [from, status] of [
      [ANA, '403'],
      [bob.participant.uri, '403'],
      [uri, '200'],
      [NOBODY, '200'],
    ]) {
      expect(await ana.exchange(cpim(from, room, from))).toMatchObject({ what: status });
    }
    await bob.events.next('message', ({ text }) => text === NOBODY);
    expect(JSON.stringify(bob.events.pending('message'))).not.toContain(ANA);
  });

  test('7701-5.2-09: who is anonymous already goes on under that URI, and is told nothing', async () => {
    const bob = await server.join(room, 'bob');
    const ana = await server.join(room, 'ana', { anonymous: true });
    expect(await ana.participant.send('hello')).toMatchObject({ status: 200 });
    expect((await bob.events.next('message', ({ text }) => text === 'hello'))[0].from).toBe(ana.participant.uri);
    expect(ana.events.pending('message')).toEqual([]);
  });
});

/** All that somebody in the room is told, in SIP and MSRP, until a certain message. */
async function everythingSeen(eve: Caller, watcher: SipPeer, until: string): Promise<string> {
  const seen = [eve.response.body.toString(), JSON.stringify([...eve.response.headers])];
  for (let raw = ''; !raw.includes(until); seen.push(raw)) ({ raw } = await eve.msrp.frame());
  await notified(watcher, ({ headers, body }) => {
    seen.push(body.toString(), JSON.stringify([...headers]));
    return body.includes('anonymous5@');
  });
  return seen.join('\n');
}

test.each([
  ['one that hides everybody', 'hiding2', []],
  ['any other, of those who asked for it', 'free', [['Privacy', 'id']]],
] as const)('P-ANON-02, IDN-07: nothing anybody sees tells who is who in %s', async (_which, name, privacy) => {
  const room = uriOf(name);
  const hidden = async (user: string, more: [string, string][] = []): Promise<Caller> => {
    const headers: [string, string][] = [...privacy.map(([key, value]): [string, string] => [key, value]), ...more];
    return Caller.join(server, room, { uri: `sip:${user}@secret.example`, headers });
  };
  const eve = await Caller.join(server, room, { uri: 'sip:eve@example.com', headers: [['Privacy', 'id']] });
  const watcher = await watch(room);
  const desk = await hidden('ana', [['Contact', `<sip:ana@127.0.0.1:9;gr=urn:uuid:ana-device>`]]);
  const phone = await hidden('ana');
  const bob = await hidden('bob');
  const gone = await hidden('carl');
  expect(await gone.bye()).toMatchObject({ status: 200 });
  await hidden('carl');
  for (const caller of [desk, phone, bob]) {
    expect(await caller.exchange(cpim('sip:ana@secret.example', room, 'slip'))).toMatchObject({ what: '403' });
    expect(await caller.exchange(cpim(NOBODY, room, 'hello'))).toMatchObject({ what: '200' });
    expect(await caller.exchange(cpim(NOBODY, room, 'x'.repeat(9000)))).toMatchObject({ what: '200' });
  }
  const imdn = cpim(NOBODY, room, '<recipient-uri>sip:ana@secret.example</recipient-uri>');
  const refused = await desk.exchange(imdn.replace('text/plain;charset=utf-8', 'message/imdn+xml'));
  expect(refused).toMatchObject({ what: '403' });
  expect(await bob.exchange(cpim(NOBODY, room, 'the end'))).toMatchObject({ what: '200' });
  const seen = await everythingSeen(eve, watcher, 'the end');
  for (const secret of [/\bana\b/i, /\bbob\b/i, /\bcarl\b/i, /secret\.example/, /ana-device/, /slip/]) {
    expect(seen).not.toMatch(secret);
  }
  // ana with two devices is one; who comes again is another one.
  const users = new Set([...seen.matchAll(/<user [^>]*entity="([^"]*)"/g)].map(([, uri]) => userPart(uri)));
  // May be shown as one who has left.
  users.delete('anonymous4');
  expect([...users].toSorted()).toEqual([1, 2, 3, 5].map((n) => `anonymous${n}`));
});

test('3323-4.2-01: an INVITE that asks to be hidden, where that is not allowed, is 433', async () => {
  server.server.create('named', { allowAnonymous: false });
  const agent = await Caller.agent(server);
  const invite = inviteFrom(agent, uriOf('named'), { uri: ANA, headers: [['Privacy', 'id']], body: offer() });
  expect(await agent.exchange(invite)).toMatchObject({ status: 433 });
});

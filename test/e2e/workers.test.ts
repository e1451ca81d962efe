import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import {
  joinRoom,
  type JoinOptions,
  type ParticipantSettings,
  type TestParticipant,
} from '../../lib/client/testing.js';
import { type RunningServer, serve, serveUnder } from '../support/program.js';
import { failWorker } from '../support/worker-inspector.js';

const ROOM = 'sip:lobby@localhost';

let server: RunningServer;
let inside: TestParticipant[] = [];

beforeAll(async () => {
  server = await serve('--workers', '2');
});
afterEach(async () => {
  await Promise.all(inside.splice(0).map(({ participant }) => participant.leave()));
});
afterAll(() => server?.program.kill());

const uriOf = (user: string): string => `sip:${user}@localhost`;

const isHare = ({ uri, nickname }: { uri: string; nickname?: string }): boolean =>
  uri === uriOf('ben') && nickname === 'Hare';

async function join(user: string, options: Partial<ParticipantSettings> & JoinOptions = {}): Promise<TestParticipant> {
  const joined = await joinRoom(ROOM, { uri: uriOf(user), proxy: server.sip, ...options });
  inside.push(joined);
  return joined;
}

/** In this order, so that each second one is at the second worker. */
async function joinAll(...users: string[]): Promise<TestParticipant[]> {
  const joined: TestParticipant[] = [];
  for (const user of users) joined.push(await join(user));
  return joined;
}

const nextText = async ({ events }: TestParticipant): Promise<string> => (await events.next('message'))[0].text ?? '';

async function metric(name: string): Promise<number> {
  const text = await (await fetch(server.health.replace('healthz', 'metrics'))).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('the second worker listens at ports of its own', () => {
  expect(server.program.stdout).toMatch(/Worker {2}2: msrp:\/\/127\.0\.0\.1:\d+, msrps:\/\/127\.0\.0\.1:\d+\n/);
});

test('7701-6.1-05: a message to the room reaches those at both workers, once', async () => {
  const [ana, ben, cleo, dan] = await joinAll('ana', 'ben', 'cleo', 'dan');
  await ana.participant.send('from the first');
  await ben.participant.send('from the second');
  for (const other of [cleo, dan]) {
    const texts = [await nextText(other), await nextText(other)];
    expect(texts.toSorted()).toEqual(['from the first', 'from the second']);
    expect(other.events.pending('message')).toEqual([]);
  }
  expect(await nextText(ben)).toBe('from the first');
  expect(await nextText(ana)).toBe('from the second');
});

test('7701-6.2-01, 7701-6.2-04: a private message crosses, to nobody else; one to who is not there is 404', async () => {
  const [ana, ben, cleo, dan] = await joinAll('ana', 'ben', 'cleo', 'dan');
  expect(await ana.participant.sendPrivate(uriOf('ben'), 'psst')).toMatchObject({ status: 200 });
  expect((await ben.events.next('message'))[0]).toMatchObject({ text: 'psst', private: true });
  await ana.participant.send('to all');
  for (const other of [cleo, dan]) expect(await nextText(other)).toBe('to all');
  await dan.participant.leave();
  expect(await ana.participant.sendPrivate(uriOf('dan'), 'psst')).toMatchObject({ status: 404 });
});

test('7701-7.1-08: a nickname that somebody at the other worker has is refused with 425', async () => {
  const [ana, ben] = await joinAll('ana', 'ben');
  expect(await ana.participant.setNickname('Fox')).toMatchObject({ status: 200 });
  expect(await ben.participant.setNickname('fox')).toMatchObject({ status: 425 });
  expect(await ben.participant.setNickname('Hare')).toMatchObject({ status: 200 });
  await ana.events.next('roster', ({ participants }) => participants.some(isHare));
});

test('the messages of each sender arrive in the order in which they were sent, at both workers', async () => {
  const everybody = await joinAll('ana', 'ben', 'cleo', 'dan');
  const [ana, ben, cleo, dan] = everybody;
  const numbers = Array.from({ length: 200 }, (_, index) => index);
  const say = async ({ participant }: TestParticipant): Promise<void> => {
    await Promise.all(numbers.map((number) => participant.send(String(number))));
  };
  await Promise.all([say(ana), say(ben)]);
  for (const { events } of [cleo, dan]) {
    const heard = new Map<string, number[]>();
    for (let count = 0; count < 2 * numbers.length; count++) {
      const [{ from, text }] = await events.next('message');
      heard.set(from, [...(heard.get(from) ?? []), Number(text)]);
    }
    expect([heard.get(uriOf('ana')), heard.get(uriOf('ben'))]).toEqual([numbers, numbers]);
  }
});

const digest = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex');

test('7701-6.1-08: a message of 8 MiB crosses whole', async () => {
  const [ana, ben, cleo] = await joinAll('ana', 'ben', 'cleo');
  const content = randomBytes(8 * 1024 * 1024);
  const sent = await ana.participant.sendContent(ROOM, 'application/octet-stream', content, { successReport: true });
  expect(sent).toMatchObject({ status: 200 });
  for (const { events } of [ben, cleo]) {
    const [{ content: arrived }] = await events.next('message');
    expect(digest(arrived)).toBe(digest(content));
  }
});

test('one certificate for all: over TLS at both workers, and without', async () => {
  const [ana, ben] = [await join('ana', { secure: true }), await join('ben', { secure: true })];
  const cleo = await join('cleo');
  await ana.participant.send('good morning');
  for (const other of [ben, cleo]) expect(await nextText(other)).toBe('good morning');
  await ben.participant.send('you too');
  for (const other of [ana, cleo]) expect(await nextText(other)).toBe('you too');
});

test('the figures of both are summed', async () => {
  await joinAll('ana', 'ben', 'cleo');
  expect(await metric('chatroom_endpoints')).toBe(3);
  expect(await metric('chatroom_participants')).toBe(3);
});

test('SIGTERM: what was said arrives, everybody gets BYE, and it ends with 0', async () => {
  const own = await serve('--workers', '2');
  expect((await fetch(own.health)).status).toBe(200);
  const guests: TestParticipant[] = [];
  for (const user of ['ana', 'ben', 'cleo']) {
    guests.push(await joinRoom(ROOM, { uri: uriOf(user), proxy: own.sip }));
  }
  await guests[0].participant.send('last words');
  const stopped = own.program.stop();
  for (const { events } of guests)
    expect((await events.next('ended'))[0]).toMatchObject({ kind: 'removed', cause: 503 });
  expect(await nextText(guests[1])).toBe('last words');
  expect(await stopped).toMatchObject({ code: 0 });
});

/** Resolves when somebody listens at a port of this machine. */
async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const listening = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (listening) return;
  }
}

test('a worker that fails: its sessions end, the others go on, and another thread takes its place', async () => {
  const own = await serveUnder(
    { env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } },
    '--workers',
    '2',
    '--log-format',
    'json',
  );
  try {
    expect((await fetch(own.health)).status).toBe(200);
    const joinOwn = (user: string): Promise<TestParticipant> => joinRoom(ROOM, { uri: uriOf(user), proxy: own.sip });
    const guests: TestParticipant[] = [];
    for (const user of ['ana', 'ben', 'cleo', 'dan']) guests.push(await joinOwn(user));
    const [ana, ben, cleo, dan] = guests;
    await failWorker(own.program.stderr, 'msrp 1', 'out of luck');
    for (const { events } of [ana, cleo]) expect((await events.next('ended'))[0]).toMatchObject({ kind: 'lost' });
    expect(await ben.participant.send('still here')).toMatchObject({ status: 200 });
    expect(await nextText(dan)).toBe('still here');
    await own.program.logs('out of luck');
    await listens(Number(/msrp:\/\/127\.0\.0\.1:(\d+)/.exec(own.program.stdout)?.[1]));
    const eve = await joinOwn('eve');
    expect(await eve.participant.send('and me')).toMatchObject({ status: 200 });
    for (const other of [ben, dan]) expect(await nextText(other)).toBe('and me');
    expect(await own.program.stop()).toMatchObject({ code: 0 });
  } finally {
    own.program.kill();
  }
});

import type { TestParticipant } from '../../lib/client/testing.js';
import type { SipRequest } from '../../lib/embedded-drachtio/sip.js';
import { Caller, offer } from '../support/caller.js';
import { schemaErrors } from '../support/conference-schema.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** Waits for a roster of exactly these users. */
const sees = (watcher: TestParticipant, ...users: string[]): Promise<unknown> =>
  watcher.events.next('roster', ({ participants }) => {
    const uris = participants.map(({ uri }) => uri).toSorted();
    return uris.join() === users.map((user) => `sip:${user}@example.com`).join();
  });

/** Headers of a SUBSCRIBE to the roster. */
const SUBSCRIBE: [string, string][] = [
  ['Event', 'conference'],
  ['Accept', 'application/conference-info+xml'],
  ['Expires', '600'],
];

const subscribe = (agent: SipPeer, room: string, ...headers: [string, string][]) =>
  agent.exchange(agent.compose('SUBSCRIBE', room, { headers: [...SUBSCRIBE, ...headers] }));

/** The next NOTIFY, answered 200. */
async function notify(agent: SipPeer): Promise<SipRequest> {
  const transaction = await agent.next();
  expect(transaction.request.method).toBe('NOTIFY');
  transaction.reply(200);
  return transaction.request;
}

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test('4575-3.4: who joins and who leaves is seen by all', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana', { transport });
    await sees(ana, 'ana');
    const bob = await server.join(room, 'bob', { transport });
    const carla = await server.join(room, 'carla', { transport });
    await Promise.all([ana, bob, carla].map((one) => sees(one, 'ana', 'bob', 'carla')));
    await bob.participant.leave();
    await Promise.all([ana, carla].map((one) => sees(one, 'ana', 'carla')));
  });
});

test('4353-6.2: a person with two devices is one user, and stays while one of them does', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const desk = await server.join(room, 'bob');
  await server.join(room, 'bob', { transport: 'tcp' });
  const devices = (count: number) =>
    ana.events.next('roster', ({ participants }) => participants.some((entry) => entry.devices === count));
  await devices(2);
  await desk.participant.leave();
  const [{ participants }] = await ana.events.next('roster', (now) => now.participants.every((e) => e.devices === 1));
  expect(participants.map(({ uri }) => uri).toSorted()).toEqual(['sip:ana@example.com', 'sip:bob@example.com']);
});

test('4575-4.4-01: documents are full, valid and numbered without gaps', async () => {
  const room = server.newRoom();
  const agent = await Caller.agent(server);
  await server.join(room, 'ana', { displayName: 'Ána & <Co>', nick: 'Loud "Fox"' });
  expect(await subscribe(agent, room)).toMatchObject({ status: 200 });
  const documents = [await notify(agent)];
  await server.join(room, 'bob');
  documents.push(await notify(agent));
  for (const [version, { headers, body }] of documents.entries()) {
    expect(headers.get('Content-Type')).toBe('application/conference-info+xml');
    expect(headers.get('Event')).toBe('conference');
    expect(headers.get('Subscription-State')).toMatch(/^active;expires=\d+$/);
    expect(headers.get('Contact')).toContain(';isfocus');
    const text = body.toString();
    expect(await schemaErrors(text)).toEqual([]);
    expect(text).toContain(`entity="${room}"`);
    expect(text).toContain('state="full"');
    expect(text).toMatch(/version="\d+"/);
    const first = Number(/version="(\d+)"/.exec(documents[0]?.body.toString() ?? '')?.[1]);
    expect(Number(/version="(\d+)"/.exec(text)?.[1])).toBe(first + version);
  }
  expect(documents[1]?.body.toString()).toContain('sip:bob@example.com');
});

test('SUB-06: SUBSCRIBE in the INVITE dialog, then BYE', async () => {
  const room = server.newRoom();
  const caller = await Caller.join(server, room);
  const response = await new Promise((resolve) => {
    caller.request('SUBSCRIBE', { headers: SUBSCRIBE }).on('response', resolve);
  });
  expect(response).toMatchObject({ status: 200 });
  expect((await caller.answered('NOTIFY')).body.toString()).toContain('sip:caller@example.com');
  expect(await caller.bye()).toMatchObject({ status: 200 });
});

test('RFC 6665 §4.4.1: refresh brings a document, Expires 0 the last one', async () => {
  const room = server.newRoom();
  await server.join(room, 'ana');
  const agent = await Caller.agent(server);
  const { dialog } = await agent.subscribe(room, SUBSCRIBE);
  await notify(agent);
  const again = dialog.createRequest('SUBSCRIBE', { headers: [...SUBSCRIBE, ['Contact', `<${agent.uri}>`]] });
  expect((await agent.exchange(again, dialog)).headers.get('Expires')).toBe('600');
  expect((await notify(agent)).headers.get('Subscription-State')).toMatch(/^active/);
  const headers: [string, string][] = [
    ['Event', 'conference'],
    ['Expires', '0'],
    ['Contact', `<${agent.uri}>`],
  ];
  const end = await agent.exchange(dialog.createRequest('SUBSCRIBE', { headers }), dialog);
  expect(end).toMatchObject({ status: 200 });
  expect(end.headers.get('Expires')).toBe('0');
  expect((await notify(agent)).headers.get('Subscription-State')).toBe('terminated;reason=timeout');
  expect(await agent.exchange(dialog.createRequest('SUBSCRIBE', { headers }), dialog)).toMatchObject({ status: 481 });
});

test('RFC 6665 §4.4.3: Expires 0 out of a dialog fetches one document', async () => {
  const room = server.newRoom();
  await server.join(room, 'ana');
  const agent = await Caller.agent(server);
  expect(await subscribe(agent, room, ['Expires', '0'])).toMatchObject({ status: 200 });
  const { headers, body } = await notify(agent);
  expect(headers.get('Subscription-State')).toBe('terminated;reason=timeout');
  expect(await schemaErrors(body.toString())).toEqual([]);
});

test('4575-3.3-01: the room ends, so do its subscriptions', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const agent = await Caller.agent(server);
  await subscribe(agent, room);
  await notify(agent);
  await ana.participant.leave();
  let state = '';
  while (!state.startsWith('terminated')) state = (await notify(agent)).headers.get('Subscription-State') ?? '';
  expect(state).toBe('terminated;reason=noresource');
});

describe('refused', () => {
  test.each([
    ['SUB-03: another event', 489, ['Event', 'presence'], 'Allow-Events', 'conference'],
    [
      '4575-3.4-01: no document it could read',
      406,
      ['Accept', 'text/plain'],
      'Accept',
      'application/conference-info+xml, application/xcon-conference-info+xml, application/xcon-conference-info-diff+xml',
    ],
    ['SUB-02: too short', 423, ['Expires', '5'], 'Min-Expires', '60'],
    ['RFC 6665: Expires that is no number', 400, ['Expires', 'soon'], 'Server', undefined],
  ] as const)('%s: %i', async (_title, status, [name, value], header, expected) => {
    const room = server.newRoom();
    await server.join(room, 'ana');
    const agent = await Caller.agent(server);
    const response = await subscribe(agent, room, [name, value]);
    expect(response.status).toBe(status);
    if (expected !== undefined) expect(response.headers.get(header)).toBe(expected);
  });

  test('4353-5.4-01: no such room: 404', async () => {
    const agent = await Caller.agent(server);
    expect(await subscribe(agent, 'sip:nowhere@localhost')).toMatchObject({ status: 404 });
  });

  test('IDN-13: To tag of a dialog that is not: 481', async () => {
    const agent = await Caller.agent(server);
    const headers: [string, string][] = [...SUBSCRIBE, ['To', '<sip:lobby@localhost>;tag=dead']];
    const request = agent.compose('SUBSCRIBE', 'sip:lobby@localhost', { headers });
    expect(await agent.exchange(request)).toMatchObject({ status: 481 });
  });
});

test('4575-3.9-01: twenty joins at once are told in one document, not twenty', async () => {
  const clock = new ManualClock();
  const stopped = await ServerUnderTest.start({ clock });
  const room = stopped.newRoom();
  const watchers = await stopped.joinAll(room, 'ana', 'bob');
  for (const watcher of watchers) await clock.passUntil(sees(watcher, 'ana', 'bob'), 1);
  const users = Array.from({ length: 20 }, (_, i) => `user${String(i).padStart(2, '0')}`);
  await Promise.all(users.map((user) => Caller.call(stopped, room, { uri: `sip:${user}@example.com`, body: offer() })));
  for (const { events } of watchers) {
    const [{ participants }] = await clock.passUntil(events.next('roster'), 1);
    expect(participants.length).toBe(22);
  }
  await stopped.close();
});

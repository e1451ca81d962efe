import type { Dialog, SipRequest } from '../../lib/embedded-drachtio/sip.js';
import { readConferenceInfo } from '../../lib/client/conference-info.js';
import { Roster } from '../../lib/client/roster.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { Caller, inviteFrom, offer } from '../support/caller.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { finalOf, type SipPeer } from '../support/sip-peer.js';

const SUBSCRIBE: [string, string][] = [
  ['Event', 'conference'],
  ['Accept', 'application/conference-info+xml'],
  ['Expires', '600'],
];

let server: ServerUnderTest;

const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
  server = await ServerUnderTest.start(options);
};
afterEach(() => server.close());

/** Subscribes out of any dialog, as somebody; resolves to the final response. */
async function subscribe(agent: SipPeer, room: string, from: string, ...headers: [string, string][]) {
  const request = agent.compose('SUBSCRIBE', room, { headers: [...SUBSCRIBE, ...headers] });
  request.headers.set('From', `<${from}>;tag=${Math.random().toString(36).slice(2)}`);
  return agent.exchange(request);
}

/** The next NOTIFY, answered. */
async function notify(agent: SipPeer, status = 200): Promise<SipRequest> {
  const transaction = await agent.next();
  transaction.reply(status);
  expect(transaction.request.method).toBe('NOTIFY');
  return transaction.request;
}

const text = ({ body }: SipRequest): string => body.toString();
const state = ({ headers }: SipRequest): string => headers.get('Subscription-State') ?? '';

/** Merges NOTIFYs until the watcher knows so many. */
async function learns(agent: SipPeer, count: number): Promise<string[]> {
  const roster = new Roster();
  while (roster.participants.length < count) roster.apply(readConferenceInfo(text(await notify(agent))));
  return roster.participants.map(({ uri }) => uri);
}

/** So many callers, one after another. */
async function fill(room: string, count: number): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (let n = 0; n < count; n++) callers.push(await Caller.call(server, room, { uri: `sip:user${n}@example.com` }));
  return callers;
}

/** SUBSCRIBE in a dialog. */
const inDialog = (sip: SipPeer, dialog: Dialog) =>
  sip.exchange(dialog.createRequest('SUBSCRIBE', { headers: [...SUBSCRIBE, ['Contact', `<${sip.uri}>`]] }), dialog);

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test('SUB-01 a SUBSCRIBE in the same instant as the ACK is answered, and tells of who sent it', async () => {
    await start({ rooms: { defaults: { roster: { watch: 'participants' } } } });
    const room = server.newRoom();
    const sip = await Caller.agent(server, transport);
    const invite = inviteFrom(sip, room, { uri: 'sip:ana@example.com', body: offer() });
    const { dialog } = await sip.invite(invite);
    // Nothing is awaited in between.
    const subscribed = inDialog(sip, dialog);
    const outside = subscribe(sip, room, 'sip:ana@example.com');
    expect(await subscribed).toMatchObject({ status: 200 });
    expect(await outside).toMatchObject({ status: 200 });
    const documents = [await notify(sip), await notify(sip)].map(text);
    for (const document of documents) expect(document).toContain('entity="sip:ana@example.com"');
    await finalOf(sip.send(dialog.createRequest('BYE'), dialog));
  });
});

test('4575-4.4-01 in a larger room only what changed is told; SUB-11 SIP SIMPLE and handsets are told all', async () => {
  await start({ rooms: { defaults: { roster: { interval: 0 } } } });
  const room = server.newRoom();
  await fill(room, 15);
  const agents = await Promise.all([1, 2, 3].map(() => Caller.agent(server, 'tcp')));
  const [plain, blink, handset] = agents;
  const tag = `<${handset.uri}>;+g.oma.sip-im`;
  await subscribe(plain, room, 'sip:p@example.com');
  await subscribe(blink, room, 'sip:b@example.com', ['User-Agent', 'Blink Pro 5.9.1 (MacOSX)']);
  await subscribe(handset, room, 'sip:h@example.com', ['Contact', tag]);
  for (const agent of agents) await notify(agent);
  const last = await Caller.call(server, room, { uri: 'sip:user15@example.com' });
  const told = await Promise.all(agents.map(async (agent) => text(await notify(agent))));
  expect(told.map((document) => / state="(\w+)" version="1"/.exec(document)?.[1])).toEqual(['partial', 'full', 'full']);
  expect(told.map((document) => document.match(/<user /g)?.length)).toEqual([1, 16, 16]);
  await last.bye();
  const left = await Promise.all(agents.map(async (agent) => text(await notify(agent))));
  expect(left[0]).toContain('<disconnection-method>departed</disconnection-method>');
  expect(left[1]).not.toContain('user15');
});

test.each([
  ['application/xcon-conference-info+xml', ['xcon-conference-info', 'xcon-conference-info']],
  [
    'application/xcon-conference-info+xml, application/xcon-conference-info-diff+xml, application/conference-info+xml;q=0.5',
    ['xcon-conference-info', 'xcon-conference-info-diff'],
  ],
  [
    'application/xcon-conference-info+xml;q=0.5, application/conference-info+xml',
    ['conference-info', 'conference-info'],
  ],
  ['application/*', ['conference-info', 'conference-info']],
  [
    'application/conference-info+xml, application/xcon-conference-info+xml',
    ['xcon-conference-info', 'xcon-conference-info'],
  ],
])('7701-7.4-03 SUB-17 Accept: %s', async (accept, types) => {
  await start({ rooms: { defaults: { roster: { interval: 0 } } } });
  const room = server.newRoom();
  await fill(room, 3);
  const agent = await Caller.agent(server, 'tcp');
  await subscribe(agent, room, 'sip:watcher@example.com', ['Accept', accept]);
  const notifies = [await notify(agent)];
  await Caller.call(server, room, { uri: 'sip:last@example.com' });
  notifies.push(await notify(agent));
  expect(notifies.map(({ headers }) => headers.get('Content-Type'))).toEqual(
    types.map((type) => `application/${type}+xml`),
  );
  expect(text(notifies[1])).toContain('sip:last@example.com');
});

test('SUB-11 a roster larger than a frame may be comes in several documents', async () => {
  await start({ limits: { maxDocumentSize: 3000 } });
  const room = server.newRoom();
  await fill(room, 20);
  const agent = await Caller.agent(server, 'tcp');
  await subscribe(agent, room, 'sip:watcher@example.com');
  const users = await learns(agent, 20);
  expect(users.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `sip:user${n}@example.com`).toSorted());
});

describe('SUB-08 IDN-05 who may watch', () => {
  test('as `authenticate` says, and `authorizeJoin` for who is not in the room', async () => {
    const asked: string[] = [];
    await start({
      authenticate: ({ from }) => (from.uri.includes('nobody') ? null : { uri: from.uri.replace('alias', 'ana') }),
      authorizeJoin: ({ from, req }) => {
        asked.push(`${req.method} ${from.uri}`);
        if (from.uri.includes('banned')) {
          throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'Not you.', { sipStatus: 603 });
        }
      },
    });
    const room = server.newRoom();
    await server.join(room, 'ana');
    const agent = await Caller.agent(server);
    const statuses: number[] = [];
    for (const user of ['alias', 'guest', 'banned', 'nobody']) {
      statuses.push((await subscribe(agent, room, `sip:${user}@example.com`)).status);
    }
    expect(statuses).toEqual([200, 200, 603, 403]);
    expect(asked).toEqual([
      'INVITE sip:ana@example.com',
      'SUBSCRIBE sip:guest@example.com',
      'SUBSCRIBE sip:banned@example.com',
    ]);
    await notify(agent);
    await notify(agent);
  });

  test('only participants where policy says so: others 403, and who leaves is told nothing more', async () => {
    await start({ rooms: { defaults: { roster: { watch: 'participants' } } } });
    const room = server.newRoom();
    const [ana] = await server.joinAll(room, 'ana', 'bob');
    const agent = await Caller.agent(server);
    const refused = await subscribe(agent, room, 'sip:stranger@example.com');
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.headers.get('Warning')).toContain('join it first');
    expect(await subscribe(agent, room, 'sip:ana@example.com')).toMatchObject({ status: 200 });
    expect(state(await notify(agent))).toMatch(/^active/);
    await ana.participant.leave();
    expect(state(await notify(agent))).toBe('terminated;reason=rejected');
  });

  test('SUB-14 who is put out of the room watches no more', async () => {
    await start();
    const room = server.newRoom();
    await server.joinAll(room, 'ana', 'bob');
    const agent = await Caller.agent(server);
    await subscribe(agent, room, 'sip:ana@example.com');
    await notify(agent);
    await server.server.room(room)?.participants.get('sip:ana@example.com')?.kick();
    expect(state(await notify(agent))).toBe('terminated;reason=rejected');
  });
});

test('4575-8.2-01 SUB-12 a moderator sees who hides, others do not', async () => {
  await start({ rooms: { defaults: { moderators: ['sip:mod@example.com'] } } });
  const room = server.newRoom();
  await Caller.call(server, room, { uri: 'sip:secret@example.com', headers: [['Privacy', 'id']] });
  const agent = await Caller.agent(server);
  const documents: string[] = [];
  for (const user of ['mod', 'other']) {
    await subscribe(agent, room, `sip:${user}@example.com`);
    documents.push(text(await notify(agent)));
  }
  expect(documents[0]).toContain('<uri>sip:secret@example.com</uri>');
  expect(documents[1]).not.toContain('secret');
});

describe('SUB-15 a NOTIFY that fails', () => {
  test('with one of these statuses ends the subscription and nothing else', async () => {
    await start({ rooms: { defaults: { roster: { interval: 0 } } } });
    const ending = [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604];
    for (const status of ending) {
      const room = server.newRoom();
      await Caller.call(server, room);
      const [gone, other] = [await Caller.agent(server), await Caller.agent(server)];
      for (const agent of [gone, other]) await subscribe(agent, room, 'sip:watcher@example.com');
      await notify(gone, status);
      await notify(other);
      const joined = await Caller.call(server, room, { uri: 'sip:bob@example.com' });
      expect(text(await notify(other))).toContain('sip:bob@example.com');
      expect([status, server.server.subscriptions.size]).toEqual([status, 1]);
      await server.server.room(room)?.close();
      while (!state(await notify(other)).startsWith('terminated;reason=noresource'));
      await joined.answered('BYE');
    }
  });

  test.each([500, 503, 488])('%i does not: the next one tells all', async (status) => {
    await start({ rooms: { defaults: { roster: { interval: 0, notify: 'partial' } } } });
    const room = server.newRoom();
    await Caller.call(server, room);
    const agent = await Caller.agent(server);
    await subscribe(agent, room, 'sip:watcher@example.com');
    await notify(agent, status);
    await Caller.call(server, room, { uri: 'sip:bob@example.com' });
    const next = text(await notify(agent));
    expect(next).toContain('state="full" version="1"');
    expect(next).toContain('sip:bob@example.com');
  });
});

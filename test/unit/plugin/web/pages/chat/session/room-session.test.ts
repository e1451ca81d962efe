import { createParticipant, type ChatParticipant } from '../../../../../../../lib/client/index.js';
import { NodeSignalling } from '../../../../../../../lib/client/node/signalling.js';
import { NodeTransport } from '../../../../../../../lib/client/node/transport.js';
import { ChatParticipant as Participant } from '../../../../../../../lib/client/participant.js';
import type { Call, CallEnd, SignallingDelegate } from '../../../../../../../lib/client/sip/signalling.js';
import { ChatroomsError } from '../../../../../../../lib/util/errors.js';
import type { MessageLine } from '../../../../../../../plugin/web/pages/chat/model/line.js';
import { MAX_QUEUED } from '../../../../../../../plugin/web/pages/chat/session/outbound.js';
import { RoomSession } from '../../../../../../../plugin/web/pages/chat/session/room-session.js';
import type { Connection } from '../../../../../../../plugin/web/pages/chat/session/room-session-types.js';
import { ManualClock } from '../../../../../../support/manual-clock.js';
import { ServerUnderTest } from '../../../../../../support/server.js';

/** SIP whose server can be made to vanish. */
class LosableSignalling extends NodeSignalling {
  #delegate: SignallingDelegate | undefined;

  override open(call: Call, delegate: SignallingDelegate) {
    this.#delegate = delegate;
    return super.open(call, delegate);
  }

  end(end: CallEnd): void {
    this.#delegate?.onEnd(end);
  }
}

let server: ServerUnderTest;
let clock: ManualClock;
let session: RoomSession;
let signalling: LosableSignalling;
/** Set: an attempt to connect fails so. */
let broken: ((uri: string) => ChatParticipant) | undefined;
let contents: Blob[];
let connections: string[];

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
beforeEach(() => {
  clock = new ManualClock();
  broken = undefined;
  contents = [];
  connections = [];
});
afterEach(async () => {
  await session.leave();
  await server.clear();
});
afterAll(() => server.close());

function start(room: string, nickname = 'Alice'): RoomSession {
  const uri = `sip:${nickname.toLowerCase()}@example.com`;
  session = new RoomSession({
    room,
    nickname,
    clock,
    random: () => 1,
    maxFileSize: 1_000_000,
    urls: { create: (content) => `blob:${contents.push(content)}`, revoke: () => {} },
    create: () => {
      if (broken) return broken(uri);
      signalling = new LosableSignalling({ proxy: server.sip });
      return new Participant({ uri, signalling, transport: new NodeTransport(), deliveryNotifications: true });
    },
  });
  session.on('connection', ({ state }) => connections.push(state));
  return session;
}

/** What is shown, without times: `Bob: hi`, `* Bob joined`. */
const shown = (): string[] =>
  session.conversation.lines.map((line) =>
    line.kind === 'notice' ? `* ${line.text}` : `${line.own ? 'me' : line.name}: ${line.text ?? line.file?.name}`,
  );

const lineOf = (text: string): MessageLine | undefined =>
  session.conversation.lines.find((line): line is MessageLine => line.kind === 'message' && line.text === text);

/** Resolves when a line satisfies; it may do so already. */
function until(satisfied: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (satisfied()) resolve();
    };
    session.conversation.on('added', look).on('changed', look);
    session.on('people', look).on('connection', look).on('subject', look);
    look();
  });
}

const connected = (state: Connection['state']): Promise<void> => until(() => session.connection.state === state);

test('a stay: what is said, who comes and goes, private messages delivered and read', async () => {
  const room = server.newRoom();
  await start(room).join();
  await until(() => session.people.length === 1);
  const bob = await server.join(room, 'bob');
  // The roster comes in rounds: what it calls somebody at first is not the nickname he takes after he came.
  await until(() => shown().includes('* bob joined'));
  expect(session.people).toHaveLength(2);
  expect(await bob.participant.setNickname('Bob')).toMatchObject({ status: 200 });
  await until(() => shown().includes('* bob is now Bob'));
  await bob.participant.send('hi all\u0007');
  await until(() => shown().includes('Bob: hi all\uFFFD'));
  session.outbound.say('hello');
  await until(() => lineOf('hello')?.delivery === 'sent');
  expect((await bob.events.next('message'))[0].text).toBe('hello');

  session.outbound.say('psst', { uri: 'sip:bob@example.com', name: 'Bob' });
  const [private1] = await bob.events.next('message');
  expect(private1).toMatchObject({ text: 'psst', private: true });
  await bob.participant.sendDisposition(private1, 'delivery');
  await until(() => lineOf('psst')?.delivery === 'delivered');
  await bob.participant.sendDisposition(private1, 'display');
  await until(() => lineOf('psst')?.delivery === 'displayed');

  await bob.participant.sendPrivate('sip:alice@example.com', 'for you', {
    dispositions: ['positive-delivery', 'display'],
  });
  await until(() => lineOf('for you') !== undefined);
  expect(lineOf('for you')?.peer).toEqual({ uri: 'sip:bob@example.com', name: 'Bob' });
  expect((await bob.events.next('disposition'))[0].status).toBe('delivered');
  session.seen();
  expect((await bob.events.next('disposition'))[0].status).toBe('displayed');

  bob.participant.typing();
  await until(() => session.writers.includes('Bob'));
  expect(await session.rename('bob')).toEqual({
    text: expect.stringMatching(/^That nickname is taken: .*try again later\.$/),
    other: 'bob 2',
  });
  expect(await session.rename('Alicia')).toBeUndefined();
  await bob.participant.leave();
  await until(() => shown().includes('* Bob left'));
  expect(
    shown()
      .filter((line) => line.startsWith('*'))
      .slice(1),
  ).toEqual(['* bob joined', '* bob is now Bob', '* You are now Alicia', '* Bob left']);
});

const file = (size: number, name: string) =>
  Object.assign(new Blob([new Uint8Array(size)], { type: 'image/png' }), { name });

test('files: kept as octets unless they are pictures, sent with their names, too large ones not at all', async () => {
  const room = server.newRoom();
  await start(room).join();
  const bob = await server.join(room, 'bob', { nick: 'Bob' });
  await bob.participant.sendContent(room, 'text/html', '<p>hi', {
    headers: [{ name: 'Content-Disposition', value: 'attachment; filename="../a\\b.html"' }],
  });
  await until(() => shown().some((line) => line.endsWith('.html')));
  await bob.participant.sendContent(room, 'image/png', new Uint8Array(200_000), {});
  await until(() => session.conversation.lines.some((line) => line.kind === 'message' && line.file?.size === 200_000));
  await until(() => contents.length === 2);
  expect(contents.map(({ type, size }) => [type, size])).toEqual([
    ['application/octet-stream', 5],
    ['image/png', 200_000],
  ]);
  expect(session.sendFile(file(0, 'empty'))).toBe('empty is empty.');
  expect(session.sendFile(file(20_000_000, 'huge'))).toMatch(/^huge has 20\.0 MB; this room takes at most/);
  expect(session.sendFile(file(100_000, 'pic\u202Eture.png'))).toBeUndefined();
  const [incoming] = await bob.events.next('message', ({ filename }) => filename !== undefined);
  expect(incoming).toMatchObject({ contentType: 'image/png' });
  expect(incoming.content.length).toBe(100_000);
});

test('a connection that breaks comes back, and what was written meanwhile is sent in order', async () => {
  const room = server.newRoom();
  await start(room).join();
  const bob = await server.join(room, 'bob', { nick: 'Bob' });
  await until(() => session.people.length === 2);
  signalling.end({ kind: 'lost', text: 'gone' });
  expect(session.connection).toMatchObject({ state: 'away', until: new Date(clock.date().getTime() + 1000) });
  for (let n = 0; n < MAX_QUEUED; n++) session.outbound.say(`queued ${n}`);
  expect(session.outbound.hasRoom).toBe(false);
  session.outbound.say('one too many');
  expect([lineOf('queued 0')?.delivery, lineOf('one too many')?.delivery]).toEqual(['queued', 'failed']);
  expect(session.sendFile(Object.assign(new Blob(['x']), { name: 'x' }))).toMatch(/connected again/);

  // The server is not there yet: the next attempt comes later.
  broken = (uri) => createParticipant({ uri, proxy: { host: '127.0.0.1', port: 1 }, transport: 'tcp' });
  clock.advance(1000);
  await connected('away');
  expect(session.connection).toMatchObject({ until: new Date(clock.date().getTime() + 2000) });
  broken = undefined;
  session.reconnectNow();
  await connected('joined');
  await until(() => lineOf(`queued ${MAX_QUEUED - 1}`)?.delivery === 'sent');
  expect((await bob.events.next('message'))[0].text).toBe('queued 0');
  expect((await bob.events.next('message'))[0].text).toBe('queued 1');
  session.outbound.retry(lineOf('one too many')?.id ?? 0);
  await until(() => lineOf('one too many')?.delivery === 'sent');
  expect(connections).toEqual(['joined', 'away', 'retrying', 'away', 'retrying', 'joined']);
  expect(session.nickname).toBe('Alice');
});

test('a nickname that others took meanwhile does not keep us out', async () => {
  const room = server.newRoom();
  await start(room).join();
  signalling.end({ kind: 'lost', text: 'gone' });
  // To the room we are somebody else now, for whom the nickname is not kept.
  broken = () => createParticipant({ uri: 'sip:other@example.com', proxy: server.sip });
  clock.advance(1000);
  await connected('joined');
  expect(shown().slice(-2)).toEqual([
    '* You are back. What was said in between is not shown here.',
    '* Your nickname Alice is taken now; choose another one.',
  ]);
});

test.each([
  [{ kind: 'removed', cause: 403, text: 'the server stops' }, 'away', 'The server is restarting.'],
  [{ kind: 'removed', cause: 403, text: 'too much cheese' }, 'over', 'You were removed from the room: too much cheese'],
  [{ kind: 'removed', cause: 403, text: 'Room closed' }, 'over', 'The room was closed.'],
  [{ kind: 'removed', text: 'nobody wrote' }, 'over', 'The room ended your stay: nobody wrote'],
  [{ kind: 'removed', cause: 480, text: 'unresponsive' }, 'away', 'Connection lost.'],
  [{ kind: 'removed', cause: 408, text: 'timeout' }, 'away', 'Connection lost.'],
  [{ kind: 'lost', text: 'x' }, 'away', 'Connection lost.'],
] as const)('the end %j leaves us %s', async (end, state, text) => {
  await start(server.newRoom()).join();
  signalling.end(end);
  expect(session.connection.state).toBe(state);
  expect(shown().at(-1)).toBe(`* ${text}`);
});

test('who may not come back is told so, and no more attempts are made', async () => {
  const room = server.newRoom();
  // Without him the room would be gone.
  await server.join(room, 'bob');
  await start(room).join();
  signalling.end({ kind: 'lost', text: 'x' });
  await server.server.room(room)?.ban('sip:alice@example.com');
  clock.advance(1000);
  await connected('over');
  expect(session.connection).toMatchObject({ reason: 'You were removed from this room and may not come back yet.' });
  expect(clock.pending).toBe(0);
});

test('who is out joins again in the same conversation, and what did not go can be sent again', async () => {
  const room = server.newRoom();
  const bob = await server.join(room, 'bob', { nick: 'Bob' });
  await start(room).join();
  signalling.end({ kind: 'lost', text: 'gone' });
  session.outbound.say('while away');
  expect([lineOf('while away')?.delivery, session.outbound.pending]).toEqual(['queued', true]);
  broken = () => {
    throw new ChatroomsError('CHAT_ERR_JOIN_REFUSED', 'removed', { sipStatus: 403 });
  };
  clock.advance(1000);
  await connected('over');
  const unsent = lineOf('while away');
  expect(unsent).toMatchObject({ delivery: 'failed', failure: expect.stringMatching(/Join again first/) });
  session.outbound.retry(unsent?.id ?? 0);
  expect([lineOf('while away')?.delivery, session.outbound.pending]).toEqual(['failed', false]);
  // One attempt, and no further ones of themselves.
  await session.rejoin();
  expect([session.connection.state, clock.pending]).toEqual(['over', 0]);
  broken = undefined;
  await session.rejoin();
  expect(session.connection.state).toBe('joined');
  session.outbound.retry(unsent?.id ?? 0);
  expect((await bob.events.next('message'))[0].text).toBe('while away');
  expect(shown()[0]).toMatch(/^\* You joined/);
  await session.leave();
  await session.rejoin();
  expect(session.connection).toEqual({ state: 'over', reason: undefined });
});

test('who leaves while an attempt is under way is not brought back', async () => {
  const room = server.newRoom();
  await start(room).join();
  const bob = await server.join(room, 'bob', { nick: 'Bob' });
  signalling.end({ kind: 'lost', text: 'x' });
  session.reconnectNow();
  await session.leave();
  expect(session.connection).toEqual({ state: 'over', reason: undefined });
  expect(connections.at(-1)).toBe('over');
  await bob.participant.leave();
});

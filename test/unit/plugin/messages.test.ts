import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { joinRoom } from '../../../lib/client/testing.js';
import { Focus } from '../../../lib/focus/index.js';
import type { RoomMedia } from '../../../lib/focus-switch.js';
import { ChatSwitch } from '../../../lib/switch/switch.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { type ChatMessage, type Chatrooms, chatrooms, type Room } from '../../../plugin/index.js';
import { parseOptions } from '../../../plugin/options/parse-options.js';
import { Server } from '../../../plugin/server.js';
import type { ServerEvents } from '../../../plugin/server-events.js';
import { patientClock } from '../../support/patient-clock.js';
import { NEVER_LATE } from '../../support/server.js';

function setUp(): { server: Server; events: EventEmitter<ServerEvents>; room: Room; watched: () => boolean } {
  const events = new EventEmitter<ServerEvents>();
  const server = new Server(parseOptions({}), events);
  const room = server.create('lobby');
  return { server, events, room, watched: () => server.chat.focus.watching };
}
const ignore = (): void => {};

describe('messages are watched only while somebody listens', () => {
  test('nobody does at first', () => {
    expect(setUp().watched()).toBe(false);
  });

  test('on the server: on, off, once', () => {
    const { events, watched } = setUp();
    events.on('message', ignore);
    expect(watched()).toBe(true);
    events.off('message', ignore);
    expect(watched()).toBe(false);
    events.once('message', ignore);
    expect(watched()).toBe(true);
    events.emit('message', setUp().room, {} as ChatMessage);
    expect(watched()).toBe(false);
  });

  describe('on a room', () => {
    let rules: jest.SpyInstance<void, [RoomMedia]>;

    beforeEach(() => {
      rules = jest.spyOn(ChatSwitch.prototype, 'updateRoom');
    });
    afterEach(() => rules.mockRestore());

    /** Each change that the switch was told of. */
    const told = (): [uri: string, watched: boolean | undefined][] =>
      rules.mock.calls.map(
        ([
          {
            uri,
            rules: { watched },
          },
        ]) => [uri, watched],
      );

    test('of that room alone, from its first listener to its last', () => {
      const { server, room, watched } = setUp();
      server.create('other');
      room.on('join', ignore);
      room.on('message', ignore);
      room.prependListener('message', ignore);
      room.off('message', ignore);
      expect(told()).toEqual([['sip:lobby@localhost', true]]);
      room.off('message', ignore);
      expect(told()).toEqual([
        ['sip:lobby@localhost', true],
        ['sip:lobby@localhost', false],
      ]);
      expect(watched()).toBe(false);
    });

    test('removeAllListeners, and listeners after it', async () => {
      const { room } = setUp();
      room.on('message', ignore);
      room.removeAllListeners();
      await Promise.resolve();
      room.on('message', ignore);
      expect(told().map(([, on]) => on)).toEqual([true, false, true]);
    });

    test('it stays when the room is configured, and ends with the room: one of the same name is another', async () => {
      const { server, room } = setUp();
      room.on('message', ignore);
      await room.configure({ subject: 'news' });
      expect(told().at(-1)).toEqual(['sip:lobby@localhost', true]);
      await room.close();
      const again = server.create('lobby');
      const before = rules.mock.calls.length;
      room.off('message', ignore);
      room.on('message', ignore);
      expect(rules.mock.calls).toHaveLength(before);
      await again.configure({ subject: 'others' });
      expect(told().at(-1)).toEqual(['sip:lobby@localhost', false]);
    });
  });
});

describe('the rooms are an emitter', () => {
  test('a function, an EventEmitter, and what on returns', () => {
    const rooms = chatrooms();
    expect(typeof rooms).toBe('function');
    expect(rooms).toBeInstanceOf(EventEmitter);
    const heard: string[] = [];
    const listener = ({ msrp }: { msrp: string }): void => void heard.push(msrp);
    expect(rooms.on('listening', listener)).toBe(rooms);
    rooms.once('listening', listener);
    rooms.emit('listening', { msrp: 'a' });
    expect(rooms.emit('listening', { msrp: 'b' })).toBe(true);
    expect(rooms.off('listening', listener)).toBe(rooms);
    expect(rooms.emit('listening', { msrp: 'c' })).toBe(false);
    expect(heard).toEqual(['a', 'a', 'b']);
    expect(rooms.listenerCount('listening')).toBe(0);
  });

  test('it can be called, bound and applied as a function', () => {
    expect(() => chatrooms().bind(null)).not.toThrow();
    expect(typeof Reflect.get(chatrooms(), 'apply')).toBe('function');
  });
});

describe('over MSRP', () => {
  let endpoint: EmbeddedDrachtio;
  let srf: Srf;
  let rooms: Chatrooms;

  beforeEach(async () => {
    endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
    srf = new Srf();
    rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' }, limits: NEVER_LATE });
    await rooms.attach(srf);
    const connected = once(srf as unknown as EventEmitter, 'connect');
    await Promise.all([connected, srf.connect({ ...endpoint.control, secret: endpoint.secret })]);
  });

  afterEach(async () => {
    await rooms.close({ timeout: 0 });
    srf.disconnect();
    await endpoint.close();
  });

  test('a listener of one room hears that room, whole and private, and nothing of the others is told by the switch', async () => {
    const seen = jest.spyOn(Focus.prototype, 'message');
    const proxy = endpoint.addresses.udp ?? { host: '', port: 0 };
    const join = (room: string, user: string) => joinRoom(room, { uri: `sip:${user}@localhost`, proxy });
    const [ana, bob] = [await join('sip:one@localhost', 'ana'), await join('sip:one@localhost', 'bob')];
    const cas = await join('sip:two@localhost', 'cas');
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      rooms.room('one')?.on('message', ({ text = '', private: isPrivate }) => {
        heard.push(`${isPrivate ? 'private' : 'to all'} ${text.length}`);
        if (heard.length === 2) resolve();
      });
    });
    await cas.participant.send('elsewhere');
    await ana.participant.send('x'.repeat(100_000));
    await bob.participant.sendPrivate('sip:ana@localhost', 'psst');
    await all;
    expect(heard).toEqual(['to all 100000', 'private 4']);
    expect(seen.mock.calls.map(([{ room }]) => room)).toEqual(['sip:one@localhost', 'sip:one@localhost']);
    seen.mockRestore();
    await Promise.all([ana, bob, cas].map(({ participant }) => participant.leave()));
  });

  test('7701-6.1: a message is an event of its room and of all rooms', async () => {
    const proxy = { host: '127.0.0.1', port: endpoint.addresses.udp?.port ?? 0 };
    const alice = await joinRoom('sip:lobby@localhost', { uri: 'sip:alice@localhost', proxy });
    const bob = await joinRoom('sip:lobby@localhost', { uri: 'sip:bob@localhost', proxy });
    const room = rooms.room('lobby');
    expect(room).toBeDefined();
    const heard = Promise.all([once(rooms, 'message'), once(room as unknown as EventEmitter, 'message')]);
    await alice.participant.send('hello');
    const [[where, message], [same]] = (await heard) as [[Room, ChatMessage], [ChatMessage]];
    expect(where).toBe(room);
    expect(same).toBe(message);
    expect(message).toMatchObject({ from: 'sip:alice@localhost', text: 'hello', private: false });
    expect(message.contentType).toBe('text/plain');
    await bob.events.next('message', ({ text }) => text === 'hello');
    await Promise.all([alice.participant.leave(), bob.participant.leave()]);
  });
});

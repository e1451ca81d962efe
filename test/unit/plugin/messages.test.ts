import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { joinRoom } from '../../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { type ChatMessage, type Chatrooms, chatrooms, type Room } from '../../../plugin/index.js';
import { parseOptions } from '../../../plugin/parse-options.js';
import { Server, type ServerEvents } from '../../../plugin/server.js';

function setUp(): { server: Server; events: EventEmitter<ServerEvents>; room: Room; watched: () => boolean } {
  const events = new EventEmitter<ServerEvents>();
  const server = new Server(parseOptions({}), events);
  const room = server.create('lobby');
  return { server, events, room, watched: () => server.chat.focus.message !== undefined };
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

  test('on a room, until it is closed', async () => {
    const { room, watched } = setUp();
    room.on('join', ignore);
    expect(watched()).toBe(false);
    room.on('message', ignore);
    room.prependListener('message', ignore);
    room.off('message', ignore);
    expect(watched()).toBe(true);
    await room.close();
    expect(watched()).toBe(false);
  });

  test('removeAllListeners, and listeners after it', async () => {
    const { room, watched } = setUp();
    room.on('message', ignore);
    room.removeAllListeners();
    expect(watched()).toBe(false);
    await Promise.resolve();
    room.on('message', ignore);
    expect(watched()).toBe(true);
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
    endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 } });
    srf = new Srf();
    rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' } });
    await rooms.attach(srf);
    const connected = once(srf as unknown as EventEmitter, 'connect');
    await Promise.all([connected, srf.connect({ ...endpoint.control, secret: endpoint.secret })]);
  });

  afterEach(async () => {
    await rooms.close({ timeout: 0 });
    srf.disconnect();
    await endpoint.close();
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

import { chatrooms, type ChatroomsPlugin } from '../../../plugin/index.js';
import { createTestRooms, type TestRooms } from '../../../plugin/testing/index.js';

let kit: TestRooms | undefined;

afterEach(async () => {
  await kit?.close();
  kit = undefined;
});

const greeter: ChatroomsPlugin<{ text: string }> = (rooms, { text }) =>
  rooms.on('join', (_room, participant) => void participant.send(text));

describe('register', () => {
  test('gives the rooms, and its options, to a plugin', async () => {
    kit = await createTestRooms();
    expect(kit.rooms.register(greeter, { text: 'welcome' })).toBe(kit.rooms);
    const { events } = await kit.join('lobby');
    const [message] = await events.next('message');
    expect(message.text).toBe('welcome');
  });

  test('attach and listen wait for a plugin that takes its time, and reject as it does', async () => {
    const rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' } });
    const broken = new Error('no database');
    rooms.register(() => Promise.reject(broken));
    await expect(rooms.listen()).rejects.toBe(broken);
    await rooms.close();
  });
});

describe('drain', () => {
  test('refuses joins with 503, lets those who are in go on, and resolves when the last has left', async () => {
    kit = await createTestRooms();
    const { rooms } = kit;
    const told: string[] = [];
    rooms.on('draining', () => told.push('draining'));
    const ana = await kit.join('lobby', { nick: 'ana' });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    expect(rooms.draining).toBe(false);
    const drained = rooms.drain().then(() => told.push('drained'));
    expect(rooms.draining).toBe(true);
    await expect(kit.join('lobby')).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED', sipStatus: 503 });
    await ana.participant.send('still here');
    await bruno.events.next('message', ({ text }) => text === 'still here');
    await ana.participant.leave();
    expect(told).toEqual(['draining']);
    await bruno.participant.leave();
    await drained;
    await rooms.close();
    expect(told).toEqual(['draining', 'drained']);
  });

  test('does not wait longer than it is told to', async () => {
    kit = await createTestRooms();
    await kit.join('lobby');
    await kit.rooms.drain({ timeout: 1 });
    expect(kit.rooms.stats.participants).toBe(1);
  });

  test('who joins a room that close() has closed is told to come back, not that there is no such room', async () => {
    kit = await createTestRooms({ rooms: { static: { lobby: {} }, create: 'nobody' } });
    await kit.join('lobby');
    await expect(kit.join('other')).rejects.toMatchObject({ sipStatus: 404 });
    await kit.rooms.close();
    expect(kit.rooms.room('lobby')).toBeUndefined();
    await expect(kit.join('lobby')).rejects.toMatchObject({ sipStatus: 503 });
  });

  test('nor is who joins one that ended while drain() waits for those in others', async () => {
    kit = await createTestRooms({ rooms: { static: { lobby: {} }, create: 'nobody' } });
    const { participant } = await kit.join('lobby', { nick: 'ana' });
    const attic = await kit.rooms.create('attic');
    const drained = kit.rooms.drain();
    await attic.close();
    await expect(kit.join('attic')).rejects.toMatchObject({ sipStatus: 503 });
    await participant.leave();
    await drained;
  });
});

interface Listening {
  lines: string[];
  debug(): void;
  info(): void;
  warn(): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

const logger = (): Listening => {
  const lines: string[] = [];
  return { lines, debug: nothing, info: nothing, warn: nothing, error: (_fields, message) => void lines.push(message) };
};

const onAudit = (): void => {
  throw new Error('the disk is full');
};

describe('logger', () => {
  test('is that of the application, as jambonz keeps it', async () => {
    const own = logger();
    kit = await createTestRooms({ onAudit, locals: { logger: own } });
    await kit.rooms.create('lobby');
    await kit.rooms.room('lobby')?.lock();
    expect(own.lines).toContain('onAudit failed');
  });

  test('given as an option goes first, and what is no logger is not taken', async () => {
    const [option, other] = [logger(), logger()];
    kit = await createTestRooms({ onAudit, logger: option, locals: { logger: other } });
    await (await kit.rooms.create('lobby')).lock();
    expect([option.lines, other.lines]).toEqual([['onAudit failed'], []]);
    await kit.close();
    kit = await createTestRooms({ onAudit, locals: { logger: 'loud' } });
    await expect((await kit.rooms.create('lobby')).lock()).resolves.toBeUndefined();
  });
});

/** Rooms and participants as programs see them. */
import type { ChatMessage, Participant } from '../../../../plugin/index.js';
import { createTestRooms, type TestRooms } from '../../../../plugin/testing/index.js';

let kit: TestRooms;

beforeEach(async () => {
  kit = await createTestRooms();
});
afterEach(() => kit.close());

const participantOf = (nick: string): Participant => {
  const participant = kit.rooms.room('lobby')?.find(nick);
  if (!participant) throw new Error(`${nick} is not here`);
  return participant;
};

test('who has left and come back is somebody else: what is done to the former is not done to him', async () => {
  await kit.join('lobby', { nick: 'ben' });
  const ana = await kit.join('lobby', { nick: 'ana' });
  const before = participantOf('ana');
  await ana.participant.leave();
  await kit.join('lobby', { nick: 'ana' });
  expect(participantOf('ana')).not.toBe(before);
  expect(await before.kick('too late')).toBe(false);
  await expect(before.mute()).rejects.toMatchObject({ code: 'CHAT_ERR_NO_PARTICIPANT' });
  expect(participantOf('ana')).toMatchObject({ muted: false });
  expect(await participantOf('ana').kick()).toBe(true);
  expect(kit.rooms.room('lobby')?.find('ana')).toBeUndefined();
});

test('what is no date is no end of a ban or of a silence, and nothing happens', async () => {
  const room = await kit.rooms.create('lobby');
  await kit.join('lobby', { nick: 'ana' });
  await expect(room.ban('ana', { until: new Date('soon') })).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
  await expect(participantOf('ana').mute(Number.NaN)).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
  expect(room.bans).toEqual([]);
  expect(participantOf('ana').muted).toBe(false);
});

test('of a message that is no text the octets are told, and no text', async () => {
  const ana = await kit.join('lobby', { nick: 'ana' });
  const told = new Promise<ChatMessage>((resolve) => {
    kit.rooms.on('message', (_, message) => resolve(message));
  });
  await ana.participant.sendContent(ana.participant.room, 'image/png', Buffer.from([0x89, 0xff]));
  const message = await told;
  expect(message).toMatchObject({ contentType: 'image/png', body: Buffer.from([0x89, 0xff]), private: false });
  expect(message).not.toHaveProperty('text');
});

test('a room that was closed is no more when that is answered, and nobody is in it', async () => {
  const room = await kit.rooms.create('lobby');
  const ana = await kit.join('lobby', { nick: 'ana' });
  await room.close('enough');
  expect([kit.rooms.room('lobby'), room.participantCount, room.endpointCount]).toEqual([undefined, 0, 0]);
  await ana.events.next('closed');
  expect(await room.send('is anybody here?')).toBe(0);
  // Once more is no mistake.
  await room.close();
});

test('to invite nobody is done at once', async () => {
  expect(await (await kit.rooms.create('lobby')).invite([])).toEqual([]);
});

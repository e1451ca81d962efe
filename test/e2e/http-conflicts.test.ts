/** What the HTTP API answers to requests that are right, and cannot be done as things are; and what it keeps and tells of much. */
import type * as schemas from '../../plugin/api/schemas/index.js';
import { ApiStage } from '../support/api-stage.js';

let stage: ApiStage;

afterEach(() => stage?.close());

test('another room than limits.maxRooms lets there be: 409', async () => {
  stage = await ApiStage.start({ limits: { maxRooms: 1 } });
  expect((await stage.ask('POST', '/rooms', { name: 'one' })).status).toBe(201);
  expect(await stage.ask('POST', '/rooms', { name: 'two' })).toMatchObject({
    status: 409,
    body: { code: 'CHAT_ERR_TOO_MANY_ROOMS' },
  });
});

test('an invitation where nobody can be called: 409; into a room that is full: 409', async () => {
  stage = await ApiStage.start({ rooms: { static: { lobby: {} } } });
  const invite = () => stage.ask('POST', '/rooms/lobby/participants', { uris: ['sip:bo@example.com'] });
  expect(await invite()).toMatchObject({ status: 409, body: { code: 'CHAT_ERR_NO_OUTBOUND' } });
  await stage.close();
  stage = await ApiStage.start({
    rooms: { static: { lobby: {} } },
    limits: { maxParticipants: 1 },
    outboundProxy: 'sip:127.0.0.1:9',
  });
  await stage.join('lobby', 'ana');
  expect(await invite()).toMatchObject({ status: 409, body: { code: 'CHAT_ERR_ROOM_FULL' } });
});

test('another role for somebody of whom nobody knows who he is: 409', async () => {
  stage = await ApiStage.start();
  await stage.join('lobby', 'anonymous', { uri: 'sip:anonymous@anonymous.invalid', nick: 'Ghost' });
  expect(await stage.ask('PATCH', '/rooms/lobby/participants/Ghost', { role: 'moderator' })).toMatchObject({
    status: 409,
    body: { code: 'CHAT_ERR_IDENTITY' },
  });
});

const page = async (query: string): Promise<[ids: number[], next: number | undefined]> => {
  const { body } = await stage.ask<schemas.History>('GET', `/rooms/lobby/messages${query}`);
  return [body.messages.map(({ id }) => id), body.next];
};
const say = async (count: number, text: string): Promise<void> => {
  for (let n = 0; n < count; n++) await stage.rooms.room('lobby')?.send(text);
};

const ids = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('what was said', () => {
  test('comes in pages of 50, or as many as are asked for; next is there while there is more', async () => {
    stage = await ApiStage.start({ rooms: { static: { lobby: { history: 60 } } } });
    await say(60, 'x');
    expect(await page('')).toEqual([ids(11, 60), 11]);
    expect(await page('?before=11')).toEqual([ids(1, 10), undefined]);
    expect(await page('?limit=500')).toEqual([ids(1, 60), undefined]);
    expect(await page('?limit=20&before=21')).toEqual([ids(1, 20), undefined]);
    expect((await stage.ask('GET', '/rooms/lobby/messages?limit=501')).status).toBe(400);
  });

  test('is not more than 1 MiB at a time, the latest of it', async () => {
    stage = await ApiStage.start({ rooms: { static: { lobby: { history: 50 } } } });
    await say(30, 'x'.repeat(60_000));
    const [told, next] = await page('');
    expect(told.length * 60_000).toBeLessThan(1_048_576);
    expect((told.length + 1) * 61_000).toBeGreaterThan(1_048_576);
    expect([told.at(-1), next]).toEqual([30, told[0]]);
  });

  test('of a time and later: what was before is no further page', async () => {
    stage = await ApiStage.start({ rooms: { static: { lobby: { history: 50 } } } });
    await say(3, 'before');
    const { body } = await stage.ask<schemas.History>('GET', '/rooms/lobby/messages');
    const last = new Date(body.messages[2].time);
    while (Date.now() <= last.getTime()) await new Promise(setImmediate);
    await say(2, 'after');
    const since = encodeURIComponent(new Date(last.getTime() + 1).toISOString());
    expect(await page(`?since=${since}`)).toEqual([[4, 5], undefined]);
    expect(await page(`?since=${since}&limit=1`)).toEqual([[5], 5]);
  });
});

test('the last 500 acts of moderation are kept, and no more', async () => {
  stage = await ApiStage.start({ rooms: { static: { lobby: {} } } });
  const room = stage.rooms.room('lobby');
  for (let n = 0; n < 510; n++) await room?.configure({ subject: `${n}` });
  const { body } = await stage.ask<schemas.Audit>('GET', '/audit?limit=1000');
  expect(body.entries).toHaveLength(500);
});

/** What `GET /api/v1/errors` tells of requests by MSRP, and so does the event `refused`. */
import type { Errors } from '../../plugin/api/schemas/index.js';
import type { IncomingMessage } from '../../plugin/index.js';
import { ApiStage } from '../support/api-stage.js';

let stage: ApiStage;

beforeAll(async () => {
  stage = await ApiStage.start({
    authorizeMessage: ({ text }: IncomingMessage) => {
      if (text === 'spam') throw new Error('the filter says so');
    },
  });
});
afterEach(() => stage.clear());
afterAll(() => stage?.close());

test('whose message or nickname was refused, in which room, and why', async () => {
  const told: unknown[] = [];
  stage.rooms.on('refused', (refusal) => told.unshift({ ...refusal, time: refusal.time.toISOString() }));
  const [{ participant: ana }, { participant: bo }] = [
    await stage.join('office', 'ana', { nick: 'Ana' }),
    await stage.join('office', 'bo'),
  ];
  expect(await bo.setNickname('Ana')).toMatchObject({ status: 425 });
  expect(await bo.sendPrivate('sip:nobody@example.com', 'psst')).toMatchObject({ status: 404 });
  await stage.rooms.room('office')?.find('sip:bo@example.com')?.mute();
  expect(await bo.send('hello?')).toMatchObject({ status: 403 });
  expect(await ana.send('spam')).toMatchObject({ status: 403 });
  const [{ id, callId }] = stage.rooms.room('office')?.find('sip:bo@example.com')?.endpoints ?? [];
  const time = expect.any(String) as string;
  const device = { endpoint: id, callId, source: '127.0.0.1' };
  const bos = { room: 'sip:office@localhost', participant: 'sip:bo@example.com', time, ...device };
  const { entries } = (await stage.ask<Errors>('GET', '/errors?limit=4')).body;
  expect(entries).toEqual([
    {
      time,
      method: 'SEND',
      status: 403,
      room: 'sip:office@localhost',
      participant: 'sip:ana@example.com',
      endpoint: expect.stringMatching(/^e\d+$/),
      source: '127.0.0.1',
      callId: expect.any(String),
      code: null,
      detail: 'A handler of the program refused it; the log says why.',
    },
    { method: 'SEND', status: 403, code: 'CHAT_ERR_FORBIDDEN', detail: expect.stringContaining('muted'), ...bos },
    { method: 'SEND', status: 404, code: 'CHAT_ERR_NO_PARTICIPANT', detail: expect.any(String), ...bos },
    {
      method: 'NICKNAME',
      status: 425,
      code: 'CHAT_ERR_NICKNAME_REFUSED',
      detail: 'The nickname is taken, or reserved.',
      ...bos,
    },
  ]);
  expect(told).toEqual(entries);
});

test('who has many refused does not push out what others had', async () => {
  const { participant } = await stage.join('office', 'ana');
  const { participant: bo } = await stage.join('office', 'bo');
  expect(await bo.setNickname('admin')).toMatchObject({ status: 425 });
  await stage.rooms.room('office')?.find('sip:ana@example.com')?.mute();
  for (let messages = 0; messages < 600; messages++) await participant.send('hello?');
  const { entries } = (await stage.ask<Errors>('GET', '/errors?limit=500')).body;
  expect(entries.filter(({ participant: who }) => who === 'sip:ana@example.com').length).toBeLessThan(100);
  expect(entries).toContainEqual(expect.objectContaining({ method: 'NICKNAME', participant: 'sip:bo@example.com' }));
});

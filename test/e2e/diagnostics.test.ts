import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LeaveTrace, MessageTrace, NicknameTrace, SessionTrace } from '../../lib/util/channels.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterAll(() => server?.close());

test('who subscribes by name is told of sessions, nicknames, messages and who leaves, by one endpoint id', async () => {
  const told = {
    session: [] as SessionTrace[],
    nickname: [] as NicknameTrace[],
    message: [] as MessageTrace[],
    leave: [] as LeaveTrace[],
  };
  const takes = Object.entries(told).map(([name, list]) => {
    const take = (message: unknown): void => void list.push(message as never);
    subscribe(`drachtio-chatroom:${name}`, take);
    return (): void => void unsubscribe(`drachtio-chatroom:${name}`, take);
  });
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  await ana.participant.setNickname('Fox');
  await ben.participant.setNickname('fox').catch(() => undefined);
  await ana.participant.send('hello');
  await ben.events.next('message');
  const gone = ben.events.next('roster', ({ participants }) => participants.length === 1);
  await ana.participant.leave();
  await gone;
  for (const stop of takes) stop();

  const [{ endpoint, callId, session }] = told.session;
  expect(told.session[0]).toMatchObject({ room, participant: 'sip:ana@example.com' });
  expect(session).toMatch(/^msrp:\/\/127\.0\.0\.1:\d+\/\w+;tcp$/);
  expect(told.nickname).toMatchObject([
    { room, endpoint, participant: 'sip:ana@example.com', nickname: 'Fox', status: 200 },
    { room, nickname: 'fox', status: 425 },
  ]);
  expect(told.message.filter(({ outcome }) => outcome === 'broadcast')).toEqual([
    {
      room,
      endpoint,
      messageId: expect.any(String) as string,
      outcome: 'broadcast',
      status: 200,
      size: expect.any(Number) as number,
      recipients: 1,
      contentType: 'text/plain',
    },
  ]);
  expect(told.leave).toMatchObject([{ room, endpoint, callId, how: 'departed' }]);
});

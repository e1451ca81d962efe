import { randomBytes } from 'node:crypto';
import { NodeSignalling, WebSocketTransport } from '../../lib/client/index.js';
import { EventLog } from '../../lib/client/testing.js';
import { ChatParticipant } from '../../lib/client/participant.js';
import { WebSocket } from 'ws';
import { ServerUnderTest } from '../support/server.js';

const ANY = '127.0.0.1:0';

/** SIP over UDP; MSRP over plain WebSocket on loopback, and over WSS with a certificate made at start. */
let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start({ msrp: { tls: { listen: ANY }, ws: { listen: ANY }, wss: { listen: ANY } } });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

describe.each([false, true])('MSRP over WebSocket, TLS %s', (secure) => {
  test('7977-5.2-02, 7977-A-01: one participant by WebSocket and one by TCP chat', async () => {
    const room = server.newRoom();
    const wes = await server.join(room, 'wes', { msrp: 'ws', secure, nick: 'Wes' });
    const tom = await server.join(room, 'tom', { nick: 'Tom' });
    expect(wes.participant.media?.ownUri).toMatch(
      secure ? /^msrps:\/\/[0-9a-z]{12}\.invalid:2855\/\w+;ws$/ : /^msrp:\/\/[0-9a-z]{12}\.invalid:2855\/\w+;ws$/,
    );
    expect(wes.participant.media?.path).toEqual([
      expect.stringMatching(secure ? /^msrps:\/\/127\.0\.0\.1:\d+\/\w+;ws$/ : /^msrp:.*;ws$/),
    ]);
    expect(await wes.participant.send('Pizza? 🍕')).toMatchObject({ status: 200 });
    expect((await tom.events.next('message'))[0]).toMatchObject({ from: 'sip:wes@example.com', text: 'Pizza? 🍕' });
    expect(await tom.participant.send('yes')).toMatchObject({ status: 200 });
    expect((await wes.events.next('message'))[0]).toMatchObject({ from: 'sip:tom@example.com', text: 'yes' });
    expect(await wes.participant.sendPrivate('sip:tom@example.com', 'psst')).toMatchObject({ status: 200 });
    expect((await tom.events.next('message'))[0]).toMatchObject({ text: 'psst', private: true });
    expect(await wes.participant.setNickname('Wesley')).toMatchObject({ status: 200 });
    await tom.events.next('nickname', ({ nickname }) => nickname === 'Wesley');
  });

  test('7977-5.1-03: large messages arrive whole, both ways', async () => {
    const room = server.newRoom();
    const wes = await server.join(room, 'wes', { msrp: 'ws', secure });
    const tom = await server.join(room, 'tom');
    const text = randomBytes(500_000).toString('hex');
    await wes.participant.send(text);
    expect((await tom.events.next('message'))[0].text === text).toBe(true);
    await tom.participant.send(text);
    expect((await wes.events.next('message'))[0].text === text).toBe(true);
  });

  test('who leaves is gone', async () => {
    const room = server.newRoom();
    const wes = await server.join(room, 'wes', { msrp: 'ws', secure });
    const tom = await server.join(room, 'tom');
    await tom.events.next('roster', ({ participants }) => participants.length === 2);
    await wes.participant.leave();
    await tom.events.next('leave', ({ uri }) => uri === 'sip:wes@example.com');
  });
});

test('the transport of browsers chats too', async () => {
  const room = server.newRoom();
  const participant = new ChatParticipant({
    uri: 'sip:page@example.com',
    signalling: new NodeSignalling({ proxy: server.sip }),
    transport: new WebSocketTransport({ WebSocket }),
  });
  server.onClose(() => participant.leave());
  const events = new EventLog(participant);
  await participant.join(room);
  const tom = await server.join(room, 'tom');
  const text = randomBytes(300_000).toString('hex');
  await participant.send(text);
  expect((await tom.events.next('message'))[0].text === text).toBe(true);
  await tom.participant.send('hello page');
  expect((await events.next('message'))[0].text).toBe('hello page');
});

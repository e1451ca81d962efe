import { EventEmitter, once } from 'node:events';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { IncomingMessage } from '../../plugin/index.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

let server: ServerUnderTest;
const start = async (options: ServerUnderTestOptions): Promise<ServerUnderTest> => {
  server = await ServerUnderTest.start(options);
  return server;
};
afterEach(() => server.close());

test('authorizeMessage sees who says what to whom, and refuses with 403 or the status of its error', async () => {
  const seen: object[] = [];
  await start({
    authorizeMessage: ({ room, from, nickname, to, private: isPrivate, contentType, text, body, size }) => {
      seen.push({ room, from, nickname, to, isPrivate, contentType, text, octets: body?.length, sized: size !== null });
      if (text?.includes('spam')) throw new Error('no spam');
      if (contentType.startsWith('image/')) throw new ChatroomsError('CHAT_ERR_PICTURE', 'None.', { msrpStatus: 415 });
    },
  });
  const room = server.newRoom();
  const ana = await server.join(room, 'ana', { nick: 'Ana' });
  const bob = await server.join(room, 'bob');
  expect(await ana.participant.send('hello')).toMatchObject({ status: 200 });
  expect(await ana.participant.send('buy spam')).toMatchObject({ status: 403 });
  expect(await ana.participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 200 });
  expect(await ana.participant.sendContent(room, 'image/png', Buffer.from('x'))).toMatchObject({ status: 415 });
  const texts = [await bob.events.next('message'), await bob.events.next('message')].map(([{ text }]) => text);
  expect(texts).toEqual(['hello', 'psst']);
  const all = { room, from: 'sip:ana@example.com', nickname: 'Ana', sized: true };
  const plain = { ...all, contentType: 'text/plain', to: room, isPrivate: false };
  expect(seen).toEqual([
    { ...plain, text: 'hello', octets: 5 },
    { ...plain, text: 'buy spam', octets: 8 },
    { ...plain, text: 'psst', octets: 4, to: 'sip:bob@example.com', isPrivate: true },
    { ...plain, contentType: 'image/png', text: undefined, octets: 1 },
  ]);
});

test('preMessage replaces the text, of what authorizeMessage let through; the content of other types it may not', async () => {
  const errors: unknown[] = [];
  await start({
    authorizeMessage: async (message) => {
      await Promise.resolve();
      message.replaceText(`${message.text}!`);
    },
    preMessage: (message) => {
      try {
        message.replaceText(message.text?.replaceAll('damn', 'd\u2014n') ?? 'nothing');
      } catch (error) {
        errors.push(error);
      }
    },
  });
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  expect(await ana.participant.send('damn it')).toMatchObject({ status: 200 });
  const [{ text, from }] = await bob.events.next('message');
  expect({ text, from }).toEqual({ text: 'd\u2014n it!', from: 'sip:ana@example.com' });
  expect(await ana.participant.sendContent(room, 'image/png', Buffer.from('x'))).toMatchObject({ status: 403 });
  expect(errors).toEqual([]);
});

test('FT-08: of a file only the headers are shown, and it can be refused before it is sent to its end', async () => {
  const seen: Pick<IncomingMessage, 'contentType' | 'body' | 'text' | 'size'>[] = [];
  await start({
    authorizeMessage: ({ contentType, body, text, size }) => {
      seen.push({ contentType, body, text, size });
      if ((size ?? 0) > 2_000_000) throw Object.assign(new Error('too much'), { msrpStatus: 413 });
    },
  });
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const file = Buffer.alloc(1_000_000, 'file');
  expect(await ana.participant.sendContent(room, 'application/pdf', file)).toMatchObject({ status: 200 });
  const [{ content }] = await bob.events.next('message');
  expect(Buffer.from(content).equals(file)).toBe(true);
  await expect(ana.participant.sendContent(room, 'application/pdf', Buffer.alloc(4_000_000))).rejects.toMatchObject({
    code: 'CHAT_ERR_MESSAGE_STOPPED',
  });
  expect(seen).toMatchObject([
    { contentType: 'application/pdf', body: null, text: undefined, size: expect.any(Number) },
    { contentType: 'application/pdf', body: null, text: undefined, size: expect.any(Number) },
  ]);
});

test('a thousand messages keep their order, however long each handler takes', async () => {
  await start({
    authorizeMessage: async ({ text }) => {
      for (let turns = Number(text) % 7; turns > 0; turns--) await new Promise(setImmediate);
    },
  });
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const got: (string | undefined)[] = [];
  bob.participant.on('message', ({ text }) => void got.push(text));
  const numbers = Array.from({ length: 1000 }, (_, i) => `${i}`);
  const outcomes = await Promise.all(numbers.map((text) => ana.participant.send(text)));
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
  await bob.events.next('message', ({ text }) => text === '999');
  expect(got).toEqual(numbers);
});

test('4975-7.1.1-17: 408 when a handler never answers; the next message is not lost', async () => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const handlers = new EventEmitter();
  const both = once(handlers, 'both');
  await start({
    clock,
    authorizeMessage: ({ text }) => {
      asked.push(text ?? '');
      if (asked.length === 2) handlers.emit('both');
      return text === 'stuck' ? new Promise<void>(() => {}) : undefined;
    },
  });
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const stuck = ana.participant.send('stuck');
  const next = ana.participant.send('next');
  await both;
  // What the second one comes to takes turns of its own.
  await new Promise(setImmediate);
  clock.advance(25_000);
  expect(await stuck).toMatchObject({ status: 408 });
  expect(await next).toMatchObject({ status: 200 });
  expect((await bob.events.next('message'))[0].text).toBe('next');
});

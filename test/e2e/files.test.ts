import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveContent, sendFile } from '../../lib/client/node/file.js';
import type { Progress } from '../../lib/client/index.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;
let directory: string;

beforeAll(async () => {
  server = await ServerUnderTest.start();
  directory = await mkdtemp(join(tmpdir(), 'chatroom-files-'));
});
afterEach(() => server.clear());
afterAll(async () => {
  await server?.close();
  await rm(directory, { recursive: true });
});

async function rest(content: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await content.next(); !next.done; next = await content.next());
}

test('7701-6.1-08, 4975-7.1.1-11 a file goes through the room as it is read, is saved as it arrives, and talk goes on', async () => {
  const room = server.newRoom();
  const [ana, bob, carla] = await server.joinAll(room, 'ana', 'bob', 'carla');
  const octets = randomBytes(5_000_000);
  const path = join(directory, 'film.mp4');
  await writeFile(path, octets);
  const saved = new Promise<string>((resolve, reject) => {
    bob.participant.once('incoming', (message) => {
      expect(message).toMatchObject({ filename: 'film.mp4', contentType: 'video/mp4', from: 'sip:ana@example.com' });
      saveContent(directory, 'copy.mp4', message.read()).then(resolve, reject);
    });
  });
  const seen: Progress[] = [];
  const sending = sendFile(ana.participant, path, {
    contentType: 'video/mp4',
    successReport: true,
    onProgress: (progress) => seen.push(progress),
  });
  expect(await carla.participant.send('quick')).toMatchObject({ status: 200 });
  const { status, delivered } = await sending;
  expect(status).toBe(200);
  expect(await delivered).toMatchObject({ status: 200 });
  expect((await readFile(await saved)).equals(octets)).toBe(true);
  const [whole] = await carla.events.next('message', ({ filename }) => filename === 'film.mp4');
  expect(Buffer.from(whole.content).equals(octets)).toBe(true);
  expect(bob.events.pending('message').every(([{ filename }]) => filename === undefined)).toBe(true);
  expect(seen.at(-1)).toMatchObject({ acknowledged: seen.at(-1)?.total, sent: seen.at(-1)?.total });
});

test('4975-7.1-03 a file given up half-way breaks off at the others, who go on', async () => {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const controller = new AbortController();
  const endless = (async function* () {
    for (;;) {
      yield randomBytes(10_000);
      await new Promise(setImmediate);
    }
  })();
  const reading = new Promise<AsyncIterator<Uint8Array>>((resolve) => {
    bob.participant.once('incoming', (message) => resolve(message.read()[Symbol.asyncIterator]()));
  });
  const { signal } = controller;
  const sending = ana.participant.sendContent(room, 'application/octet-stream', endless, { signal });
  const outcome = expect(sending).rejects.toMatchObject({ code: 'CHAT_ERR_ABORTED' });
  const content = await reading;
  await content.next();
  controller.abort();
  await outcome;
  await expect(rest(content)).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
  await ana.participant.send('sorry');
  expect((await bob.events.next('message'))[0].text).toBe('sorry');
});

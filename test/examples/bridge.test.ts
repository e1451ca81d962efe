/** examples/webhook-bridge: the room on one side, on the other a chat with webhooks. */
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { Example } from '../support/example.js';

interface Posted {
  text: string;
  username: string;
}

/** The incoming webhook of the other chat. */
class OtherChat {
  readonly posts: Posted[] = [];
  readonly #server: Server;
  readonly #events = new EventEmitter();

  constructor() {
    this.#server = createServer((req, res) => {
      let body = '';
      req.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      req.on('end', () => {
        this.posts.push(JSON.parse(body) as Posted);
        res.end('ok');
        this.#events.emit('post');
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/xyz`;
  }

  async has(count: number): Promise<Posted[]> {
    while (this.posts.length < count) await once(this.#events, 'post');
    return this.posts;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

let drachtio: EmbeddedDrachtio;
let other: OtherChat;
let bridge: Example | undefined;
let ana: TestParticipant;
let url: string;

beforeEach(async () => {
  drachtio = await startEmbeddedDrachtio({ tcp: { host: '127.0.0.1', port: 0 } });
  other = new OtherChat();
  const settings = { INCOMING_WEBHOOK: await other.listen(), OUTGOING_TOKEN: 'agreed', PORT: '0' };
  bridge = await Example.start('webhook-bridge', drachtio, settings);
  [, url = ''] = await bridge.match(/listening on (\S+)/);
  const proxy = drachtio.addresses.tcp!;
  ana = await joinRoom('sip:lobby@localhost', { uri: 'sip:ana@localhost', nick: 'ana', proxy, transport: 'tcp' });
});

afterEach(async () => {
  await ana?.participant.leave();
  await bridge?.stop();
  other.close();
  await drachtio.close();
});

const says = async (fields: Record<string, string>, type = 'application/x-www-form-urlencoded'): Promise<number> => {
  const body = type === 'application/json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  return (await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body })).status;
};

test('what is said on one side is read on the other, in its order', async () => {
  for (const text of ['one', 'two', 'three']) await ana.participant.send(text);
  expect(await other.has(3)).toEqual(['one', 'two', 'three'].map((text) => ({ text, username: 'ana (SIP)' })));
  expect(await says({ token: 'agreed', user_name: 'rita', text: 'good morning' })).toBe(200);
  await ana.events.next('message', ({ text }) => text === 'rita: good morning');
  expect(await says({ token: 'agreed', user_name: 'rita', text: 'again' }, 'application/json')).toBe(200);
  await ana.events.next('message', ({ text }) => text === 'rita: again');
});

test('nothing goes round in a circle', async () => {
  await says({ token: 'agreed', user_name: 'rita', text: 'hello' });
  await ana.events.next('message', ({ text }) => text === 'rita: hello');
  // As our own post comes back, and as other bots are announced.
  await says({ token: 'agreed', user_name: 'ana (SIP)', text: 'hello' });
  await says({ token: 'agreed', user_name: 'reminder', bot_id: 'B1', text: 'hello' });
  await says({ token: 'agreed', user_name: 'rita', text: 'last' });
  const [next] = await ana.events.next('message');
  expect(next.text).toBe('rita: last');
  await ana.participant.send('first from here');
  expect(await other.has(1)).toEqual([{ text: 'first from here', username: 'ana (SIP)' }]);
});

test('who has not the token, or sends what it is not, is refused', async () => {
  expect(await says({ token: 'guessed', text: 'hello' })).toBe(401);
  expect(await says({ text: 'hello' })).toBe(401);
  const json = { 'Content-Type': 'application/json' };
  expect((await fetch(url, { method: 'POST', headers: json, body: '{' })).status).toBe(400);
  expect((await fetch(url, { method: 'POST', headers: json, body: 'null' })).status).toBe(401);
  expect((await fetch(url, { method: 'POST', body: 'a'.repeat(100_000) })).status).toBe(413);
  expect((await fetch(url)).status).toBe(405);
  expect(await says({ token: 'agreed', user_name: 'rita', text: 'still here' })).toBe(200);
});

test('without its settings it says which', async () => {
  await expect(Example.run('webhook-bridge', [], {})).rejects.toMatchObject({ code: 2 });
});

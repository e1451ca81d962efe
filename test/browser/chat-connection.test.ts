import type { WebSocket } from 'playwright-core';
import { TestBrowser } from '../support/browser.js';
import { ChatPage } from '../support/chat-page.js';
import { SwallowingRelay } from '../support/swallowing-relay.js';
import { WebStage } from '../support/web-stage.js';

let browser: TestBrowser;
let stage: WebStage;
let relay: SwallowingRelay;

beforeAll(async () => {
  stage = await WebStage.start();
  relay = await SwallowingRelay.start(Number(new URL(stage.url).port));
  browser = await TestBrowser.launch();
});
afterEach(async () => {
  relay.swallow(undefined);
  await browser.clear();
});
afterAll(async () => {
  await browser?.close();
  await relay?.close();
  await stage?.close();
});

interface Joined {
  chat: ChatPage;
  /** Resolves when something more came by the WebSocket of that path. */
  heard: (path: '/sip' | '/msrp') => Promise<unknown>;
}

/** Joins, on a page whose time can be made to pass. */
async function join(room: string): Promise<Joined> {
  const page = await browser.page();
  const sockets = new Map<string, WebSocket>();
  page.on('websocket', (socket) => sockets.set(new URL(socket.url()).pathname, socket));
  await page.clock.install();
  await page.goto(`${relay.url}?room=${room}`);
  await page.getByLabel('Your nickname').fill('Alice');
  const chat = new ChatPage(page);
  await chat.enter();
  await page.getByText(`You joined #${room}.`).waitFor();
  await chat.people.getByText('1 person').waitFor();
  return { chat, heard: async (path) => sockets.get(path)?.waitForEvent('framereceived') };
}

async function isBack(chat: ChatPage, room: string): Promise<void> {
  await chat.page.getByText('You are back.').waitFor();
  await chat.say('alive');
  await chat.delivered('alive', 'sent');
  expect(await chat.person('Alice').count()).toBe(1);
  expect(stage.rooms.room(`sip:${room}@localhost`)?.endpointCount).toBe(1);
}

test('MSRP goes dead beside a living SIP: found by asking, although nobody writes', async () => {
  const { chat: alice, heard } = await join('silent');
  relay.swallow('/msrp');
  const pong = heard('/sip');
  await alice.page.clock.fastForward(15_000);
  await pong;
  await alice.page.clock.fastForward(10_000);
  await alice.page.clock.fastForward(2000);
  await alice.page.getByRole('status').getByText('Connection lost.').waitFor();
  relay.swallow(undefined);
  await isBack(alice, 'silent');
});

test('so is it at once where the browser says that the network changed', async () => {
  const { chat: alice } = await join('changed');
  relay.swallow('/msrp');
  await alice.page.evaluate('dispatchEvent(new Event("online"))');
  await alice.page.getByRole('status').getByText('Connection lost.').waitFor();
  relay.swallow(undefined);
  await isBack(alice, 'changed');
});

test('a connection that answers stays, however long nobody writes', async () => {
  const { chat: alice, heard } = await join('quiet');
  for (let count = 0; count < 8; count++) {
    const answers = Promise.all([heard('/sip'), heard('/msrp')]);
    await alice.page.clock.fastForward(15_000);
    await answers;
  }
  await alice.say('still here');
  await alice.delivered('still here', 'sent');
  expect(await alice.page.getByText('Connection lost.').count()).toBe(0);
});

/** What the chat page shows to eyes, says to screen readers, and tells others of who is at it. */
import type { Page } from 'playwright-core';
import { lightness, TestBrowser } from '../support/browser.js';
import { ChatPage } from '../support/chat-page.js';
import { WebStage } from '../support/web-stage.js';

let browser: TestBrowser;
let stage: WebStage;
let rooms = 0;

const visit = (room: string, nickname: string) => ({ url: stage.url, room, nickname });
const newRoom = (): string => `senses-${++rooms}`;

beforeAll(async () => {
  stage = await WebStage.start();
  browser = await TestBrowser.launch();
});
afterEach(async () => {
  const complaints = [...browser.complaints];
  await browser.clear();
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** As when another window is in front of it. */
const away = (page: Page): Promise<void> => page.evaluate('document.hasFocus = () => false');
const back = (page: Page): Promise<void> =>
  page.evaluate('document.hasFocus = () => true; dispatchEvent(new Event("focus")); undefined');

test('a private message counts as read, and as none that is missed, once it is looked at', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  expect(await alice.page.title()).toBe(`#${room}`);
  await away(alice.page);
  await bob.say('to everybody');
  await alice.sees('to everybody');
  await bob.whisperTo('Alice');
  await bob.say('only for you');
  await alice.sees('only for you');
  await bob.delivered('only for you', 'delivered');
  expect(await alice.page.title()).toBe(`(2) #${room}`);
  await back(alice.page);
  await bob.delivered('only for you', 'displayed');
  expect(await alice.page.title()).toBe(`#${room}`);
});

test('what is written to one person alone is seen by nobody else being written', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  await alice.person('Bob').waitFor();
  await alice.page.evaluate(`{
    window.writing = [];
    const line = document.querySelector('.writers');
    new MutationObserver(() => window.writing.push(line.textContent.trim()))
      .observe(line, { subtree: true, childList: true, characterData: true });
  }`);
  await bob.whisperTo('Alice');
  await bob.field.pressSequentially('a secret');
  await bob.field.press('Enter');
  await alice.sees('a secret');
  await bob.field.press('Escape');
  await bob.field.pressSequentially('no secret');
  await alice.page.getByText('Bob is typing').waitFor();
  expect(await alice.page.evaluate('window.writing')).toHaveLength(1);
});

test('how far a message is, that it is private and why it failed is there as words, too', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  const { page, log } = alice;
  expect([await log.getAttribute('aria-live'), await log.getAttribute('aria-relevant')]).toEqual([
    'polite',
    'additions',
  ]);
  expect(await page.locator('.composer-error').getAttribute('role')).toBe('alert');
  await alice.say('first');
  await alice.delivered('first', 'sent');
  expect(await alice.message('first').innerText()).toMatch(/^You\s[^]*first[^]*\sSent$/);
  await alice.whisperTo('Bob');
  await alice.say('psst');
  await alice.delivered('psst', 'displayed');
  expect(await alice.message('psst').innerText()).toMatch(/^You\s[^]*Private, to Bob[^]*psst[^]*\sRead$/);
  const heard = await bob.sees('psst');
  expect(await heard.innerText()).toMatch(/^[^]*Alice[^]*Private, to you[^]*psst/);
  await page.keyboard.press('Escape');

  const found = stage.rooms.room(`sip:${room}@localhost`)?.participants.values() ?? [];
  await [...found].find(({ nickname }) => nickname === 'Alice')?.mute();
  await alice.say('not allowed');
  await alice.delivered('not allowed', 'failed');
  const failed = alice.message('not allowed');
  expect(await failed.innerText()).toMatch(/Not sent\. You may not write this here now/);
  // The button alone would not say what is sent again.
  const again = failed.getByRole('button', { name: 'Send again' });
  const words = await again.getAttribute('aria-describedby');
  expect(await page.locator(`[id="${words}"]`).innerText()).toMatch(/^Not sent\./);
  await [...(stage.rooms.room(`sip:${room}@localhost`)?.participants.values() ?? [])]
    .find(({ nickname }) => nickname === 'Alice')
    ?.unmute();
  await again.click();
  await alice.delivered('not allowed', 'sent');
  await bob.sees('not allowed');
});

test('a page on which messages wait is not closed without a question', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const { page } = alice;
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await page.context().setOffline(true);
  await page.getByRole('status').getByText('Connection lost.').waitFor();
  // That it is lost is said once, and not every second how long it takes.
  expect(await page.locator('.banner-count').getAttribute('aria-hidden')).toBe('true');
  await alice.say('waits');
  await alice.delivered('waits', 'queued');
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
  expect(asked).toEqual(['beforeunload']);
});

test('who closes the page leaves the room at once', async () => {
  const room = newRoom();
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  await bob.page.getByText('Alice joined').waitFor();
  const left = new Promise<string>((resolve) => {
    stage.rooms.once('leave', (_room, _who, { reason }) => resolve(reason));
  });
  await alice.page.close({ runBeforeUnload: true });
  expect(await left).toBe('departed');
});

test('the Enter that ends a word of an input method sends nothing', async () => {
  const alice = await ChatPage.join(browser, visit(newRoom(), 'Alice'));
  await alice.field.fill('にほんご');
  await alice.page.evaluate(`document.querySelector('textarea').dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))`);
  expect(await alice.field.inputValue()).toBe('にほんご');
  await alice.field.press('Enter');
  await alice.delivered('にほんご', 'sent');
});

test('it is dark where that is wanted, and light elsewhere', async () => {
  for (const [colorScheme, isDark] of [
    ['dark', true],
    ['light', false],
  ] as const) {
    const page = await browser.page({ colorScheme });
    await page.goto(stage.url);
    await page.getByLabel('Your nickname').waitFor();
    const light = await lightness(page);
    expect([colorScheme, light < 0.3, light > 0.8]).toEqual([colorScheme, isDark, !isDark]);
  }
});

test('what has the focus of the keyboard is outlined, and nothing moves where that is not wanted', async () => {
  const page = await browser.page({ reducedMotion: 'reduce' });
  await page.goto(stage.url);
  await page.getByLabel('Your nickname').waitFor();
  await page.keyboard.press('Tab');
  for (const element of [page.getByRole('textbox', { name: 'Room' }), page.getByRole('button', { name: 'Join' })]) {
    await element.focus();
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  }
  const moving = `[...document.querySelectorAll('*')].map((element) => getComputedStyle(element))
    .filter(({ transitionDuration, animationName }) => parseFloat(transitionDuration) > 0 || animationName !== 'none').length`;
  expect(await page.evaluate(moving)).toBe(0);
});

test('what is said to a screen reader only cannot scroll the page away from under the conversation', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'));
  await alice.say('more\n'.repeat(80));
  await alice.say('last');
  await alice.delivered('last', 'sent');
  await alice.page.evaluate(`document.querySelector('.message:last-child .spoken').scrollIntoView()`);
  expect(await alice.page.evaluate('document.scrollingElement.scrollTop')).toBe(0);
  expect(await alice.page.evaluate('document.scrollingElement.scrollHeight <= innerHeight')).toBe(true);
});

test('where the browser has colours of its own, lines tell where a message, a button and a person begin', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'), { forcedColors: 'active' });
  await alice.say('hello');
  await alice.delivered('hello', 'sent');
  for (const element of ['.bubble', '.send', '.person .avatar']) {
    const style = `getComputedStyle(document.querySelector(${JSON.stringify(element)})).borderTopStyle`;
    expect([element, await alice.page.evaluate(style)]).toEqual([element, 'solid']);
  }
  await alice.picture('16-forced-colors');
});

test('who has the letters of the browser twice as large has them here too, and all of them fit', async () => {
  const page = await browser.page({ viewport: { width: 390, height: 844 } });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.setFontSizes', { fontSizes: { standard: 32 } });
  const name = newRoom();
  await page.goto(`${stage.url}?room=${name}`);
  await page.getByLabel('Your nickname').fill('Mary Wollstonecraft');
  const mary = new ChatPage(page);
  await mary.enter();
  await page.getByText(`You joined #${name}.`).waitFor();
  await mary.say('hello');
  await mary.delivered('hello', 'sent');
  const { people } = mary;
  expect(await page.evaluate(`getComputedStyle(document.querySelector('.text')).fontSize`)).toBe('32px');
  await page.getByRole('button', { name: /Show who is here/ }).click();
  await people.getByText('1 person').waitFor();
  expect(
    await page.evaluate(
      `(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('.person .avatar'))`,
    ),
  ).toBe(true);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await mary.picture('17-large-letters');
});

test('the keyboard stays in the list of people while that lies over the conversation', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'), { viewport: { width: 360, height: 640 } });
  const { page } = alice;
  await page.getByRole('button', { name: /Show who is here/ }).click();
  await alice.person('Alice').waitFor();
  const covered = `document.activeElement.closest('.bar, .conversation') !== null`;
  for (let count = 0; count < 6; count++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(covered)).toBe(false);
  }
  // Turned on its side to where there is place for both, everything can be used again.
  await page.setViewportSize({ width: 900, height: 600 });
  await alice.field.click();
  await page.setViewportSize({ width: 360, height: 640 });
  await alice.person('Alice').focus();
  await page.keyboard.press('Escape');
  await alice.person('Alice').waitFor({ state: 'hidden' });
  await alice.say('back');
  await alice.delivered('back', 'sent');
});

test('the keyboard stays with whom it is at in the list of people, whoever else is renamed, and with the next one when he leaves', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'));
  const bob = await ChatPage.join(browser, visit(name, 'Bob'));
  const carol = await ChatPage.join(browser, visit(name, 'Carol'));
  await alice.person('Carol').focus();
  await bob.person('Bob').click();
  await bob.page.getByLabel('Nickname', { exact: true }).fill('Zed');
  await bob.page.keyboard.press('Enter');
  await alice.person('Zed').waitFor();
  const focused = (): Promise<unknown> =>
    alice.page.evaluate(`document.activeElement.querySelector('.person-name')?.textContent`);
  expect(await alice.people.locator('.person-name').allTextContents()).toEqual(['Alice', 'Carol', 'Zed']);
  expect(await focused()).toBe('Carol');
  await carol.page.getByRole('button', { name: 'Leave' }).click();
  await alice.person('Carol').waitFor({ state: 'detached' });
  expect(await focused()).toBe('Zed');
});

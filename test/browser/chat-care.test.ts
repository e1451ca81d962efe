import type { Page } from 'playwright-core';
import { seriousViolations, TestBrowser } from '../support/browser.js';
import { ChatPage } from '../support/chat-page.js';
import { WebStage } from '../support/web-stage.js';

const SCRIPT = '<img src=x onerror="window.run=1"><script>window.run=1</script>';

let browser: TestBrowser;
let stage: WebStage;
let rooms = 0;

const visit = (room: string, nickname: string) => ({ url: stage.url, room, nickname });
const newRoom = (): string => `room-${++rooms}`;
const roomAt = (name: string) => {
  const room = stage.rooms.room(`sip:${name}@localhost`);
  if (!room) throw new Error(`there is no room ${name}`);
  return room;
};

beforeAll(async () => {
  stage = await WebStage.start({ rooms: { defaults: { subject: 'Everything about cheese' } } });
  browser = await TestBrowser.launch();
});
afterEach(() => browser.clear());
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const ran = (page: Page): Promise<unknown> => page.evaluate('window.run');

test('markup is text wherever it comes from: message, nickname, subject, file name', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'));
  const nickname = '"<b onclick=alert(1)>Mallory</b>\\';
  const mallory = await ChatPage.join(browser, visit(name, nickname));
  await alice.page.getByText(`${nickname} joined`).waitFor();
  await alice.people.getByText(nickname).waitFor();
  await roomAt(name).setSubject(SCRIPT);
  await alice.page.locator('.bar-subject', { hasText: SCRIPT }).waitFor();
  await alice.page.getByText(`The subject is now: ${SCRIPT}`).waitFor();
  await roomAt(name).send(`Of the room itself: ${SCRIPT}`);
  const announcement = alice.log.locator('.announcement', { hasText: SCRIPT });
  await announcement.waitFor();
  expect((await announcement.boundingBox())?.height).toBeLessThan(120);
  await mallory.say(SCRIPT);
  expect(await (await alice.sees('onerror')).locator('.text').textContent()).toBe(SCRIPT);
  await mallory.say(
    'javascript:alert(1) data:text/html,hi https://user@evil.example/ \u202Ehttps://fine.example/\u202C',
  );
  const links = (await alice.sees('javascript:alert(1)')).getByRole('link');
  expect(await links.evaluateAll((all: unknown[]) => all.map((link) => (link as { href: string }).href))).toEqual([
    'https://fine.example/',
  ]);
  const file = { name: '<img src=x onerror=alert(1)>.html', mimeType: 'text/html', buffer: Buffer.from(SCRIPT) };
  await mallory.page.locator('input[type=file]').setInputFiles(file);
  await alice.sees('<img src=x onerror=alert(1)>.html');
  await alice.picture('10-injection');
  expect(await alice.page.locator('img, b, script:not([src])').count()).toBe(0);
  expect(await ran(alice.page)).toBeUndefined();
  expect(await ran(mallory.page)).toBeUndefined();
});

test('who is removed reads why, and may come back when he may', async () => {
  const name = newRoom();
  const alice = await ChatPage.join(browser, visit(name, 'Alice'));
  const bob = await ChatPage.join(browser, visit(name, 'Bob'));
  const room = roomAt(name);
  const found = [...room.participants.values()].find(({ nickname }) => nickname === 'Bob');
  await found?.kick('too much cheese');
  await bob.page.getByRole('status').getByText('You were removed from the room: too much cheese').waitFor();
  await alice.page.getByText('Bob left').waitFor();
  await bob.picture('11-removed');
  await bob.page.getByRole('button', { name: 'Join again' }).click();
  const refused = 'You were removed from this room and may not come back yet.';
  await bob.page.getByRole('status').getByText(refused).waitFor();
});

test('who joins again and cannot wait joins once', async () => {
  const name = newRoom();
  const room = await stage.rooms.create(`sip:${name}@localhost`, { kickBan: 0 });
  const bob = await ChatPage.join(browser, visit(name, 'Bob'));
  const { page } = bob;
  await bob.field.fill('not said yet');
  expect(await room.kick('Bob')).toBe(true);
  const again = page.getByRole('button', { name: 'Join again' });
  await again.waitFor();
  await page.evaluate(`{
    const again = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Join again');
    again.click();
    again.click();
  }`);
  await page.getByText('You are back.').waitFor();
  // The conversation goes on, and what was being written is still there.
  await page.getByText(`You joined #${name}.`).waitFor();
  expect(await bob.field.inputValue()).toBe('not said yet');
  // By then a second INVITE would have been answered too: it was sent in the same turn.
  await page.getByText('1 person').first().waitFor();
  expect(room.endpointCount).toBe(1);
});

test.each([true, false])('a room with a password is entered with it, passwordPrompt %s', async (passwordPrompt) => {
  const name = newRoom();
  await stage.rooms.create(`sip:${name}@localhost`, { password: 'rosebud', passwordPrompt });
  const alice = await ChatPage.open(browser, visit(name, 'Alice'));
  await alice.enter();
  await alice.page.getByText('This room has a password.').waitFor();
  await alice.page.keyboard.type('rosebut');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByText('That is not the password of the room.').waitFor();
  // The next one takes the place of the wrong one.
  await alice.page.keyboard.type('rosebud');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByText(`You joined #${name}.`).waitFor();
  await alice.people.getByText('1 person').waitFor();
});

const users = (algorithms: readonly ('SHA-256' | 'MD5')[]) => ({
  auth: 'digest' as const,
  digest: { lookup: () => ({ password: 'secret' }), algorithms },
});

test('who has an account logs in, with what the server asks for', async () => {
  for (const algorithms of [['SHA-256', 'MD5'], ['MD5']] as const) {
    const guarded = await WebStage.start(users(algorithms));
    const alice = await ChatPage.open(browser, { url: guarded.url, room: 'lobby', nickname: 'Alice' });
    await alice.enter();
    await alice.page.getByText('Type your user name.').waitFor();
    await alice.page.getByLabel('User name').fill('alice');
    await alice.page.getByLabel('Password', { exact: true }).fill('wrong');
    await alice.enter();
    await alice.page.getByText('User name or password is wrong.').waitFor();
    await alice.page.getByLabel('Password', { exact: true }).fill('secret');
    await alice.enter();
    await alice.page.getByText('You joined #lobby.').waitFor();
    await alice.people.getByText('1 person').waitFor();
    await guarded.close();
  }
});

test('all of it by keyboard', async () => {
  const name = newRoom();
  const bob = await ChatPage.join(browser, visit(name, 'Bob'));
  const { page } = await ChatPage.open(browser, visit(name, ''));
  const alice = new ChatPage(page);
  // What is missing has the cursor.
  await page.keyboard.type('Alice');
  await page.keyboard.press('Enter');
  await page.getByText(`You joined #${name}.`).waitFor();
  await page.keyboard.type('first line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Enter');
  expect(await (await bob.sees('first line')).locator('.text').textContent()).toBe('first line\nsecond line');
  await alice.person('Bob').waitFor();
  await alice.person('Alice').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText('To Bob, privately').waitFor();
  await page.keyboard.type('psst');
  await page.keyboard.press('Enter');
  await bob.page.locator('article.private', { hasText: 'psst' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('To Bob, privately').waitFor({ state: 'hidden' });
  expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
  // There is one way with Tab through the list, however long it is.
  expect(await alice.people.locator('li button[tabindex="0"]').count()).toBe(1);
});

describe.each([
  ['light', { colorScheme: 'light' as const }],
  ['dark', { colorScheme: 'dark' as const }],
  ['narrow', { viewport: { width: 320, height: 640 }, hasTouch: true, colorScheme: 'light' as const }],
])('%s', (look, options) => {
  test('axe-core finds nothing serious, nothing is wider than the screen, and all can be touched', async () => {
    const name = newRoom();
    const alice = await ChatPage.open(browser, visit(name, 'Alice'), { ...options, bypassCSP: true });
    const { page } = alice;
    expect(await seriousViolations(page)).toEqual([]);
    await alice.picture(`12-enter-${look}`);
    await alice.enter();
    await page.getByText(`You joined #${name}.`).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    const bob = await ChatPage.join(browser, visit(name, 'Bob the Builder'));
    await bob.say(
      'Hello Alice, this is a message of some length, so that it has more than one line on a small screen.',
    );
    await bob.say(
      'https://example.com/a-very-long-address-that-cannot-be-broken-anywhere-because-it-has-no-blanks-in-it',
    );
    await alice.sees('example.com');
    await alice.say('Hello Bob');
    await bob.log.getByRole('button', { name: 'Alice' }).first().click();
    await bob.say('A private word');
    await alice.sees('A private word');
    await alice.log.getByRole('button', { name: 'Bob the Builder' }).first().click();
    await alice.say('And one back');
    await alice.delivered('And one back', 'displayed');
    await page.keyboard.press('Escape');
    await alice.picture(`13-room-${look}`);
    expect(await seriousViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(
      await page.evaluate('document.querySelector(".log").scrollWidth <= document.querySelector(".log").clientWidth'),
    ).toBe(true);
    if (look !== 'narrow') return;
    await page.getByRole('button', { name: /Show who is here/ }).click();
    await alice.person('Bob').waitFor();
    await alice.picture(`14-people-${look}`);
    expect(await seriousViolations(page)).toEqual([]);
    // WCAG 2.5.5: 44 by 44; links within text and names above messages are as high as their line.
    const small = `[...document.querySelectorAll('button:not(.name, .link), input:not([type=file]), textarea')]
      .filter((e) => e.checkVisibility()).map((e) => [e.className, e.getBoundingClientRect()])
      .filter(([, r]) => r.width < 44 || r.height < 44).map(([name]) => name)`;
    expect(await page.evaluate(small)).toEqual([]);
    await page.keyboard.press('Escape');
    await alice.person('Bob').waitFor({ state: 'hidden' });
  });
});

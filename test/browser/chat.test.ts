import { joinRoom } from '../../lib/client/testing.js';
import { TestBrowser } from '../support/browser.js';
import { ChatPage } from '../support/chat-page.js';
import { png } from '../support/png.js';
import { freePort } from '../support/free-port.js';
import { NEVER_LATE, RunningProgram } from '../support/program.js';

let browser: TestBrowser;
let program: RunningProgram;
let http: number;
let sip: number;
let url: string;
let rooms = 0;

/** `serve`, at the same ports again. */
async function serve(): Promise<void> {
  const listeners = ['--sip', `127.0.0.1:${sip}`, '--msrp', '127.0.0.1:0', '--msrps', 'off'];
  const settings = ['--http', `127.0.0.1:${http}`, '--drain-timeout', '3', ...NEVER_LATE];
  program = new RunningProgram(['serve', ...listeners, ...settings]);
  await program.shows('Join one in another terminal:');
}

/** Somebody at the terminal, who carries out what he is told and leaves. */
const terminal = (room: string, nickname: string, ...steps: string[]): RunningProgram =>
  new RunningProgram([
    'chat',
    `sip:${room}@localhost`,
    '--nick',
    nickname,
    '--proxy',
    `127.0.0.1:${sip}`,
    '--timeout',
    '120',
    ...steps,
  ]);

const visit = (room: string, nickname: string) => ({ url, room, nickname });
const newRoom = (): string => `room-${++rooms}`;

beforeAll(async () => {
  http = await freePort();
  sip = await freePort();
  url = `http://127.0.0.1:${http}/`;
  await serve();
  browser = await TestBrowser.launch();
});
afterEach(async () => {
  const complaints = [...browser.complaints];
  await browser.clear();
  // What the content security policy refuses, and what nobody caught, is logged there.
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  program?.kill();
});

test('three browsers and a terminal in one room: join, talk, whisper, type, leave', async () => {
  const room = newRoom();
  const alice = await ChatPage.open(browser, visit(room, 'Alice'));
  await alice.picture('1-enter');
  await alice.enter();
  await alice.page.getByText(`You joined #${room}.`).waitFor();
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  const carol = await ChatPage.join(browser, visit(room, 'Carol'));
  const steps = ['--expect', 'Hello from the page', '--say', 'Hello from the terminal', '--expect', 'goodbye'];
  const dave = terminal(room, 'Dave', ...steps);
  for (const { people } of [alice, bob, carol]) await people.getByText('4 people').waitFor();
  await alice.page.getByText('Dave joined').waitFor();

  await alice.say('Hello from the page: https://example.com/a_(b).');
  await alice.delivered('Hello from the page', 'sent');
  const link = (await bob.sees('Hello from the page')).getByRole('link');
  expect(await link.getAttribute('href')).toBe('https://example.com/a_(b)');
  expect(await link.getAttribute('rel')).toContain('noreferrer');
  for (const chat of [alice, bob, carol]) await chat.sees('Hello from the terminal');

  await carol.field.pressSequentially('I think');
  await alice.page.getByText('Carol is typing').waitFor();
  await alice.people.getByText('typing').waitFor();
  await alice.picture('2-typing');
  await carol.field.press('Enter');
  await alice.sees('I think');
  await alice.page.getByText('Carol is typing').waitFor({ state: 'hidden' });

  await bob.whisperTo('Alice');
  await bob.picture('3-whispering');
  await bob.say('only for you');
  await alice.page.locator('article.private.other', { hasText: 'only for you' }).getByText('Private, to you').waitFor();
  await bob.page.locator('article.private.own', { hasText: 'only for you' }).getByText('Private, to Alice').waitFor();
  // 5438-7.2-01: Alice's page told that it arrived, and, looked at, that it was read.
  await bob.delivered('only for you', 'displayed');
  await bob.field.press('Escape');
  await bob.say('goodbye');
  await alice.sees('goodbye');
  expect(await carol.message('only for you').count()).toBe(0);
  await alice.picture('4-conversation');

  await dave.exited;
  await alice.page.getByText('Dave left').waitFor();
  await carol.page.getByRole('button', { name: 'Leave' }).click();
  await carol.page.getByRole('button', { name: 'Join' }).waitFor();
  await alice.page.getByText('Carol left').waitFor();
  await alice.people.getByText('2 people').waitFor();
});

test('a nickname that is taken is refused in words, at the door and inside', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const other = await ChatPage.open(browser, visit(room, 'alice'));
  await other.enter();
  await other.page.getByText('That nickname is taken: somebody has it, or had it').waitFor();
  expect(await other.page.locator('[name=nickname]').getAttribute('aria-invalid')).toBe('true');
  await other.picture('5-taken');
  await other.page.getByLabel('Your nickname').fill('Bob');
  await other.enter();
  await alice.page.getByText('Bob joined').waitFor();

  await other.person('Bob').click();
  const dialog = other.page.getByRole('dialog', { name: 'Change your nickname' });
  await dialog.getByLabel('Nickname').fill('Alice');
  await dialog.getByRole('button', { name: 'Change' }).click();
  await dialog.getByText('That nickname is taken: somebody has it, or had it').waitFor();
  await other.picture('6-rename');
  await dialog.getByLabel('Nickname').fill('Robert');
  await dialog.getByLabel('Nickname').press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await alice.page.getByText('Bob is now Robert').waitFor();
  await other.page.getByText('You are now Robert').waitFor();
  await alice.person('Robert').waitFor();
});

test('pictures are shown, other files are named, and nothing in them runs', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  const files = alice.page.locator('input[type=file]');
  await files.setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: png(640, 400) });
  const picture = (await bob.sees('photo.png')).getByRole('img', { name: 'Picture: photo.png' });
  await picture.waitFor();
  expect(await picture.evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth)).toBe(640);
  await alice.delivered('photo.png', 'sent');

  await files.setInputFiles([
    { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>document.title="run"</script>') },
    {
      name: 'drawing.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    },
    { name: 'liar.png', mimeType: 'image/png', buffer: Buffer.from('<script>alert(1)</script>') },
    { name: 'dot.png', mimeType: 'image/png', buffer: png(8, 8) },
  ]);
  for (const name of ['page.html', 'drawing.svg', 'liar.png', 'dot.png']) {
    const link = (await bob.sees(name)).getByRole('link');
    expect(await link.getAttribute('download')).toBe(name);
  }
  await bob.sees('dot.png').then((message) => message.getByRole('img').waitFor());
  expect(await bob.message('page.html').locator('img, iframe, object, embed').count()).toBe(0);
  expect(await bob.message('drawing.svg').locator('img').count()).toBe(0);
  await bob.message('liar.png').locator('img').waitFor({ state: 'detached' });
  const download = bob.page.waitForEvent('download');
  await bob.message('page.html').getByRole('link').click();
  expect((await download).suggestedFilename()).toBe('page.html');
  await bob.picture('7-files');

  await alice.page.evaluate(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(300000)], 'pasted.bin', { type: 'application/x-thing' }));
    document.querySelector('textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  })()`);
  await (await bob.sees('pasted.bin')).getByText('300 kB').waitFor();
  await files.setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
  await alice.page.getByText('empty.txt is empty.').waitFor();
});

test('a server that starts anew: what was written meanwhile is sent when it is back', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const bob = await ChatPage.join(browser, visit(room, 'Bob'));
  await alice.say('before');
  await bob.sees('before');
  await program.stop();
  await alice.page.getByRole('status').getByText('The server is restarting.').waitFor();
  await bob.page.getByRole('button', { name: 'Try now' }).waitFor();
  await alice.say('written while away');
  await alice.delivered('written while away', 'queued');
  await alice.picture('8-away');
  await serve();
  await bob.page.getByText('You are back.').waitFor();
  await alice.page.getByText('You are back.').waitFor();
  await alice.delivered('written while away', 'sent');
  await alice.picture('9-back');
  await bob.people.getByText('2 people').waitFor();
  await bob.say('both are back');
  await alice.sees('both are back');
  expect(await alice.person('Alice').count()).toBe(1);
});

test('a server that dies comes back too, and the event `online` ends the wait', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  program.kill();
  await program.exited;
  await alice.page.getByRole('status').getByText('Connection lost.').waitFor();
  await serve();
  await alice.page.evaluate('dispatchEvent(new Event("online"))');
  await alice.page.getByText('You are back.').waitFor();
  await alice.say('alive');
  await alice.delivered('alive', 'sent');
});

test('a page whose network is gone says so, keeps what is written, and goes on where it was', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  await alice.say('before');
  await alice.delivered('before', 'sent');
  const context = alice.page.context();
  // Nobody closes the connections: the server is asked, and does not answer.
  await context.setOffline(true);
  await alice.page.getByRole('status').getByText('Connection lost.').waitFor();
  await alice.page.getByText(/^Trying again in \d+ s$/).waitFor();
  await alice.say('written offline');
  await alice.delivered('written offline', 'queued');
  await alice.field.fill('half a sent');
  await context.setOffline(false);
  await alice.page.getByText('You are back.').waitFor();
  await alice.delivered('written offline', 'sent');
  expect(await alice.field.inputValue()).toBe('half a sent');
  await alice.sees('before');
  expect(await alice.person('Alice').count()).toBe(1);
});

test('who is looked for among many is found, and Escape shows all of them again', async () => {
  const room = newRoom();
  const alice = await ChatPage.join(browser, visit(room, 'Alice'));
  const proxy = { host: '127.0.0.1', port: sip };
  const others = Array.from({ length: 12 }, (_, number) => ({
    uri: `sip:person-${number}@localhost`,
    nick: `Person ${number}`,
  }));
  const joined = await Promise.all(others.map((other) => joinRoom(`sip:${room}@localhost`, { ...other, proxy })));
  await alice.people.getByText('13 people').waitFor();
  const search = alice.page.getByLabel('Find somebody');
  await search.fill('person 1');
  expect(await alice.people.locator('.person-name').allTextContents()).toEqual(['Person 1', 'Person 10', 'Person 11']);
  await search.press('Escape');
  expect(await search.inputValue()).toBe('');
  expect(await alice.people.locator('li').count()).toBe(13);
  await search.press('Escape');
  expect(await alice.page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
  await Promise.all(joined.map(({ participant }) => participant.leave()));
});

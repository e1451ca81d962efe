import { seriousViolations, TestBrowser } from '../support/browser.js';
import { ChatPage, type Visit } from '../support/chat-page.js';
import { WebStage } from '../support/web-stage.js';

let browser: TestBrowser;
let stage: WebStage;

const TAKEN = 'That nickname is taken: somebody has it, or had it a few minutes ago';

beforeAll(async () => {
  browser = await TestBrowser.launch();
});
afterEach(async () => {
  await browser.clear();
  await stage?.close();
});
afterAll(() => browser?.close());

async function leave({ page }: ChatPage): Promise<void> {
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('button', { name: 'Join' }).waitFor();
}

const visit = (nickname: string): Visit => ({ url: stage.url, room: 'lobby', nickname });

/** She becomes Bea, as the other one sees, and joins again from a page loaded anew. */
async function renameAndReload(alice: ChatPage, other: ChatPage): Promise<void> {
  await alice.person('Alice').click();
  const dialog = alice.page.getByRole('dialog', { name: 'Change your nickname' });
  await dialog.getByLabel('Nickname').fill('Bea');
  await dialog.getByRole('button', { name: 'Change' }).click();
  await other.page.getByText('Alice is now Bea').waitFor();
  await alice.page.reload();
  await alice.enter();
  await alice.page.getByText('You joined #lobby.').waitFor();
}

describe('guests, whom nobody knows', () => {
  beforeEach(async () => {
    stage = await WebStage.start();
  });

  test('7701-11-04: a nickname kept for who left is taken in another browser, which is offered another one', async () => {
    const other = await ChatPage.join(browser, visit('Bob'));
    const alice = await ChatPage.join(browser, visit('Alice'));
    await leave(alice);
    await other.page.getByText('Alice left').waitFor();
    const elsewhere = await ChatPage.open(browser, visit('Alice'));
    await elsewhere.enter();
    await elsewhere.page.getByText(TAKEN).waitFor();
    await elsewhere.picture('15-kept');
    expect(await seriousViolations(elsewhere.page)).toEqual([]);
    await elsewhere.page.getByRole('button', { name: 'Join as Alice 2' }).click();
    await other.page.getByText('Alice 2 joined').waitFor();
    // In her own browser it is hers at once.
    await alice.enter();
    await other.page.getByText('Alice joined', { exact: true }).nth(1).waitFor();

    // Inside it is offered too.
    await elsewhere.person('Alice 2').click();
    const dialog = elsewhere.page.getByRole('dialog', { name: 'Change your nickname' });
    await dialog.getByLabel('Nickname').fill('Alice');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByText(TAKEN).waitFor();
    await elsewhere.picture('16-kept-inside');
    await dialog.getByRole('button', { name: 'Take Alice 3' }).click();
    await other.page.getByText('Alice 2 is now Alice 3').waitFor();
  });

  test('who renamed herself and loads the page anew has the new nickname', async () => {
    const other = await ChatPage.join(browser, visit('Other'));
    const alice = await ChatPage.join(browser, visit('Alice'));
    await renameAndReload(alice, other);
    await alice.person('Bea').waitFor();
  });

  test('who renamed herself is nobody who joined in another tab of the same browser', async () => {
    const other = await ChatPage.join(browser, visit('Other'));
    const alice = await ChatPage.join(browser, visit('Alice'));
    const bob = new ChatPage(await alice.page.context().newPage());
    await bob.page.goto(alice.page.url());
    await bob.page.getByLabel('Your nickname').fill('Bob');
    await bob.enter();
    await other.page.getByText('Bob joined').waitFor();
    await renameAndReload(alice, other);
    await alice.people.getByText('3 people').waitFor();
    await alice.person('Bob').waitFor();
  });
});

/** With an account. */
async function enter(user: string, nickname: string): Promise<ChatPage> {
  const chat = await ChatPage.open(browser, { url: stage.url, room: 'lobby', nickname });
  await chat.page.getByLabel('User name').fill(user);
  await chat.page.getByLabel('Password', { exact: true }).fill('secret');
  await chat.enter();
  return chat;
}

describe('people with accounts', () => {
  beforeEach(async () => {
    stage = await WebStage.start({ auth: 'digest', digest: { lookup: () => ({ password: 'secret' }) } });
  });

  test('7701-7.1-11, 7701-11-04: a nickname is of the person, in any browser, and of nobody else', async () => {
    const bob = await enter('bob', 'Bob');
    await bob.page.getByText('You joined #lobby.').waitFor();
    const alice = await enter('alice', 'Alice');
    await bob.page.getByText('Alice joined').waitFor();
    await leave(alice);
    await bob.page.getByText('Alice left').waitFor();
    const mallory = await enter('mallory', 'Alice');
    await mallory.page.getByText(TAKEN).waitFor();
    const elsewhere = await enter('alice', 'Alice');
    await elsewhere.page.getByText('You joined #lobby.').waitFor();
    await bob.person('Alice').waitFor();
    // While she is here, too: both are hers.
    const third = await enter('alice', 'Alice');
    await third.page.getByText('You joined #lobby.').waitFor();
    await bob.people.getByText('2 people').waitFor();
  });
});

import type { Participants, Status } from '../../plugin/api/schemas/index.js';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { AdminPage } from '../support/admin-page.js';
import { lightness, seriousViolations, TestBrowser } from '../support/browser.js';
import { ChatPage } from '../support/chat-page.js';
import { freePort } from '../support/free-port.js';
import { NEVER_LATE, RunningProgram, serve as serveElsewhere } from '../support/program.js';

const TOKEN = 'correct-horse';

let browser: TestBrowser;
let program: RunningProgram;
let http: number;
let sip: number;
let url: string;
let rooms = 0;
const joined: TestParticipant[] = [];

/** `serve`, at the same ports again. */
async function serve(token = TOKEN): Promise<void> {
  const listeners = ['--sip', `127.0.0.1:${sip}`, '--msrp', '127.0.0.1:0', '--msrps', 'off'];
  program = new RunningProgram(
    [
      'serve',
      ...listeners,
      '--http',
      `127.0.0.1:${http}`,
      '--drain-timeout',
      '1',
      '--log-level',
      'error',
      ...NEVER_LATE,
    ],
    { CHATROOM_HTTP_TOKEN: token },
  );
  await program.shows('Join one in another terminal:');
}

const newRoom = (): string => `admin-${++rooms}`;
const enter = (options?: Parameters<TestBrowser['page']>[0]): Promise<AdminPage> =>
  AdminPage.enter(browser, { url, token: TOKEN }, options);

/** Somebody whose program is another one. */
async function join(room: string, nick: string): Promise<TestParticipant> {
  const proxy = { host: '127.0.0.1', port: sip };
  const uri = `sip:${nick.toLowerCase()}@localhost`;
  const one = await joinRoom(`sip:${room}@localhost`, { uri, proxy, nick, displayName: nick });
  joined.push(one);
  return one;
}

/** As another operator does it. */
async function configure(room: string, change: object): Promise<void> {
  const answer = await fetch(`${url}api/v1/rooms/${room}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  expect(answer.status).toBe(200);
}

beforeAll(async () => {
  http = await freePort();
  sip = await freePort();
  url = `http://127.0.0.1:${http}/`;
  await serve();
  browser = await TestBrowser.launch();
});
afterEach(async () => {
  // Answers that refuse are logged by the browser itself; what the page makes of them is what the tests look at.
  const complaints = browser.complaints.filter((complaint) => !/\/api\/v1\/.*Failed to load resource/.test(complaint));
  await browser.clear();
  await Promise.all(joined.splice(0).map(({ participant }) => participant.leave()));
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  program?.kill();
});

test('the token is asked for, a wrong one refused in words, the right one kept for the tab and forgotten on demand', async () => {
  const admin = await AdminPage.open(browser, url);
  const { page } = admin;
  await page.getByText('The server asks for the token').waitFor();
  await admin.picture('1-token');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('Type the token.').waitFor();
  await admin.give('wrong');
  await page.getByText('That is not the token (http.token). (CHAT_ERR_HTTP_TOKEN)').waitFor();
  await admin.give(TOKEN);
  await admin.tile('Rooms').waitFor();

  await page.reload();
  await admin.tile('Rooms').waitFor();
  const kept = (): Promise<unknown> =>
    page.evaluate('[Object.values(sessionStorage), Object.values(localStorage), document.cookie]');
  expect(await kept()).toEqual([[TOKEN], [], '']);
  await page.getByRole('button', { name: 'Forget token' }).click();
  await page.getByText('This tab has forgotten the token.').waitFor();
  expect(await kept()).toEqual([[], [], '']);
  await page.reload();
  await page.getByLabel('Token').waitFor();
});

test('where this machine alone may, and nobody is asked for a token, it opens at once', async () => {
  const open = await serveElsewhere();
  try {
    const admin = await AdminPage.open(browser, open.health.replace('healthz', ''));
    await admin.page.getByText('Live', { exact: true }).waitFor();
    expect(await admin.page.getByRole('button', { name: 'Forget token' }).count()).toBe(0);
  } finally {
    open.program.kill();
  }
});

test('a server that has another token asks for it again', async () => {
  const admin = await enter();
  await program.stop();
  await serve('another');
  await admin.page.getByText('That is not the token').waitFor();
  await program.stop();
  await serve();
  await admin.give(TOKEN);
  await admin.page.getByText('Live', { exact: true }).waitFor();
});

test('rooms and people are there as they come, talk and go', async () => {
  const name = newRoom();
  const admin = await enter();
  await admin.go('Rooms');
  const alice = await join(name, 'Alice');
  const row = admin.page.getByRole('row', { name: new RegExp(name) });
  await row.getByRole('cell', { name: '1', exact: true }).waitFor();
  const bob = await ChatPage.join(browser, { url, room: name, nickname: 'Bob' });
  await row.getByRole('cell', { name: '2', exact: true }).waitFor();
  await admin.picture('2-rooms');

  await admin.room(name);
  await admin.person('Alice').getByText('TCP').waitFor();
  await admin.person('Bob').getByText('WS', { exact: true }).waitFor();
  await admin.person('Bob').getByText('Participant', { exact: true }).waitFor();
  await alice.participant.send('hello');
  await bob.sees('hello');
  await admin.picture('3-room');

  // No room keeps what is said unless it is told to.
  const history = admin.page.locator('section', { has: admin.page.getByRole('heading', { name: 'History' }) });
  await history.waitFor({ state: 'hidden' });
  await configure(name, { history: 10 });
  await alice.participant.send('for later');
  await history.getByText('for later').waitFor();

  await admin.go('Overview');
  const plot = admin.page.getByRole('img', { name: /^Received: .*\/s now, .*\/s at most$/ });
  for (let sent = 0; sent < 20; sent += 1) await alice.participant.send(`more ${sent}`);
  await admin.page.locator('.series.received .plot-most', { hasText: /^(?!0\/s)[\d.]+\/s at most/ }).waitFor();
  await plot.waitFor();
  await admin.page.getByRole('img', { name: /^Copies sent: .*\/s now, .*\/s at most$/ }).waitFor();
  await admin.page.locator('.tile', { hasText: 'People' }).getByText('2', { exact: true }).waitFor();
  await admin.picture('4-overview');

  await admin.room(name);
  await alice.participant.leave();
  await admin.person('Alice').waitFor({ state: 'detached' });
  await bob.page.getByRole('button', { name: 'Leave' }).click();
  await admin.page.getByText('This room is not there any more.').waitFor();
});

test('lock, topic, mute, role, a message of the room, kick and ban act once confirmed, and the participant sees it', async () => {
  const name = newRoom();
  const admin = await enter();
  const { page } = admin;
  const bob = await ChatPage.join(browser, { url, room: name, nickname: 'Bob' });
  const carol = await join(name, 'Carol');
  await admin.room(name);

  await page.getByRole('button', { name: 'Change topic' }).click();
  await admin.dialog.getByText(`Change the topic of ${name}?`).waitFor();
  await admin.dialog.getByLabel('Topic').fill('About tea');
  await admin.picture('5-dialog');
  await admin.confirm('Change topic');
  await page.getByText('The topic was changed.').waitFor();
  await page.locator('.room-topic', { hasText: 'About tea' }).waitFor();
  await bob.page.getByText('About tea').first().waitFor();

  await page.getByRole('button', { name: 'Send as the room' }).click();
  await admin.dialog.getByRole('button', { name: 'Send as the room' }).click();
  await admin.dialog.getByText('Type something.').waitFor();
  await admin.dialog.getByLabel('Message').fill('We close at noon.');
  await admin.confirm('Send as the room');
  await page.getByText('Sent to 2 devices.').waitFor();
  await bob.page.getByText('We close at noon.').waitFor();

  const act = (name: string, action: string): Promise<void> =>
    admin.person(name).getByRole('button', { name: action, exact: true }).click();
  await act('Bob', 'Mute');
  await admin.dialog.getByText('Mute Bob?').waitFor();
  // Who is not sure changes nothing.
  await admin.dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await admin.focused()).toBe('Mute');
  await act('Bob', 'Mute');
  await admin.confirm('Mute');
  await admin.person('Bob').getByText('Muted', { exact: true }).waitFor();
  await bob.say('can you hear me');
  await bob.delivered('can you hear me', 'failed');
  await act('Bob', 'Unmute');
  await admin.confirm('Unmute');
  await admin.person('Bob').getByText('Muted', { exact: true }).waitFor({ state: 'detached' });
  await bob.say('and now');
  await carol.events.next('message', ({ text }) => text === 'and now');

  await act('Bob', 'Role');
  await admin.dialog.getByLabel('Role').selectOption('moderator');
  await admin.confirm('Change role');
  await page.getByText('Bob is moderator now.').waitFor();
  await admin.person('Bob').getByText('Moderator', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Lock', exact: true }).click();
  await admin.confirm('Lock');
  await page.getByRole('button', { name: 'Unlock', exact: true }).waitFor();
  await expect(join(name, 'Dave')).rejects.toMatchObject({ sipStatus: 403 });

  await act('Carol', 'Kick');
  await admin.dialog.getByLabel('Reason').fill('enough');
  await admin.confirm('Kick');
  await carol.events.next('ended');
  await admin.person('Carol').waitFor({ state: 'detached' });
  // The button that had the focus went with her.
  await page.locator('h1:focus').waitFor();
  await page.locator('li.ban', { hasText: 'carol' }).getByRole('button', { name: 'Unban' }).click();
  await admin.confirm('Unban');
  await page.getByText('Nobody is banned.').waitFor();
  await act('Bob', 'Ban');
  await admin.confirm('Ban');
  await bob.page.locator('.banner.over').waitFor();

  await admin.go('Activity');
  const audit = page.locator('section', { hasText: 'Audit' });
  for (const done of ['kick', 'mute', 'unmute', 'role', 'ban', 'unban']) {
    await audit
      .locator('.tag', { hasText: new RegExp(`^${done}$`) })
      .first()
      .waitFor();
  }
  // Who was refused above is found there, and why.
  const refused = page.locator('li', { hasText: 'CHAT_ERR_ROOM_LOCKED' }).first();
  await refused.getByText('INVITE 403').waitFor();
  await admin.picture('6-activity');
});

test('refusals by MSRP are among the last errors, with their codes, and whose they were', async () => {
  const name = newRoom();
  const admin = await enter();
  await admin.go('Overview');
  await join(name, 'Alice');
  const { participant: bob } = await join(name, 'Bob');
  expect(await bob.setNickname('Alice')).toMatchObject({ status: 425 });
  expect(await bob.sendPrivate('sip:nobody@localhost', 'psst')).toMatchObject({ status: 404 });
  const shown = async (): Promise<void> => {
    for (const [what, code] of [
      ['NICKNAME 425', 'CHAT_ERR_NICKNAME_REFUSED'],
      ['SEND 404', 'CHAT_ERR_NO_PARTICIPANT'],
    ]) {
      const error = admin.page.locator('li', { hasText: code }).filter({ hasText: `#${name}` });
      await error.getByText(what).waitFor();
      await error.getByText('sip:bob@localhost').waitFor();
    }
  };
  await shown();
  await admin.picture('9-refused');
  await admin.go('Activity');
  await shown();
  expect(await seriousViolations(admin.page)).toEqual([]);
});

test('what somebody else did in between is an error in words, with its code', async () => {
  const name = newRoom();
  const admin = await enter();
  const alice = await join(name, 'Alice');
  await join(name, 'Bob');
  await admin.room(name);
  await admin.person('Alice').getByRole('button', { name: 'Kick' }).click();
  await admin.dialog.getByText('Kick Alice?').waitFor();
  await alice.participant.leave();
  await admin.person('Alice').waitFor({ state: 'detached' });
  await admin.dialog.getByRole('button', { name: 'Kick' }).click();
  await admin.dialog.getByText(/is not in .* \(CHAT_ERR_NO_PARTICIPANT\)/).waitFor();
  await admin.dialog.getByRole('button', { name: 'Cancel' }).click();
  // There is no button any more to which the focus could go back.
  await admin.page.locator('h1:focus').waitFor();
});

test('the list holds still under the pointer, and is as it was left on the way back', async () => {
  const [one, two] = [newRoom(), newRoom()];
  const admin = await enter();
  const { page } = admin;
  await join(one, 'Alice');
  await join(two, 'Bob');
  await join(two, 'Carol');
  await admin.go('Rooms');
  const names = page.locator('.room-link');
  await page.getByRole('searchbox').fill('admin-');
  await page.getByLabel('Which rooms').selectOption('With people');
  await names.nth(1).waitFor();
  expect(await names.allTextContents()).toEqual([two, one]);
  await names.filter({ hasText: one }).hover();
  for (const nick of ['Dan', 'Eve', 'Fay']) await join(one, nick);
  await page
    .getByRole('row', { name: new RegExp(one) })
    .getByRole('cell', { name: '4', exact: true })
    .waitFor();
  expect(await names.allTextContents()).toEqual([two, one]);
  await page.getByRole('heading', { level: 1 }).hover();
  await page.locator('tbody tr:first-child', { hasText: one }).waitFor();

  await names.filter({ hasText: one }).click();
  await admin.person('Fay').waitFor();
  await page.getByRole('link', { name: 'All rooms' }).click();
  await names.nth(1).waitFor();
  expect(await names.allTextContents()).toEqual([one, two]);
  expect(await page.getByRole('searchbox').inputValue()).toBe('admin-');
});

test('markup in names and subjects is text', async () => {
  const name = newRoom();
  const admin = await enter();
  const markup = '<img src=x onerror=alert(1)>';
  await join(name, 'Alice');
  await configure(name, { subject: markup, title: `<b>${name}</b>` });
  await joinRoom(`sip:${name}@localhost`, {
    uri: 'sip:eve@localhost',
    proxy: { host: '127.0.0.1', port: sip },
    displayName: markup,
  }).then((eve) => joined.push(eve));
  await admin.go('Rooms');
  await admin.page.locator('.room-subject', { hasText: markup }).waitFor();
  await admin.room(`<b>${name}</b>`);
  await admin.person(markup).waitFor();
  await admin.page.locator('.room-topic', { hasText: markup }).waitFor();
  expect(await admin.page.locator('#app img, h1 b').count()).toBe(0);
});

test('a server that stops is missed, and found again without a hand', async () => {
  const admin = await enter();
  await program.stop();
  await admin.page.getByText('The server does not answer.').first().waitFor();
  await admin.page.getByText('Reconnecting', { exact: true }).waitFor();
  await serve();
  await admin.page.getByText('Server ready', { exact: true }).waitFor();
  await admin.page.getByText('Live', { exact: true }).waitFor();
});

test('what goes wrong is seen: slow readers, overload, a webhook nobody takes', async () => {
  const name = newRoom();
  const admin = await enter();
  const { page } = admin;
  const alice = await join(name, 'Alice');
  await join(name, 'Bob');
  /** The answer of the server, with something in it that it takes an emergency to have. */
  const worse = (path: string, change: (answer: never) => unknown): Promise<unknown> =>
    page.route(`**/api/v1${path}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: change((await response.json()) as never) });
    });
  await worse('/rooms/*/participants', ({ participants }: Participants) => ({
    participants: participants.map((person) => ({
      ...person,
      endpoints: person.endpoints.map((endpoint) => ({
        ...endpoint,
        congested: true,
        bound: false,
        pendingBytes: 3e6,
      })),
    })),
  }));
  await worse('/status', (status: Status) => ({
    ...status,
    drachtio: { connected: false, embedded: false },
    stats: { ...status.stats, overloads: 3, limited: { maxRooms: 7 }, load: { ...status.stats.load, level: 'full' } },
  }));
  const webhook = { url: 'https://example.com/hook', queued: 4, delivered: 9, failed: 5, dropped: 2, disabled: false };
  await worse('/webhooks', () => ({ webhooks: [{ ...webhook, lastError: 'connection refused' }] }));
  await admin.room(name);
  for (const fact of ['Reads too slowly', 'No connection', '3.0 MB waiting']) {
    await admin.person('Alice').getByText(fact).waitFor();
  }
  await admin.picture('7-slow');
  await page.getByRole('alert').getByText('The server is out of time or memory').waitFor();
  expect(await page.title()).toBe(`SIP not connected – ${name} – Dashboard`);
  await admin.go('Overview');
  await admin.tile('Load').getByText('Full').waitFor();
  await admin.tile('SIP').getByText('Not connected').waitFor();
  await page.locator('.tile', { hasText: 'maxRooms: 7' }).waitFor();
  await page.getByText('4 waiting, 9 delivered, 5 failed attempts').waitFor();
  await page.getByText('connection refused').waitFor();
  await page.getByText('2 given up').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('heading', { name: 'Webhooks' }).scrollIntoViewIfNeeded();
  await admin.picture('8-trouble');
  await page.unrouteAll({ behavior: 'wait' });
  await alice.participant.leave();
});

describe('axe-core finds nothing serious', () => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const)('%s', async (kind, options) => {
    const name = newRoom();
    const login = await AdminPage.open(browser, url, options);
    await login.page.getByLabel('Token').waitFor();
    expect(await seriousViolations(login.page)).toEqual([]);
    expect((await lightness(login.page)) < 0.3).toBe(kind === 'dark');
    await login.page.context().close();
    const admin = await enter(options);
    await join(name, 'Alice');
    await join(name, 'Bob');
    for (const section of ['Overview', 'Rooms', 'Activity'] as const) {
      await admin.go(section);
      expect(await seriousViolations(admin.page)).toEqual([]);
      await admin.picture(`${kind}-${section.toLowerCase()}`);
    }
    await admin.room(name);
    await admin.person('Bob').waitFor();
    expect(await seriousViolations(admin.page)).toEqual([]);
    await admin.picture(`${kind}-room`);
    await admin.person('Bob').getByRole('button', { name: 'Kick' }).click();
    await admin.dialog.waitFor();
    expect(await seriousViolations(admin.page)).toEqual([]);
    await admin.picture(`${kind}-dialog`);
    // Nothing stands beyond the edge of the screen.
    expect(await admin.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});

test('where the browser has colours of its own a line tells which section this is', async () => {
  const { page } = await enter({ forcedColors: 'active' });
  const line = (link: string): Promise<unknown> =>
    page.evaluate(`getComputedStyle(document.querySelector('nav a${link}')).outlineStyle`);
  expect([await line('[aria-current]'), await line(':not([aria-current])')]).toEqual(['solid', 'none']);
});

test('who has the letters of the browser twice as large needs no scrolling to the side', async () => {
  const login = await AdminPage.open(browser, url, { viewport: { width: 390, height: 844 } });
  const devtools = await login.page.context().newCDPSession(login.page);
  await devtools.send('Page.setFontSizes', { fontSizes: { standard: 32 } });
  await login.give(TOKEN);
  await login.page.getByText('Live', { exact: true }).waitFor();
  const name = newRoom();
  await join(name, 'Alice');
  for (const section of ['Overview', 'Rooms', 'Activity'] as const) {
    await login.go(section);
    expect([section, await login.page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([
      section,
      0,
    ]);
    await login.picture(`large-${section.toLowerCase()}`);
  }
  await login.room(name);
  await login.person('Alice').waitFor();
  expect(await login.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
});

import { once } from 'node:events';
import { get } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { freePort } from '../support/free-port.js';
import { type RunningServer, serve } from '../support/program.js';
import { openPage, type Page, type PageOptions } from '../support/web-page.js';

const ROOM = 'sip:lobby@localhost';

let server: RunningServer;
const inside: Pick<Page, 'participant'>[] = [];

afterEach(async () => {
  await Promise.all(inside.splice(0).map(({ participant }) => participant.leave()));
  server.program.kill();
});

/** `HOST:PORT` of the pages. */
const site = (): string => new URL(server.health).host;

async function page(user: string, options: Partial<PageOptions> = {}, room = ROOM): Promise<Page> {
  const opened = await openPage(room, user, { at: site(), ...options });
  inside.push(opened);
  return opened;
}

async function terminal(user: string, room = ROOM): Promise<TestParticipant> {
  const joined = await joinRoom(room, { uri: `sip:${user}@localhost`, proxy: server.sip });
  inside.push(joined);
  return joined;
}

const nextText = async ({ events }: Pick<Page, 'events'>): Promise<string | undefined> =>
  (await events.next('message'))[0].text;

/** How the handshake of a WebSocket ends, and why. */
function handshake(path: string, protocol: string | string[], options: ClientOptions = {}): Promise<[number, string]> {
  const webSocket = new WebSocket(`ws://${site()}${path}`, protocol, options);
  return new Promise((resolve, reject) => {
    webSocket.on('error', reject);
    webSocket.on('open', () => {
      webSocket.terminate();
      resolve([101, webSocket.protocol]);
    });
    webSocket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve([response.statusCode ?? 0, text]));
    });
  });
}

test('7977-A-01: a page and a terminal chat; all that the page needs is at the HTTP port', async () => {
  server = await serve();
  expect(server.program.stdout).toContain(`  Web     http://${site()}/\n`);
  const wes = await page('wes');
  const tom = await terminal('tom');
  expect(await wes.participant.setNickname('Wesley')).toMatchObject({ status: 200 });
  await tom.events.next('roster', ({ participants }) => participants.some(({ nickname }) => nickname === 'Wesley'));
  expect(await wes.participant.send('from the page')).toMatchObject({ status: 200 });
  expect(await nextText(tom)).toBe('from the page');
  await tom.participant.send('from the terminal');
  expect(await nextText(wes)).toBe('from the terminal');
  await wes.participant.sendPrivate('sip:tom@localhost', 'psst');
  expect((await tom.events.next('message'))[0]).toMatchObject({ text: 'psst', private: true });
  // 7977-5.2-02: what the SDP says leads to the same place.
  expect(wes.participant.media?.path).toEqual([expect.stringMatching(new RegExp(`^msrp://${site()}/\\w+;ws$`))]);
});

test('7977-5.1-02: a page that came over TLS, which ends in front of us, has a session of TLS', async () => {
  server = await serve('--domain', 'chat.example.com');
  const room = 'sip:lobby@chat.example.com';
  const wes = await page('wes', { origin: 'https://chat.example.com', headers: { host: 'chat.example.com' } }, room);
  const tom = await terminal('tom', room);
  await wes.participant.send('in private');
  expect(await nextText(tom)).toBe('in private');
  expect(wes.participant.media?.path).toEqual([expect.stringMatching(/^msrps:.*;ws$/)]);
});

test('the listener of --msrp-ws goes on to work beside it', async () => {
  server = await serve('--msrp-ws', `127.0.0.1:${await freePort()}`);
  const wes = await page('wes');
  const joined = await joinRoom(ROOM, { uri: 'sip:tom@localhost', proxy: server.sip, msrp: 'ws' });
  inside.push(joined);
  await joined.participant.send('by a port of its own');
  expect(await nextText(wes)).toBe('by a port of its own');
});

test('who knows no path comes to the root, by what SDP and SIP URI say', async () => {
  server = await serve();
  const joined = await joinRoom(ROOM, { uri: 'sip:tom@localhost', proxy: server.sip, msrp: 'ws' });
  inside.push(joined);
  expect(joined.participant.media?.target).toMatchObject({ port: Number(new URL(server.health).port) });
  expect(await handshake('/', 'sip')).toEqual([101, 'sip']);
});

describe('who may open a WebSocket', () => {
  beforeEach(async () => {
    server = await serve();
  });

  test.each([
    ['/sip', 'sip'],
    ['/msrp', 'msrp'],
    ['/', 'sip'],
    ['/', 'msrp'],
  ])('%s, %s: our own pages and programs, and nobody else', async (path, protocol) => {
    const port = new URL(server.health).port;
    const ask = async (options: ClientOptions): Promise<number> => (await handshake(path, protocol, options))[0];
    expect(await ask({})).toBe(101);
    expect(await ask({ origin: `http://${site()}` })).toBe(101);
    expect(await ask({ origin: `http://localhost:${port}`, headers: { host: `localhost:${port}` } })).toBe(101);
    expect(await ask({ origin: 'http://evil.example' })).toBe(403);
    expect(await ask({ origin: `http://evil.example:${port}` })).toBe(403);
    expect(await ask({ origin: 'null' })).toBe(403);
    expect(await ask({ origin: `http://127.0.0.1:1` })).toBe(403);
    // DNS rebinding: a name of elsewhere that leads here.
    const rebound = `evil.example:${port}`;
    expect(await ask({ origin: `http://${rebound}`, headers: { host: rebound } })).toBe(403);
    expect(await ask({ headers: { host: rebound } })).toBe(403);
  });

  test('other paths and other protocols', async () => {
    expect((await handshake('/chat/main.js', 'sip'))[0]).toBe(404);
    expect((await handshake('/sip/', 'sip'))[0]).toBe(404);
    expect(await handshake('/sip', 'msrp')).toEqual([400, 'sub-protocol "sip" is required']);
    expect(await handshake('/msrp', ['sip', 'mqtt'])).toEqual([400, 'sub-protocol "msrp" is required']);
  });

  test('nor is a page shown, or told anything, under another name', async () => {
    expect(await getAs('/', 'evil.example')).toEqual([403, 'not known under this name; see http.web.origins']);
    expect((await getAs('/config.json', 'evil.example'))[0]).toBe(403);
    expect((await getAs('/config.json', 'localhost'))[0]).toBe(200);
  });
});

/** A GET with a Host of our choice, which fetch does not allow. */
function getAs(path: string, host: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    get(`http://${site()}${path}`, { headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve([response.statusCode ?? 0, text]));
    }).on('error', reject);
  });
}

test('limits: connections beyond those of --limit get 503, and a freed place is taken again', async () => {
  server = await serve('--limit', 'maxSipConnections=1', '--limit', 'maxConnections=1');
  const wes = await page('wes');
  expect(await handshake('/sip', 'sip')).toEqual([503, 'no more connections are taken']);
  expect(await handshake('/msrp', 'msrp')).toEqual([503, 'too many connections']);
  await wes.participant.leave();
  await Promise.all([wes.sipClosed, wes.msrpClosed]);
  const next = await page('ana');
  expect(await next.participant.send('alone')).toMatchObject({ status: 200 });
});

/** Code with which the server ends a WebSocket of SIP that has no call. */
async function idleSip(): Promise<{ closed: Promise<number> }> {
  const webSocket = new WebSocket(`ws://${site()}/sip`, 'sip');
  await once(webSocket, 'open');
  return { closed: once(webSocket, 'close').then(([code]) => Number(code)) };
}

test('SIGTERM: a page hears BYE, and then both its WebSockets end in good order', async () => {
  server = await serve();
  const wes = await openPage(ROOM, 'wes', { at: site() });
  const idle = await idleSip();
  const stopped = server.program.stop();
  expect((await wes.events.next('ended'))[0]).toMatchObject({ kind: 'removed' });
  expect(await wes.msrpClosed).toBe(1000);
  expect(await idle.closed).toBe(1001);
  expect(await stopped).toMatchObject({ code: 0 });
});

describe('--workers 2', () => {
  beforeEach(async () => {
    server = await serve('--workers', '2');
  });

  test('pages reach the worker that their session is at', async () => {
    const config = (await (await fetch(`http://${site()}/config.json`)).json()) as { msrp: string };
    expect(config).toMatchObject({ msrp: '/msrp?port={port}' });
    const all = [];
    for (const user of ['ana', 'ben', 'cleo']) all.push(await page(user, config));
    const ports = all.map(({ participant }) => participant.media?.target?.port);
    expect(new Set(ports).size).toBe(2);
    const [ana, ...others] = all;
    const text = 'x'.repeat(300_000);
    await ana.participant.send(text);
    for (const other of others) expect((await nextText(other)) === text).toBe(true);
    await others[0].participant.send('back');
    expect(await nextText(ana)).toBe('back');
  });

  test('a port that is none of theirs leads nowhere, and pages of elsewhere are not let in there either', async () => {
    const [status, why] = await handshake('/msrp?port=22', 'msrp');
    expect([status, why]).toEqual([404, 'no worker at that port; give the one of the SDP answer, ?port=']);
    expect((await handshake('/msrp', 'msrp'))[0]).toBe(404);
    const wes = await page('wes', { msrp: '/msrp?port={port}' });
    const port = wes.participant.media?.target?.port;
    expect((await handshake(`/msrp?port=${port}`, 'msrp'))[0]).toBe(101);
    expect((await handshake(`/msrp?port=${port}`, 'sip'))[0]).toBe(400);
    const inner = new WebSocket(`ws://127.0.0.1:${port}/`, 'msrp', { origin: 'http://evil.example' });
    const refused = new Promise((resolve) => {
      inner.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    });
    inner.on('error', () => undefined);
    expect(await refused).toBe(403);
  });

  test('SIGTERM closes them in good order too', async () => {
    const wes = await openPage(ROOM, 'wes', { at: site(), msrp: '/msrp?port={port}' });
    const idle = await idleSip();
    const stopped = server.program.stop();
    expect(await wes.msrpClosed).toBe(1000);
    expect(await idle.closed).toBe(1001);
    expect(await stopped).toMatchObject({ code: 0 });
  });
});

test('--http off: no page, nor a word about one', async () => {
  server = await serve('--http', 'off');
  expect(server.program.stdout).not.toContain('Web');
});

/** What `serve` makes of its configuration file: at its start, and when it is read again while it runs. */
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { joinRoom } from '../../../../lib/client/testing.js';
import { runServe } from '../../../../plugin/cli/serve.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';
import { EventReader } from '../../../support/event-reader.js';

const LISTENERS = { sip: { listen: '127.0.0.1:0' }, msrp: { listen: '127.0.0.1:0', tls: false } };

interface Running {
  file: string;
  /** URL of the HTTP port. */
  url: string;
  sip: { host: string; port: number };
  log: () => string;
  /** Writes the file anew and has it read. */
  reload: (configuration: Configuration, token?: string) => Promise<unknown>;
  stop: () => Promise<number>;
}

type Configuration = { http?: object; log?: object; [option: string]: unknown };

const text = ({ http, log, ...more }: Configuration): string =>
  JSON.stringify({
    ...LISTENERS,
    ...more,
    http: { listen: '127.0.0.1:0', ...http },
    log: { format: 'json', ...log },
  });

const bearer = (token?: string): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

let running: Running | undefined;

async function start(configuration: Configuration = {}): Promise<Running> {
  const file = await fileWith(text(configuration), 'chatrooms.yaml');
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  let [shown, logged] = ['', ''];
  stderr.on('data', (bytes: Buffer) => (logged += bytes.toString()));
  const exit = runServe(['--config', file], { stdout, stderr, env: {}, signal: stop.signal });
  await new Promise<void>((resolve, reject) => {
    stdout.on('data', (bytes: Buffer) => {
      shown += bytes.toString();
      if (shown.includes('/healthz')) resolve();
    });
    void exit.then(() => reject(new Error(logged)));
  });
  const url = /^ {2}Health {2}(\S+)\/healthz$/m.exec(shown)?.[1] ?? '';
  running = {
    file,
    url,
    sip: { host: '127.0.0.1', port: Number(/udp\/127\.0\.0\.1:(\d+)/.exec(shown)?.[1]) },
    log: () => logged,
    reload: async (wanted, token) => {
      await writeFile(file, text(wanted));
      const answer = await fetch(`${url}/api/v1/reload`, { method: 'POST', headers: bearer(token) });
      expect(answer.status).toBe(200);
      return answer.json();
    },
    stop: async () => {
      running = undefined;
      stop.abort();
      return exit;
    },
  };
  return running;
}

afterEach(async () => {
  await running?.stop();
  await removeFiles();
});

const status = async (headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(`${running?.url}/api/v1/status`, { headers })).status;

/** As the proxy says from whom it is. */
const statusFrom = (address: string, token: string): Promise<number> =>
  status({ ...bearer(token), 'x-forwarded-for': address });

describe('the API', () => {
  test.each([
    ['nothing', {}, 200],
    ['http.web.origins', { origins: ['https://chat.example.com'] }, 403],
    ['http.web.proxies', { proxies: ['192.0.2.1'] }, 403],
  ])('without a token, where %s says that there is a proxy: %j, %d', async (_, web, expected) => {
    await start({ http: { web } });
    expect(await status()).toBe(expected);
  });

  test('behind a proxy that is known the wrong tokens of one are not those of another', async () => {
    await start({ http: { token: 'right', web: { proxies: ['127.0.0.1'] } } });
    while ((await statusFrom('192.0.2.1', 'wrong')) !== 429);
    expect(await statusFrom('192.0.2.2', 'right')).toBe(200);
  });
});

test('a file with a secret that everybody may read is told in the log, also when it is read again', async () => {
  const secret = await fileWith('hunter2');
  await chmod(secret, 0o644);
  const configuration = { http: { tokenFile: secret } };
  const { reload, log } = await start(configuration);
  const told = (): number => log().split(`${secret} (http.tokenFile (`).length - 1;
  expect(told()).toBe(1);
  await reload(configuration, 'hunter2');
  expect(told()).toBe(2);
  expect(log()).not.toContain('hunter2');
});

describe('read again', () => {
  test('another token: streams of events end, and who has the new one is told what he missed', async () => {
    const { url, reload } = await start({ http: { token: 'old' }, log: { level: 'silent' } });
    const read = (token: string, headers = {}): Promise<EventReader> =>
      EventReader.open(`${url}/api/v1/events?type=room.created`, { ...bearer(token), ...headers });
    const before = await read('old');
    const { id = '' } = await before.block();
    await reload({ http: { token: 'new' }, rooms: { static: { lobby: {} } } }, 'old');
    await before.ended;
    expect(await status(bearer('old'))).toBe(401);
    const after = await read('new', { 'last-event-id': id });
    expect(await after.next()).toMatchObject({ type: 'room.created', room: 'sip:lobby@localhost' });
  });

  test('the same token: streams of events go on', async () => {
    const { url, reload } = await start({ http: { token: 'same' } });
    const reader = await EventReader.open(`${url}/api/v1/events`, bearer('same'));
    await reload({ http: { token: 'same' }, rooms: { static: { lobby: {} } } }, 'same');
    expect(await reader.next()).toMatchObject({ type: 'room.created', room: 'sip:lobby@localhost' });
    reader.close();
  });

  test('log.level and log.bodies hold from the next line on', async () => {
    const { reload, log, sip } = await start({ log: { level: 'warn' } });
    const ana = await joinRoom('sip:lobby@localhost', { uri: 'sip:ana@localhost', proxy: sip });
    const until = async (words: string): Promise<void> => {
      while (!log().includes(words)) await new Promise(setImmediate);
    };
    await status();
    await ana.participant.send('too early');
    await reload({ log: { level: 'debug', bodies: true } });
    await status();
    await until('HTTP request');
    await ana.participant.send('written down');
    await until('written down');
    await reload({ log: { level: 'debug' } });
    await ana.participant.send('not any more');
    await ana.participant.leave();
    await until('left');
    expect(log().split('written down')).toHaveLength(2);
    expect(log().match(/"path":"\/api\/v1\/status"/g)).toHaveLength(1);
    expect(log()).not.toMatch(/too early|not any more/);
  });

  test('the title of the page, from the next one on', async () => {
    const { url, reload } = await start({ http: { web: { title: 'Before' } } });
    const title = async (): Promise<unknown> =>
      ((await (await fetch(`${url}/config.json`)).json()) as { title: string }).title;
    expect(await title()).toBe('Before');
    await reload({ http: { web: { title: 'After' } } });
    expect(await title()).toBe('After');
  });

  test('trace.directory: there are traces from then on, in the folder beside the file, and then none', async () => {
    const { url, reload, file } = await start();
    const record = async (): Promise<number> => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${url}/api/v1/traces`, { method: 'POST', headers, body: '{"room": "lobby"}' })).status;
    };
    expect(await record()).toBe(404);
    await reload({ trace: { directory: 'traces' } });
    expect(await record()).toBe(201);
    expect(await readdir(join(dirname(file), 'traces'))).toHaveLength(1);
    await reload({});
    expect(await record()).toBe(404);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import type { History } from '../../plugin/api/schemas/index.js';
import { ApiStage } from '../support/api-stage.js';
import { Caller, cpim } from '../support/caller.js';
import { type RunningServer, serve } from '../support/program.js';
import { ServerUnderTest } from '../support/server.js';

const contents = ({ messages }: History): (string | null | undefined)[] =>
  messages.map(({ text, body }) => (text === undefined ? body : text));

describe('over HTTP', () => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await ApiStage.start();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage?.close());

  const history = (room: string, query = '') => stage.ask<History>('GET', `/rooms/${room}/messages${query}`);

  test('what was said to everybody is there, by participants and by programs, and nothing that was for one of them', async () => {
    const room = await stage.rooms.create('lounge', { history: 10 });
    const ana = await stage.join('lounge', 'ana', { nick: 'Añá' });
    const bo = await stage.join('lounge', 'bo');
    await ana.participant.send('hello ñ 🎉');
    await ana.participant.sendPrivate('sip:bo@example.com', 'for you alone');
    await room.to('sip:bo@example.com').send('for you alone too');
    await room.except(room.find('sip:bo@example.com')!).send('not for bo');
    await bo.participant.sendContent('sip:lounge@localhost', 'image/png', Buffer.from([0, 255, 128]));
    await bo.participant.sendContent('sip:lounge@localhost', 'text/plain', Buffer.from('x'.repeat(70_000)));
    await stage.ask('POST', '/rooms/lounge/messages', { text: 'closing soon' });
    const { status, body } = await history('lounge');
    expect(status).toBe(200);
    const common = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), size: expect.any(Number) };
    const messageId = expect.any(String);
    expect(body).toEqual({
      messages: [
        {
          ...common,
          id: 1,
          from: 'sip:ana@example.com',
          nickname: 'Añá',
          contentType: 'text/plain',
          text: 'hello ñ 🎉',
          messageId,
        },
        { ...common, id: 2, from: 'sip:bo@example.com', contentType: 'image/png', body: 'AP+A', messageId },
        { ...common, id: 3, from: 'sip:bo@example.com', contentType: 'text/plain', body: null, messageId },
        { ...common, id: 4, from: 'sip:lounge@localhost', contentType: 'text/plain', text: 'closing soon' },
      ],
    });
    expect(body.messages[2].size).toBeGreaterThan(70_000);
    expect(room.history({ limit: 1 })).toMatchObject([{ id: 4, time: expect.any(Date), text: 'closing soon' }]);
  });

  test('pages go back to the oldest there is', async () => {
    const room = await stage.rooms.create('pages', { history: 5 });
    for (let n = 1; n <= 7; n++) await room.send(`${n}`);
    const last = (await history('pages', '?limit=2')).body;
    expect([contents(last), last.next]).toEqual([['6', '7'], 6]);
    const before = (await history('pages', `?limit=2&before=${last.next}`)).body;
    expect([contents(before), before.next]).toEqual([['4', '5'], 4]);
    const oldest = (await history('pages', `?limit=2&before=${before.next}`)).body;
    expect([contents(oldest), oldest.next]).toEqual([['3'], undefined]);
    const { time } = oldest.messages[0];
    const since = (await history('pages', `?limit=9&since=${encodeURIComponent(time)}`)).body;
    expect([contents(since), since.next]).toEqual([['3', '4', '5', '6', '7'], undefined]);
    expect((await history('pages', '?since=2100-01-01T00:00:00%2B02:00')).body).toEqual({ messages: [] });
  });

  test('an answer has no more than 1 MiB of them', async () => {
    const room = await stage.rooms.create('long', { history: 100 });
    for (let n = 0; n < 20; n++) await room.send('x'.repeat(60_000));
    const { body } = await history('long', '?limit=100');
    expect([body.messages.length, body.next]).toEqual([17, 4]);
  });

  test('a room that keeps none is 404 with a code; what cannot be asked is 400', async () => {
    await stage.rooms.create('silent');
    const { status, body } = await stage.ask('GET', '/rooms/silent/messages');
    expect([status, body.code]).toEqual([404, 'CHAT_ERR_NO_HISTORY']);
    expect(body.detail).toContain('history');
    for (const query of ['?limit=501', '?limit=0', '?before=x', '?before=0', '?since=yesterday']) {
      expect((await stage.ask('GET', `/rooms/silent/messages${query}`)).status).toBe(400);
    }
    expect((await stage.ask('PATCH', '/rooms/silent', { history: 10_001 })).status).toBe(400);
    expect((await stage.ask('PATCH', '/rooms/silent', { history: 5 })).status).toBe(200);
    expect((await history('silent')).body).toEqual({ messages: [] });
  });
});

test('who hides is there under a made-up URI, and by nothing else', async () => {
  const options = { auth: 'trusted-proxy' as const, trustedPeers: ['127.0.0.0/8'] };
  const server = await ServerUnderTest.start({ ...options, rooms: { static: { masks: { history: 10 } } } });
  const room = 'sip:masks@localhost';
  const headers: [string, string][] = [
    ['P-Asserted-Identity', '<sip:ana.real@example.com>'],
    ['Privacy', 'id'],
  ];
  const caller = await Caller.join(server, room, { headers });
  for (const from of ['sip:anonymous1@anonymous.invalid', 'sip:ana.real@example.com']) {
    await caller.exchange(cpim(from, room, 'who am I'));
  }
  const kept = server.server.room('masks')?.history() ?? [];
  expect(kept).toMatchObject([{ from: 'sip:anonymous1@anonymous.invalid', text: 'who am I' }]);
  expect(JSON.stringify(kept)).not.toContain('ana.real');
  await caller.close();
  await server.close();
});

describe.each([1, 2])('the program with %d workers', (workers) => {
  let directory: string;
  let server: RunningServer;
  let inside: TestParticipant[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'history-'));
    inside = [];
  });
  afterEach(async () => {
    server.program.kill();
    await server.program.exited;
    rmSync(directory, { recursive: true });
  });

  const start = async (): Promise<void> => {
    server = await serve('--data', directory, '--workers', String(workers));
  };

  const api = async (method: string, path: string, body?: object): Promise<History> => {
    const url = `${server.health.replace('/healthz', '/api/v1')}${path}`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return (response.status === 204 ? {} : await response.json()) as History;
  };

  const enter = async (user: string): Promise<TestParticipant> => {
    const joined = await joinRoom('sip:archive@localhost', { uri: `sip:${user}@localhost`, proxy: server.sip });
    inside.push(joined);
    return joined;
  };

  test('keeps what was said across a restart, until the room is deleted', async () => {
    await start();
    await api('POST', '/rooms', { name: 'archive', config: { history: 3 } });
    const [ana, bo] = [await enter('ana'), await enter('bo')];
    for (const text of ['one', 'two']) {
      await ana.participant.send(text);
      await bo.events.next('message');
      await bo.participant.send(`${text} from bo`);
      await ana.events.next('message');
    }
    await bo.participant.sendPrivate('sip:ana@localhost', 'psst');
    await ana.events.next('message');
    // Where other threads have the connections, those of the program know a moment later.
    for (;;) if (contents(await api('GET', '/rooms/archive/messages')).includes('two from bo')) break;
    await api('POST', '/rooms/archive/messages', { text: 'three' });
    const said = await api('GET', '/rooms/archive/messages');
    expect(contents(said)).toEqual(['two', 'two from bo', 'three']);
    await Promise.all(inside.map(({ participant }) => participant.leave()));
    await server.program.stop();

    await start();
    expect(await api('GET', '/rooms/archive/messages')).toEqual(said);
    await api('POST', '/rooms/archive/messages', { text: 'four' });
    const after = await api('GET', '/rooms/archive/messages');
    expect(after.messages.map(({ id, text }) => [id, text])).toEqual([
      [4, 'two from bo'],
      [5, 'three'],
      [6, 'four'],
    ]);
    await api('DELETE', '/rooms/archive');
    await api('POST', '/rooms', { name: 'archive', config: { history: 3 } });
    expect(await api('GET', '/rooms/archive/messages')).toEqual({ messages: [] });
    await server.program.stop();

    await start();
    expect(await api('GET', '/rooms/archive/messages')).toEqual({ messages: [] });
  });
});

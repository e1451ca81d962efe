import type { z } from 'zod';
import * as schemas from '../../plugin/api/schemas/index.js';
import type { IncomingMessage } from '../../plugin/index.js';
import { type Route, apiApp, documentOf, routesOf } from '../support/api-document.js';
import { type Answer, ApiStage } from '../support/api-stage.js';
import { Callees } from '../support/callee.js';
import { Caller } from '../support/caller.js';

const TOKEN = 'a-token-for-tests';
const ROUTES = routesOf(documentOf(apiApp()));
const SCHEMAS = new Map(Object.entries(schemas));
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let stage: ApiStage;
let callees: Callees;
/** Who never hears whether he may join. */
const STUCK = 'sip:stuck@example.com';
/** Of whom messages wait for a verdict until this is called. */
const held: (() => void)[] = [];

beforeAll(async () => {
  callees = await Callees.start();
  stage = await ApiStage.start({
    token: TOKEN,
    domain: ['localhost', 'conf.localhost'],
    outboundProxy: callees.proxy,
    limits: { maxBans: 3 },
    authorizeMessage: ({ text }: IncomingMessage) =>
      text === 'wait' ? new Promise<void>((resolve) => held.push(resolve)) : undefined,
    authorizeJoin: ({ from }) => (from.uri === STUCK ? new Promise<void>((resolve) => held.push(resolve)) : undefined),
  });
});
afterEach(async () => {
  for (const release of held.splice(0)) release();
  await stage.clear();
});
afterAll(async () => {
  await stage?.close();
  await callees?.close();
});

let names = 0;
const newRoom = async (config = {}): Promise<string> => {
  const name = `room${++names}`;
  expect((await stage.ask('POST', '/rooms', { name, config })).status).toBe(201);
  return name;
};

const at = (room: string, ...rest: string[]): string =>
  ['/rooms', room, ...rest].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/');

/** What does each operation of the document with success, in a room with Ana. */
const SUCCESSES: Record<string, undefined | ((room: string) => Promise<Answer<unknown>>)> = {
  status: () => stage.ask('GET', '/status'),
  listRooms: () => stage.ask('GET', '/rooms'),
  createRoom: () => stage.ask('POST', '/rooms', { name: `made${++names}` }),
  showRoom: (room) => stage.ask('GET', at(room)),
  configureRoom: (room) => stage.ask('PATCH', at(room), { subject: 'news', roster: { full: 10 } }),
  closeRoom: (room) => stage.ask('DELETE', `${at(room)}?reason=enough`),
  listParticipants: (room) => stage.ask('GET', at(room, 'participants')),
  invite: async (room) => {
    const asked = stage.ask('POST', at(room, 'participants'), { uris: ['sip:bo@example.com'] });
    (await callees.invited()).reply(486);
    return asked;
  },
  changeParticipant: (room) => stage.ask('PATCH', at(room, 'participants', 'Ana'), { muted: true }),
  kick: (room) => stage.ask('DELETE', `${at(room, 'participants', 'sip:ana@example.com')}?reason=enough`),
  listBans: (room) => stage.ask('GET', at(room, 'bans')),
  ban: (room) => stage.ask('POST', at(room, 'bans'), { pattern: '*@evil.example', reason: 'spam' }),
  unban: async (room) => {
    await stage.ask('POST', at(room, 'bans'), { pattern: 'sip:+34*' });
    return stage.ask('DELETE', at(room, 'bans', 'sip:+34*'));
  },
  listMessages: async (room) => {
    await stage.ask('PATCH', at(room), { history: 2 });
    for (const text of ['one', 'two', 'three']) await stage.ask('POST', at(room, 'messages'), { text });
    return stage.ask('GET', `${at(room, 'messages')}?limit=1&since=2020-01-01T00:00:00Z`);
  },
  sendMessage: (room) => stage.ask('POST', at(room, 'messages'), { text: 'hello', to: 'Ana' }),
  events: async () => {
    const ended = new AbortController();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { status, headers: sent } = await fetch(`${stage.url}/api/v1/events`, { headers, signal: ended.signal });
    ended.abort();
    return { status, headers: sent, body: undefined };
  },
  webhooks: () => stage.ask('GET', '/webhooks'),
  audit: () => stage.ask('GET', '/audit?limit=3'),
  errors: () => stage.ask('GET', '/errors?limit=3'),
};

/** Path of a route, its parameters filled in. */
const filled = ({ path }: Route, room: string): string =>
  path
    .replace('/api/v1', '')
    .replace('{room}', room)
    .replace('{participant}', 'sip%3Aana%40example.com')
    .replace('{pattern}', 'sip%3Anobody%40example.com')
    .replace('{id}', 'none');

describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  const succeed = SUCCESSES[route.operationId];
  if (succeed) {
    test('does what the document says, and answers as it says', async () => {
      const room = await newRoom();
      await stage.join(room, 'ana', { nick: 'Ana' });
      const { status, body, headers } = await succeed(room);
      expect(Object.keys(route.responses).filter((each) => each.startsWith('2'))).toContain(String(status));
      expect(headers.get('cache-control')).toBe('no-store');
      const name = route.responses[status].content?.['application/json']?.schema.$ref?.split('/').at(-1);
      if (name === undefined) return expect(body).toBeUndefined();
      const schema = SCHEMAS.get(name) as z.ZodObject;
      // What the document does not name is no part of it.
      expect(schema.strict().safeParse(body)).toMatchObject({ success: true });
    });
  }

  test('needs the token: else 401, and 403 where there is none', async () => {
    const path = filled(route, 'lobby');
    const refused = await stage.ask(route.method, path, undefined, { authorization: '' });
    expect(refused).toMatchObject({ status: 401, body: { status: 401, code: 'CHAT_ERR_HTTP_TOKEN' } });
    const open = apiApp();
    const foreign = await open.request(`http://evil.example/api/v1${path}`, {
      method: route.method,
      headers: { host: 'evil.example' },
    });
    expect([foreign.status, ((await foreign.json()) as schemas.Problem).code]).toEqual([403, 'CHAT_ERR_HTTP_ACCESS']);
  });

  if (route.path.includes('{room}')) {
    test('no such room is 404, and what can be no room 400', async () => {
      const valid: Record<string, unknown> = {
        invite: { uris: ['sip:a@b'] },
        ban: { pattern: 'sip:a@b' },
        sendMessage: { text: 'x' },
      };
      const sent = route.requestBody && (valid[route.operationId] ?? {});
      const missing = await stage.ask(route.method, filled(route, 'no%20such%20room'), sent);
      expect(missing).toMatchObject({ status: 404, body: { code: 'CHAT_ERR_ROOM_UNKNOWN' } });
      const impossible = await stage.ask(route.method, filled(route, 'a%00b'), sent);
      expect(impossible).toMatchObject({ status: 400, body: { code: 'CHAT_ERR_ROOM_URI' } });
    });
  }

  if (route.requestBody) {
    test('a body that it cannot take is refused, saying what of it', async () => {
      const path = filled(route, 'lobby');
      const send = (body: string, type = 'application/json') =>
        stage.ask(route.method, path, body, { 'content-type': type });
      const mistyped = await send('{"sbuject": "x"}');
      expect(mistyped).toMatchObject({ status: 400, body: { code: 'CHAT_ERR_HTTP_REQUEST' } });
      expect(mistyped.body.detail).toMatch(/^body/);
      expect(await send('{')).toMatchObject({ status: 400, body: { detail: 'The body is no JSON.' } });
      expect(await send('[]')).toMatchObject({ status: 400 });
      expect(await send('text=x', 'application/x-www-form-urlencoded')).toMatchObject({
        status: 415,
        body: { code: 'CHAT_ERR_HTTP_MEDIA_TYPE' },
      });
      expect(await send(JSON.stringify({ text: 'x'.repeat(65_536) }))).toMatchObject({
        status: 413,
        body: { code: 'CHAT_ERR_HTTP_TOO_LARGE' },
      });
    });
  }
});

/** They need a program with a file and a directory: test/e2e/reload.test.ts, test/e2e/trace-program.test.ts. */
const ELSEWHERE = /^\/api\/v1\/(?:reload$|traces)/;

test('every operation is done once, here or elsewhere', () => {
  const others = ROUTES.filter(({ path }) => !ELSEWHERE.test(path));
  expect(Object.keys(SUCCESSES).toSorted()).toEqual(others.map(({ operationId }) => operationId).toSorted());
});

test('what is not there is 404, and another method 405 with those there are', async () => {
  expect(await stage.ask('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'CHAT_ERR_HTTP_NOT_FOUND' } });
  const answer = await stage.ask('PUT', '/rooms/lobby');
  expect(answer).toMatchObject({ status: 405, body: { code: 'CHAT_ERR_HTTP_METHOD' } });
  expect(answer.headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE');
});

test('/openapi.json is the document, for whoever asks', async () => {
  const served = (await (await fetch(`${stage.url}/openapi.json`)).json()) as { openapi: string; paths: object };
  expect(served.openapi).toBe('3.1.0');
  expect(Object.keys(served.paths)).toContain('/api/v1/rooms/{room}/participants/{participant}');
});

describe('rooms', () => {
  test('are made once, found by name, URI and alias, changed and closed', async () => {
    const made = await stage.ask<schemas.Room>('POST', '/rooms', {
      name: 'plans/2027 ü',
      config: { subject: 'Next year', password: 'secret', aliases: ['8000'] },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'plans/2027 ü', subject: 'Next year', participants: 0, deletion: 'never' });
    expect(made.body.createdAt).toMatch(ISO);
    expect(made.body.config).toMatchObject({ password: true, aliases: ['8000'], kickBan: 600_000 });
    expect(JSON.stringify(made.body)).not.toContain('secret');
    const location = (made.headers.get('location') ?? '').replace('/api/v1', '');
    for (const path of [location, at('plans/2027 ü'), at(made.body.uri), at('8000')]) {
      expect((await stage.ask<schemas.Room>('GET', path)).body).toEqual(made.body);
    }
    const again = await stage.ask('POST', '/rooms', { name: 'plans/2027 ü' });
    expect(again).toMatchObject({ status: 409, body: { code: 'CHAT_ERR_ROOM_EXISTS' } });
    const changed = await stage.ask<schemas.Room>('PATCH', at('8000'), { password: null, locked: true });
    expect(changed.body).toMatchObject({ locked: true, subject: 'Next year', config: { password: false } });
    expect((await stage.ask('DELETE', at('8000'))).status).toBe(204);
    expect((await stage.ask('GET', at('8000'))).status).toBe(404);
  });

  test('are made in domains that are served, and refused elsewhere, where nobody could call them', async () => {
    const create = (name: string) => stage.ask('POST', '/rooms', { name });
    expect((await create('sip:upper@LOCALHOST')).status).toBe(201);
    for (const name of ['sip:lost@chat.example.com', 'lost@chat.example.com']) {
      const { status, headers, body } = await create(name);
      expect([status, headers.get('content-type')]).toEqual([422, 'application/problem+json']);
      expect(body).toMatchObject({
        status: 422,
        code: 'CHAT_ERR_ROOM_DOMAIN',
        detail:
          'Nobody could call sip:lost@chat.example.com: this server serves localhost, conf.localhost; name one of these.',
      });
    }
    expect((await stage.ask('GET', at('sip:lost@chat.example.com'))).status).toBe(404);
    expect((await create('sip:found@conf.localhost')).status).toBe(201);
  });

  test('options that there are not are refused with the nearest name, wrong values with what is wrong', async () => {
    const room = await newRoom();
    const detailOf = async (config: unknown) => (await stage.ask('PATCH', at(room), config)).body.detail;
    expect(await detailOf({ lokced: true })).toBe('body: there is no lokced; did you mean "locked"?');
    expect(await detailOf({ roster: { notfy: 'full' } })).toBe(
      'body.roster: there is no notfy; did you mean "notify"?',
    );
    expect(await detailOf({ entirely: 1 })).toBe('body: there is no entirely.');
    expect(await detailOf({ kickBan: -1 })).toMatch(/^body\.kickBan: /);
    expect(await detailOf({ aliases: ['a\u0000b'] })).toMatch(/^body\.aliases\.0: is no name of a room/);
    expect(await detailOf({ tls: 'required' })).toBe("Option tls: 'required' needs a TLS listener; give msrp.tls.");
    expect((await stage.ask('POST', '/rooms', { name: 'x', config: { titel: '' } })).body.detail).toBe(
      'body.config: there is no titel; did you mean "title"?',
    );
  });

  test('are listed by URI, in pages', async () => {
    const mine = ['page-a', 'page-b', 'page-c'];
    for (const name of mine) await stage.ask('POST', '/rooms', { name });
    const first = await stage.ask<schemas.Rooms>('GET', '/rooms?after=sip:page&limit=2');
    expect(first.body.rooms.map(({ name }) => name)).toEqual(['page-a', 'page-b']);
    expect(first.body.next).toBe('sip:page-b@localhost');
    const next = encodeURIComponent(first.body.next ?? '');
    const rest = await stage.ask<schemas.Rooms>('GET', `/rooms?after=${next}&limit=1000`);
    expect(rest.body.rooms[0].name).toBe('page-c');
    expect(rest.body.next).toBeUndefined();
    for (const limit of ['0', '1001', 'x']) expect((await stage.ask('GET', `/rooms?limit=${limit}`)).status).toBe(400);
  });
});

describe('participants', () => {
  test('are shown with their devices', async () => {
    const room = await newRoom();
    const [ana] = [
      await stage.join(room, 'ana', { nick: 'Ana', displayName: 'Ana Example' }),
      await stage.join(room, 'bo'),
      await stage.join(room, 'ana'),
    ];
    await ana.participant.send('hello');
    const { body } = await stage.ask<schemas.Participants>('GET', at(room, 'participants'));
    expect(body.participants.map(({ uri, endpoints }) => [uri, endpoints.length])).toEqual([
      ['sip:ana@example.com', 2],
      ['sip:bo@example.com', 1],
    ]);
    const [first] = body.participants;
    expect(first).toMatchObject({ nickname: 'Ana', role: 'participant', muted: false, anonymous: false });
    expect(first.joinedAt).toBe(first.endpoints[0].joinedAt);
    expect(first.endpoints[0]).toEqual({
      id: expect.stringMatching(/^e\d+$/),
      transport: 'tcp',
      remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      userAgent: expect.stringContaining('drachtio-chatroom'),
      callId: expect.stringMatching(/\S/),
      joinedAt: expect.stringMatching(ISO),
      bound: true,
      congested: false,
      pendingBytes: 0,
    });
    expect((await stage.ask<schemas.Room>('GET', at(room))).body).toMatchObject({ participants: 2, endpoints: 3 });
  });

  test('get other roles, and are muted for a while or for good', async () => {
    const room = await newRoom();
    await stage.join(room, 'ana', { nick: 'Ana' });
    const change = (asked: schemas.ParticipantChange) =>
      stage.ask<schemas.Participant>('PATCH', at(room, 'participants', 'Ana'), asked);
    expect((await change({ role: 'moderator' })).body).toMatchObject({ role: 'moderator', muted: false });
    expect((await change({ role: 'participant', muted: true })).body).toMatchObject({
      role: 'participant',
      muted: true,
    });
    expect(stage.rooms.room(room)?.find('Ana')).toMatchObject({ muted: true, role: 'participant' });
    expect((await change({ muted: false })).body.muted).toBe(false);
    expect((await change({ mutedUntil: new Date(Date.now() + 60_000).toISOString() })).body.muted).toBe(true);
    expect((await change({ mutedUntil: '2000-01-01T00:00:00+01:00' })).status).toBe(200);
    expect(await change({ muted: false, mutedUntil: '2100-01-01T00:00:00Z' })).toMatchObject({ status: 400 });
    const nobody = await stage.ask('PATCH', at(room, 'participants', 'Bo'), { muted: true });
    expect(nobody).toMatchObject({ status: 404, body: { code: 'CHAT_ERR_NO_PARTICIPANT' } });
  });

  test('are kicked, and hear why', async () => {
    const room = await newRoom();
    const ana = await stage.join(room, 'ana');
    const path = `${at(room, 'participants', 'sip:ana@example.com')}?reason=off%20topic`;
    expect((await stage.ask('DELETE', path)).status).toBe(204);
    await ana.events.next('closed');
    expect(await stage.ask('DELETE', path)).toMatchObject({ status: 404, body: { code: 'CHAT_ERR_NO_PARTICIPANT' } });
    const { body } = await stage.ask<schemas.Bans>('GET', at(room, 'bans'));
    expect(body.bans).toMatchObject([{ pattern: 'sip:ana@example.com', kick: true, reason: 'off topic' }]);
  });

  test('are invited: the answer says what came of each', async () => {
    const room = await newRoom();
    const asked = stage.ask<schemas.Invited>('POST', at(room, 'participants'), {
      uris: ['sip:bo@example.com', 'sip:cy@example.com'],
      subject: 'Come',
    });
    const invited = [await callees.invited(), await callees.invited()];
    expect(invited.map((each) => each.header('Subject'))).toEqual(['Come', 'Come']);
    for (const each of invited) each.reply(each.request.uri.includes('bo') ? 603 : 486);
    expect((await asked).body.results).toEqual([
      { uri: 'sip:bo@example.com', status: 603, reason: expect.any(String) },
      { uri: 'sip:cy@example.com', status: 486, reason: expect.any(String) },
    ]);
    const wrong = await stage.ask('POST', at(room, 'participants'), { uris: ['mailto:x@y'] });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'CHAT_ERR_DIAL_TARGET' } });
  });
});

test('bans keep out whom they mean, until taken back; more than limits.maxBans are 409', async () => {
  const room = await newRoom();
  const ana = await stage.join(room, 'ana', { nick: 'Ana' });
  const ban = (body: schemas.NewBan) => stage.ask<schemas.Ban>('POST', at(room, 'bans'), body);
  const made = await ban({ pattern: 'Ana', until: '2100-01-01T00:00:00+02:00', reason: 'spam' });
  expect(made.body).toEqual({
    pattern: 'sip:ana@example.com',
    aliases: [],
    until: '2099-12-31T22:00:00.000Z',
    reason: 'spam',
    by: null,
    kick: false,
  });
  await ana.events.next('closed');
  await expect(stage.join(room, 'ana')).rejects.toMatchObject({ sipStatus: 403 });
  const { body: errors } = await stage.ask<schemas.Errors>('GET', '/errors?limit=1');
  expect(errors.entries).toEqual([
    {
      time: expect.stringMatching(ISO),
      method: 'INVITE',
      room: `sip:${room}@localhost`,
      status: 403,
      code: 'CHAT_ERR_BANNED',
      detail: expect.stringContaining(room),
      source: '127.0.0.1',
      callId: expect.any(String),
    },
  ]);
  expect((await stage.ask('DELETE', at(room, 'bans', 'sip:ana@example.com'))).status).toBe(204);
  expect((await stage.ask('DELETE', at(room, 'bans', 'sip:ana@example.com'))).status).toBe(404);
  await stage.join(room, 'ana');
  for (const pattern of ['*@a.example', '*@b.example', '*@c.example'])
    expect((await ban({ pattern })).status).toBe(201);
  const tooMany = await stage.ask('POST', at(room, 'bans'), { pattern: '*@d.example' });
  expect(tooMany).toMatchObject({ status: 409, body: { code: 'CHAT_ERR_TOO_MANY_ENTRIES' } });
  expect(await ban({ pattern: 'not in here' })).toMatchObject({ status: 404 });
});

test('who is nobody in particular is removed, and there is no ban', async () => {
  const room = await newRoom();
  const ana = await stage.join(room, 'anonymous', { uri: 'sip:anonymous@anonymous.invalid', nick: 'Ghost' });
  expect((await stage.ask('POST', at(room, 'bans'), { pattern: 'Ghost' })).status).toBe(204);
  await ana.events.next('closed');
  expect((await stage.ask<schemas.Bans>('GET', at(room, 'bans'))).body.bans).toEqual([]);
});

test('messages of the room go to everybody, or to one', async () => {
  const room = await newRoom();
  const [ana, bo] = [await stage.join(room, 'ana', { nick: 'Ana' }), await stage.join(room, 'bo')];
  const send = (body: schemas.NewMessage) => stage.ask<schemas.Sent>('POST', at(room, 'messages'), body);
  expect((await send({ text: 'to all' })).body).toEqual({ recipients: 2 });
  expect((await send({ text: 'to Ana', to: 'Ana' })).body).toEqual({ recipients: 1 });
  expect((await send({ text: '<b>x</b>', contentType: 'text/html' })).body).toEqual({ recipients: 2 });
  await ana.events.next('message', ({ text }) => text === 'to Ana');
  const [html] = await bo.events.next('message', ({ contentType }) => contentType.startsWith('text/html'));
  expect(html.text).toBe('<b>x</b>');
  expect(await send({ text: 'x', to: 'Cy' })).toMatchObject({ status: 404, body: { code: 'CHAT_ERR_NO_PARTICIPANT' } });
  expect(await send({ text: 'x', contentType: 'text/plain\r\nX: y' })).toMatchObject({ status: 400 });
});

test('the audit ring has what was done here, the latest first', async () => {
  const room = await newRoom();
  await stage.ask('PATCH', at(room), { subject: 'news' });
  await stage.ask('POST', at(room, 'bans'), { pattern: '*@evil.example', reason: 'r'.repeat(1000) });
  const { body } = await stage.ask<schemas.Audit>('GET', '/audit?limit=2');
  expect(body.entries).toMatchObject([
    { act: 'ban', actor: null, allowed: true, target: '*@evil.example', detail: { reason: 'r'.repeat(200) } },
    { act: 'configure', room: `sip:${room}@localhost`, detail: { options: ['subject'] } },
  ]);
});

test('reads wait for no hook: while some never answer, they tell what is there at the moment', async () => {
  const room = await newRoom({ history: 5 });
  const ana = await stage.join(room, 'ana', { nick: 'Ana' });
  await ana.participant.send('said before');
  const waiting = [ana.participant.send('wait'), ana.participant.send('behind it')];
  const joining = stage.join(room, 'stuck');
  await stage.join(room, 'bo');
  while (held.length < 2) await new Promise(setImmediate);
  await stage.ask('PATCH', at(room), { subject: 'changed meanwhile' });
  await stage.ask('POST', at(room, 'bans'), { pattern: '*@evil.example' });
  const read = async (path: string): Promise<unknown> => (await stage.ask<unknown>('GET', path)).body;
  expect(await read('/rooms?limit=1000')).toMatchObject({
    rooms: expect.arrayContaining([expect.objectContaining({ name: room, participants: 2 })]),
  });
  expect(await read(at(room))).toMatchObject({ subject: 'changed meanwhile' });
  expect(await read(at(room, 'participants'))).toMatchObject({
    participants: [{ uri: 'sip:ana@example.com' }, { uri: 'sip:bo@example.com' }],
  });
  expect(await read(at(room, 'bans'))).toMatchObject({ bans: [{ pattern: '*@evil.example' }] });
  expect(await read(at(room, 'messages'))).toMatchObject({ messages: [{ text: 'said before' }] });
  expect(await read('/audit?limit=1')).toMatchObject({ entries: [{ act: 'ban' }] });
  expect(await read('/status')).toMatchObject({ ready: true });
  // Nobody had answered when all of it was there.
  expect(held).toHaveLength(2);
  for (const answer of held.splice(0)) answer();
  await Promise.all([...waiting, joining]);
});

describe('while the server drains', () => {
  let draining: ApiStage;
  const cleanups: (() => unknown)[] = [];

  beforeAll(async () => {
    draining = await ApiStage.start({ rooms: { static: { lobby: {} } } });
    const { udp } = draining.endpoint.addresses;
    const server = {
      proxy: () => `sip:${udp?.host}:${udp?.port}`,
      onClose: (cleanup: () => unknown) => void cleanups.push(cleanup),
    };
    await Caller.join(server, 'sip:lobby@localhost', { uri: 'sip:ana@example.com' });
    // Ana stays: it goes on until she has left.
    void draining.rooms.drain({ timeout: 60_000 });
  });
  afterAll(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
    await draining.close();
  });

  const NEW = ROUTES.filter(({ method }) => method === 'POST').map((route) => [route.path, route] as const);

  test.each(NEW)('POST %s begins nothing: 503, to be tried again elsewhere or later', async (_, route) => {
    const { status, body, headers } = await draining.ask('POST', filled(route, 'lobby'), { name: 'other', text: 'x' });
    expect({ status, body }).toMatchObject({ status: 503, body: { status: 503, code: 'CHAT_ERR_DRAINING' } });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(Object.keys(route.responses)).toContain('503');
    expect([...draining.rooms.rooms.keys()]).toEqual(['sip:lobby@localhost']);
  });

  test('who may not use the API is told so all the same', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    expect((await draining.ask('POST', '/rooms', { name: 'other' }, headers)).status).toBe(403);
  });

  test('reads, changes and ends go on', async () => {
    for (const path of ['/status', '/rooms', '/rooms/lobby', '/rooms/lobby/bans', '/audit', '/errors'])
      expect([path, (await draining.ask('GET', path)).status]).toEqual([path, 200]);
    const { body } = await draining.ask<schemas.Participants>('GET', '/rooms/lobby/participants');
    expect(body.participants).toMatchObject([{ uri: 'sip:ana@example.com' }]);
    expect((await draining.ask('PATCH', '/rooms/lobby', { locked: true })).status).toBe(200);
    expect((await draining.ask('DELETE', '/rooms/lobby/bans/sip%3Aeve%40example.com')).status).toBe(404);
  });
});

test('a defect is told as one, without its text, and kept for who looks after the server', async () => {
  const close = jest.spyOn(stage.rooms, 'room').mockImplementation(() => {
    throw new Error('secret of the inside');
  });
  const answer = await stage.ask('GET', '/rooms/lobby');
  close.mockRestore();
  expect(answer).toMatchObject({ status: 500, body: { code: 'CHAT_ERR_INTERNAL' } });
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  const { body } = await stage.ask<schemas.Errors>('GET', '/errors?limit=1');
  expect(body.entries).toMatchObject([
    { method: 'HTTP', status: 500, detail: 'secret of the inside', source: '127.0.0.1' },
  ]);
});

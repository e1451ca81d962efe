/** Where the HTTP API makes rooms, and what `null` does in a PATCH. */
import type * as schemas from '../../plugin/api/schemas/index.js';
import { apiApp, documentOf } from '../support/api-document.js';
import { type Answer, ApiStage } from '../support/api-stage.js';

let stage: ApiStage;

beforeAll(async () => {
  stage = await ApiStage.start({ domain: ['localhost', 'conf.localhost'] });
});
afterEach(() => stage.clear());
afterAll(() => stage?.close());

let names = 0;
const newRoom = async (config = {}): Promise<string> => {
  const name = `room${++names}`;
  expect((await stage.ask('POST', '/rooms', { name, config })).status).toBe(201);
  return name;
};

const at = (room: string, ...rest: string[]): string =>
  ['/rooms', ...[room, ...rest].map(encodeURIComponent)].join('/');

const configOf = ({ body }: Answer<schemas.Room>) => body.config;

test('rooms are made in domains that are served, and refused elsewhere, where nobody could call them', async () => {
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

test('a change of a room is a merge patch: null takes away what may be null, and what is left out stays', async () => {
  const room = await newRoom({
    title: 'Hall',
    password: 'secret',
    minMembers: 2,
    idleTimeout: 9_000_000,
    groupTtl: 9_000_000,
    maxParticipants: 7,
    congestedMaxSize: 0,
    roster: { full: 7 },
  });
  const before = configOf(await stage.ask<schemas.Room>('GET', at(room)));
  const nullable = ['title', 'minMembers', 'idleTimeout', 'groupTtl', 'maxParticipants', 'congestedMaxSize'];
  const removed = Object.fromEntries(nullable.map((name) => [name, null]));
  // What the schema of the API knows to be null, and no other, is.
  const { properties } = documentOf(apiApp()).components.schemas.RoomConfig as { properties: object };
  const known = Object.entries(properties).filter(([, schema]) => JSON.stringify(schema).includes('"null"'));
  expect(known.map(([name]) => name).toSorted()).toEqual(nullable.toSorted());
  const patch = { ...removed, password: null, roster: { speakers: 3 } };
  const type = { 'content-type': 'application/merge-patch+json' };
  const changed = await stage.ask<schemas.Room>('PATCH', at(room), patch, type);
  expect(changed.status).toBe(200);
  const roster = { ...(before.roster as object), speakers: 3 };
  expect(configOf(changed)).toEqual({ ...before, ...removed, password: false, roster });
  expect(await stage.ask('PATCH', at(room), { locked: null })).toMatchObject({ status: 400 });
});

test('mutedUntil: null means that nothing ends it by itself, as it is shown', async () => {
  const room = await newRoom();
  await stage.join(room, 'ana', { nick: 'Ana' });
  const path = at(room, 'participants', 'Ana');
  const shown = async (): Promise<unknown> => {
    const { muted, mutedUntil } = (await stage.ask<schemas.Participants>('GET', at(room, 'participants'))).body
      .participants[0];
    return [muted, mutedUntil];
  };
  const change = async (asked: schemas.ParticipantChange): Promise<unknown> => {
    const { status, body } = await stage.ask<schemas.Participant>('PATCH', path, asked);
    expect([status, [body.muted, body.mutedUntil]]).toEqual([200, await shown()]);
    return shown();
  };
  const later = '2100-01-01T00:00:00.000Z';
  expect(await shown()).toEqual([false, null]);
  expect(await change({ mutedUntil: null })).toEqual([false, null]);
  expect(await change({ mutedUntil: later })).toEqual([true, later]);
  expect(await change({ mutedUntil: null })).toEqual([false, null]);
  expect(await change({ mutedUntil: later, muted: true })).toEqual([true, later]);
  expect(await change({ muted: true, mutedUntil: null })).toEqual([true, null]);
  // As it is already.
  expect(await change({ mutedUntil: null })).toEqual([true, null]);
  expect(await change({ muted: false, mutedUntil: null })).toEqual([false, null]);
});

/** What is wrong with a request is said in words that name the place, the cause and the fix. */
import { createRoute, z } from '@hono/zod-openapi';
import { body, limit, ROOT } from '../../../../plugin/api/route-parts.js';
import { HttpServer } from '../../../../plugin/api/http-server.js';
import { NewRoom } from '../../../../plugin/api/room-config.js';
import { NewBan, NewMessage } from '../../../../plugin/api/schemas/index.js';
import { silent } from '../../../../lib/util/log.js';

const { app } = new HttpServer({ log: silent });
for (const [path, schema] of Object.entries({ rooms: NewRoom, bans: NewBan, messages: NewMessage })) {
  const request = { body: body(schema).body, query: z.object({ limit }) };
  const responses = { 204: { description: 'Done.' } };
  const route = createRoute({ method: 'post', path: `${ROOT}/${path}`, request, responses });
  app.openapi(route, (context) => context.body(null, 204));
}

const detailOf = async (path: string, given: unknown): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' };
  const response = await app.request(`${ROOT}/${path}`, { method: 'POST', headers, body: JSON.stringify(given) });
  return ((await response.json()) as { detail: unknown }).detail;
};

test.each<[string, unknown, string]>([
  ['rooms', [], 'body: has to be an object.'],
  ['rooms', {}, 'body.name: is missing.'],
  ['rooms', { nmae: 'x' }, 'body: there is no nmae; did you mean "name"?'],
  ['rooms', { name: 5 }, 'body.name: has to be a string.'],
  ['rooms', { name: '' }, 'body.name: must not be empty.'],
  ['rooms', { name: 'x', config: { locked: 'yes' } }, 'body.config.locked: has to be true or false.'],
  ['rooms', { name: 'x', config: { locked: null } }, 'body.config.locked: has to be true or false.'],
  ['rooms', { name: 'x', config: { history: -1 } }, 'body.config.history: has to be at least 0.'],
  ['rooms', { name: 'x', config: { moderators: 'ana' } }, 'body.config.moderators: has to be an array.'],
  ['rooms', { name: 'x', config: { roster: { interval: 'x' } } }, 'body.config.roster.interval: has to be a number.'],
  [
    'rooms',
    { name: 'x', config: { newcomers: 'vistor' } },
    'body.config.newcomers: is not known; use participant, visitor; did you mean "visitor"?',
  ],
  ['bans', { pattern: 'x', until: 'tomorrow' }, 'body.until: has to be a time like 2030-01-01T00:00:00Z.'],
  ['messages?limit=0', { text: 'x' }, 'query.limit: has to be at least 1.'],
  ['messages?limit=1001', { text: 'x' }, 'query.limit: has to be at most 1000.'],
  ['messages?limit=some', { text: 'x' }, 'query.limit: has to be a number.'],
])('%s %j: where, why, and what would do', async (path, given, detail) => {
  expect(await detailOf(path, given)).toBe(detail);
});

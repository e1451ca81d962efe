import { readFileSync } from 'node:fs';
import { apiApp, type Document, documentOf, PUBLISHED, routesOf } from '../../../support/api-document.js';

const app = apiApp();
const document = documentOf(app);
const routes = routesOf(document);

test('it is OpenAPI 3.1, and asks for a token or for none', () => {
  expect(document).toMatchObject({
    openapi: '3.1.0',
    security: [{ token: [] }, {}],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  });
});

test('every route that is served under /api/v1 stands in it, and no other', () => {
  const served = app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'));
  const paths = served.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([...new Set(paths)].toSorted());
  expect(routes.length).toBeGreaterThanOrEqual(15);
});

test('no two operations have the same id', () => {
  const ids = routes.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  const { parameters = [], requestBody, responses, summary, path } = route;

  test('says what it does, and what of success and of problems', () => {
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '429', '500']));
    const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    expect(successes.length).toBeGreaterThan(0);
    for (const [status, { content }] of Object.entries(responses)) {
      if (status === '204') expect(content).toBeUndefined();
      else if (status.startsWith('2')) expect(Object.values(content ?? {})).toEqual([{ schema: expect.anything() }]);
      else
        expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    }
  });

  test('what it takes can be wrong or missing', () => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath);
    for (const { description } of parameters) expect(description).toMatch(/\.$/);
    if (parameters.length > 0 || requestBody) expect(responses).toHaveProperty('400');
    if (inPath.length > 0) expect(responses).toHaveProperty('404');
    if (!requestBody) return;
    expect(responses).toMatchObject({ 413: {}, 415: {} });
    expect(requestBody.required).toBe(true);
    expect(Object.keys(requestBody.content)).toEqual(['application/json']);
  });
});

test('each schema that is named is there', () => {
  const named = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(Object.keys(document.components.schemas).toSorted()).toEqual([...new Set(named)].toSorted());
});

test('the options of rooms are those of plugin/options/room-options.ts, and the password is written only', () => {
  const { RoomOptions, RoomConfig } = document.components.schemas as Record<string, { properties: object }>;
  expect(RoomOptions.properties).toMatchObject({ password: { type: ['string', 'null'] }, subject: { type: 'string' } });
  expect(RoomOptions).toHaveProperty('additionalProperties', false);
  expect(RoomConfig.properties).toMatchObject({ password: { type: 'boolean' } });
  const { persistent: _, ...options } = RoomOptions.properties as Record<string, unknown>;
  expect(Object.keys(RoomConfig.properties).toSorted()).toEqual(Object.keys(options).toSorted());
});

test('docs/openapi.json is the document; npx tsx test/support/write-openapi.ts writes it anew', () => {
  expect(JSON.parse(readFileSync(PUBLISHED, 'utf8')) as Document).toEqual(document);
});

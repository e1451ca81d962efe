import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { addApi, type ApiOptions } from '../../plugin/api/api.js';
import { openApiDocument } from '../../plugin/api/document.js';
import { HttpServer } from '../../plugin/api/http-server.js';
import { addReload } from '../../plugin/api/routes/reload.js';
import { ProgramEvents } from '../../plugin/events/program-events.js';
import { chatrooms } from '../../plugin/index.js';
import { addTraces } from '../../plugin/trace/routes.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from './manual-clock.js';

export interface Operation {
  operationId: string;
  summary: string;
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
  requestBody?: { required: boolean; content: Record<string, { schema: { $ref?: string } }> };
  parameters?: { name: string; in: string; required: boolean; description?: string }[];
}

export interface Route extends Operation {
  method: string;
  /** With `{room}` and the like. */
  path: string;
}

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

/** Where the document is published. */
export const PUBLISHED = join(__dirname, '..', '..', 'docs', 'openapi.json');

const VERSION = (JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string })
  .version;

const reload = (): never => {
  throw new ChatroomsError('CHAT_ERR_DRAINING', 'There is nothing to be read again.');
};

/** The API of rooms that nobody can reach. */
export function apiApp(options: Partial<ApiOptions> = {}): OpenAPIHono {
  const rooms = chatrooms();
  const { app } = new HttpServer({ log: silent });
  const clock = new ManualClock();
  addApi(app, {
    clock,
    rooms,
    version: VERSION,
    loopback: true,
    state: () => ({
      ready: true,
      draining: false,
      drachtio: { connected: true, embedded: true },
      stats: rooms.stats,
    }),
    ...options,
  });
  new ProgramEvents(rooms, { log: silent, version: VERSION, clock }).addRoutes(app);
  addReload(app, { reload });
  addTraces(app, { recorder: () => undefined });
  return app;
}

/** As it is served. */
export const documentOf = (app: OpenAPIHono): Document =>
  JSON.parse(JSON.stringify(openApiDocument(app, VERSION))) as Document;

export const routesOf = ({ paths }: Document): Route[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      Object.assign({ method: method.toUpperCase(), path }, operation),
    ),
  );

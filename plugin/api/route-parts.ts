/** What the descriptions of routes have in common; the OpenAPI document is made of them. */
import { z } from '@hono/zod-openapi';
import { Problem } from './schemas/index.js';
import type { Status } from './problem.js';

/** In front of every path. */
export const ROOT = '/api/v1';

const MEANINGS: Readonly<Record<Exclude<Status, 405>, string>> = {
  400: 'The request is malformed; `detail` says where.',
  401: 'The token (`http.token`) is missing or wrong.',
  403: 'There is no token (`http.token`): then only this machine may use the API, and no web page of another origin.',
  404: 'There is no such room, participant or other thing that the path names.',
  409: 'The request conflicts with how things are; `detail` says how.',
  413: 'The body is longer than 64 KiB.',
  415: 'The body is not JSON.',
  422: 'The configuration has errors; `errors` lists all of them, and nothing has changed.',
  429: 'Too many wrong tokens from this address.',
  500: 'A defect of the server.',
  503: 'The server is about to stop, or already does as much of this as it may.',
};

interface Described {
  description: string;
  content: { 'application/problem+json': { schema: typeof Problem } };
}

/** An answer that tells of a problem. @param description what it means at this route */
export const problem = (description: string): Described => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

const described = (status: Exclude<Status, 405>): Described => problem(MEANINGS[status]);

/** Responses that every route may give. */
const COMMON = { 401: described(401), 403: described(403), 429: described(429), 500: described(500) };

/** Responses of a route that tell of problems: those of every route, and these. */
export const problems = <S extends Exclude<Status, 405>>(...statuses: S[]): typeof COMMON & Record<S, Described> => ({
  ...COMMON,
  ...(Object.fromEntries(statuses.map((status) => [status, described(status)])) as Record<S, Described>),
});

/** A response of JSON. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A request that needs a body of JSON. */
export const body = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

/** A response without content. */
export const DONE = { 204: { description: 'Done.' } } as const;

export const roomParam = z.object({
  room: z.string().min(1).describe('Name in the first domain, or the URI, percent-encoded.').meta({ example: 'lobby' }),
});

export const participantParam = roomParam.extend({
  participant: z.string().min(1).describe('URI or nickname, percent-encoded.').meta({ example: 'sip:ana@example.com' }),
});

/** Why somebody is removed, or a room closed. */
export const reasonQuery = z.object({
  reason: z.string().max(200).optional().describe('For people: stands in the BYE.'),
});

/** Of lists that are cut off. */
export const limit = z.coerce.number().int().min(1).max(1000).default(100).describe('At most so many.');

/** Errors of the HTTP API, as `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ChatroomsError, type ErrorCode } from '../../lib/util/errors.js';
import type { Problem } from './schemas/index.js';

export type Status = Extract<
  ContentfulStatusCode,
  400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503
>;

export interface ProblemDetails {
  /** Of the answer. @defaultValue none but those of every problem */
  headers?: Readonly<Record<string, string>>;
  /** Where several things are wrong, all of them. */
  errors?: readonly string[];
  cause?: unknown;
}

/** A request that is refused, or could not be done: what its answer says. */
export class ProblemError extends Error {
  readonly status: Status;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Where several things are wrong, all of them. */
  readonly errors: readonly string[] | undefined;

  /** @param detail cause and fix, for people */
  constructor(status: Status, code: ErrorCode, detail: string, { headers = {}, errors, cause }: ProblemDetails = {}) {
    super(detail, cause === undefined ? {} : { cause });
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.errors = errors;
  }
}

/** HTTP status of the errors that rooms throw; their `sipStatus` is for those who join by SIP. */
const STATUS: Readonly<Partial<Record<ErrorCode, Status>>> = {
  CHAT_ERR_OPTION: 400,
  CHAT_ERR_ROOM_URI: 400,
  CHAT_ERR_ROOM_DOMAIN: 422,
  CHAT_ERR_DIAL_TARGET: 400,
  CHAT_ERR_CPIM_ARGUMENT: 400,
  CHAT_ERR_SIP_HEADER: 400,
  CHAT_ERR_ROOM_UNKNOWN: 404,
  CHAT_ERR_NO_PARTICIPANT: 404,
  CHAT_ERR_NO_HISTORY: 404,
  CHAT_ERR_ROOM_EXISTS: 409,
  CHAT_ERR_ROOM_FULL: 409,
  CHAT_ERR_ROOM_LOCKED: 409,
  CHAT_ERR_BANNED: 409,
  CHAT_ERR_NOT_ALLOWED: 409,
  CHAT_ERR_IDENTITY: 409,
  CHAT_ERR_TOO_MANY_ENTRIES: 409,
  CHAT_ERR_TOO_MANY_ROOMS: 409,
  CHAT_ERR_NO_OUTBOUND: 409,
  CHAT_ERR_TOO_MANY_TRACES: 409,
  CHAT_ERR_DRAINING: 503,
  CHAT_ERR_TRACE_FILE: 503,
};

/** Retry-After, in seconds, as the answers to SIP requests have it: by then another server has taken our place. */
const RETRY_AFTER: Readonly<Partial<Record<ErrorCode, string>>> = { CHAT_ERR_DRAINING: '10' };

/** By status, the code of what Hono itself refuses. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'CHAT_ERR_HTTP_REQUEST',
  413: 'CHAT_ERR_HTTP_TOO_LARGE',
  415: 'CHAT_ERR_HTTP_MEDIA_TYPE',
};

/** The problem that an error is told as; undefined for a defect of ours, whose text is for the log alone. */
export function foreseen(error: Error): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof ChatroomsError) {
    const status = STATUS[error.code];
    const after = RETRY_AFTER[error.code];
    const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': after };
    return status && new ProblemError(status, error.code, error.message, { headers, cause: error });
  }
  if (!(error instanceof HTTPException)) return undefined;
  const code = CODES[error.status];
  return code && new ProblemError(error.status as Status, code, HINTS[error.status] ?? error.message, { cause: error });
}

/** By status, the detail in place of Hono's. */
const HINTS: Readonly<Record<number, string>> = {
  400: 'The body is no JSON.',
  415: 'The body has to be JSON; send Content-Type: application/json.',
};

export const INTERNAL = new ProblemError(500, 'CHAT_ERR_INTERNAL', 'A defect of the server; its log says more.');

/** The answer that tells of it. */
export function problemResponse(context: Context, { status, code, message, headers, errors }: ProblemError): Response {
  // RFC 9457 §4.2.1, of about:blank: "its 'title' SHOULD be the same as the recommended HTTP status phrase".
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail: message,
    code,
    ...(errors && { errors: [...errors] }),
  };
  return context.body(JSON.stringify(problem), status, {
    ...headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
}

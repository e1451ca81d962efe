/** The HTTP API of a running server, for commands. */
import { createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import { EventStreamParser, type StreamedEvent } from '../../lib/util/event-stream-parser.js';
import { UsageError } from '../config/problems.js';

/** What went wrong, in one line for who typed the command. */
export class ApiError extends Error {}

export interface ApiAccess {
  /** Of the HTTP port, without a slash at its end. */
  url: string;
  token: string | undefined;
}

export const ACCESS_FLAGS = { url: { type: 'string' }, 'token-file': { type: 'string' } } as const;

export const ACCESS_HELP = `  --url URL              the HTTP port of the server    default: $CHATROOM_URL, else http://127.0.0.1:8080
  --token-file FILE      with its token                 default: $CHATROOM_HTTP_TOKEN
`;

/** RFC 6750 §2.1: `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`. */
const B64TOKEN = /^[\w.~+/-]+=*$/;

/** @throws UsageError for what is no URL or no token, or a file that cannot be read */
export function apiAccess(flags: { url?: string; 'token-file'?: string }, env: NodeJS.ProcessEnv): ApiAccess {
  const url = flags.url ?? nonEmpty(env.CHATROOM_URL) ?? 'http://127.0.0.1:8080';
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url ${url} is not the URL of a server, like http://127.0.0.1:8080`);
  }
  // It is shown in what goes wrong, and `fetch` takes none.
  if (new URL(url).username !== '') throw new UsageError('--url takes no user and password; see --token-file');
  const file = flags['token-file'];
  const token = file === undefined ? nonEmpty(env.CHATROOM_HTTP_TOKEN) : tokenIn(file);
  if (token !== undefined && !B64TOKEN.test(token)) {
    throw new UsageError(`${file ?? 'CHATROOM_HTTP_TOKEN'} has no token: letters, digits and -._~+/ in one line`);
  }
  return { url: url.replace(/\/+$/, ''), token };
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--token-file ${file} cannot be read (${code})`, { cause: error });
  }
}

/** Milliseconds that an answer may take. */
const PATIENCE = 30_000;

interface Asking {
  /** Sent as JSON. @defaultValue none */
  body?: unknown;
  /** Milliseconds that the answer may take to begin. @defaultValue 30000 */
  patience?: number;
}

export class ApiClient {
  readonly #access: ApiAccess;
  readonly #clock: Clock;

  constructor(access: ApiAccess, clock: Clock = systemClock) {
    this.#access = access;
    this.#clock = clock;
  }

  /**
   * What the answer holds; undefined when it is empty. Rejects with an ApiError that says what the server says, or that there
   * is none.
   *
   * @param path below `/api/v1`
   */
  async json<T>(method: string, path: string, asking: Asking = {}): Promise<T> {
    return (await jsonOf(await this.#ask(method, path, asking), this.#access.url)) as T;
  }

  /** Writes what is at `path` to a file that is not there yet. Rejects as `json`, and with Node's error for the file. */
  async download(path: string, file: string): Promise<void> {
    const { body } = await this.#ask('GET', path);
    const written = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), written);
  }

  /** What happens, until the server ends it. Rejects with an ApiError. */
  async *events(query: URLSearchParams): AsyncGenerator<StreamedEvent> {
    const response = await this.#ask('GET', `/events?${query.toString()}`);
    const { body, headers } = response;
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) {
      throw stranger(response, this.#access.url);
    }
    const decoder = new TextDecoder();
    const parser = new EventStreamParser();
    try {
      for await (const octets of body) yield* parser.push(decoder.decode(octets, { stream: true }));
    } catch (error) {
      throw new ApiError(`the server is gone (${causeOf(error)})`, { cause: error });
    }
  }

  async #ask(method: string, path: string, { body, patience = PATIENCE }: Asking = {}): Promise<Response> {
    const { url, token } = this.#access;
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const limit = new AbortController();
    const timer = this.#clock.after(patience, () => limit.abort());
    let response: Response;
    try {
      const sent = { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: limit.signal };
      response = await fetch(`${url}/api/v1${path}`, { ...sent, redirect: 'error' });
    } catch (error) {
      if (limit.signal.aborted) throw new ApiError(`${url} does not answer; is the server well?`);
      const fix = 'start drachtio-chatroom serve, or name its HTTP port with --url';
      throw new ApiError(`no server at ${url} (${causeOf(error)}); ${fix}`, { cause: error });
    } finally {
      timer.cancel();
    }
    if (!response.ok) throw await refusal(response, url);
    return response;
  }
}

/** Undefined for 204. Rejects with an ApiError where it is something else than JSON, or breaks off. */
async function jsonOf(response: Response, url: string): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw new ApiError(`the server is gone (${causeOf(error)})`, { cause: error });
  });
  if (response.status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw stranger(response, url);
  }
}

const stranger = ({ status }: Response, url: string): ApiError =>
  new ApiError(`what answers at ${url} is no drachtio-chatroom (${status}); see --url`);

/** What a problem (RFC 9457) says, and what is to be done about it here. */
async function refusal(response: Response, url: string): Promise<ApiError> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) return stranger(response, url);
  const { detail, code } = (await jsonOf(response, url)) as { detail: string; code: string };
  const fix = code === 'CHAT_ERR_HTTP_TOKEN' ? '; give it with --token-file or CHATROOM_HTTP_TOKEN' : '';
  return new ApiError(`${detail.replace(/\.$/, '')}${fix} (${code})`);
}

const causeOf = (error: unknown): string => {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
};

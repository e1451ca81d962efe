import type {
  Audit,
  Bans,
  Errors,
  History,
  NewBan,
  NewMessage,
  Participant,
  ParticipantChange,
  Participants,
  PastMessage,
  Room,
  Rooms,
  Sent,
  Status,
  WebhookStates,
} from '../../../../api/schemas/index.js';
import { Emitter } from '../../../../../lib/util/events.js';
import { ApiError } from './api-error.js';

/** Milliseconds after which an answer is not waited for any more. */
const TIMEOUT = 20_000;

export interface ApiOptions {
  /** Of the HTTP port, without path. */
  origin: string;
  token: () => string | undefined;
}

/** What of a room can be changed here. */
export interface RoomChange {
  locked?: boolean;
  subject?: string;
}

/** What `fetch` is told. */
interface Request extends Pick<RequestInit, 'method' | 'body' | 'signal'> {
  headers?: Readonly<Record<string, string>>;
}

/** `/api/v1`. What it refuses rejects with an `ApiError`. */
export class Api extends Emitter<{ denied: [ApiError] }> {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    super();
    this.#options = options;
  }

  status(): Promise<Status> {
    return this.#ask('GET', '/status');
  }

  /** One page of rooms. */
  rooms(after: string | undefined, limit: number): Promise<Rooms> {
    const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) });
    return this.#ask('GET', `/rooms?${query.toString()}`);
  }

  room(uri: string): Promise<Room> {
    return this.#ask('GET', roomPath(uri));
  }

  configure(uri: string, change: RoomChange): Promise<Room> {
    return this.#ask('PATCH', roomPath(uri), change);
  }

  async participants(uri: string): Promise<Participant[]> {
    return (await this.#ask<Participants>('GET', `${roomPath(uri)}/participants`)).participants;
  }

  changeParticipant(room: string, uri: string, change: ParticipantChange): Promise<Participant> {
    return this.#ask('PATCH', participantPath(room, uri), change);
  }

  kick(room: string, uri: string, reason: string): Promise<void> {
    return this.#ask('DELETE', `${participantPath(room, uri)}${reasonQuery(reason)}`);
  }

  async bans(uri: string): Promise<Bans['bans']> {
    return (await this.#ask<Bans>('GET', `${roomPath(uri)}/bans`)).bans;
  }

  ban(room: string, ban: NewBan): Promise<unknown> {
    return this.#ask('POST', `${roomPath(room)}/bans`, ban);
  }

  unban(room: string, pattern: string): Promise<void> {
    return this.#ask('DELETE', `${roomPath(room)}/bans/${encodeURIComponent(pattern)}`);
  }

  send(room: string, message: NewMessage): Promise<Sent> {
    return this.#ask('POST', `${roomPath(room)}/messages`, message);
  }

  /** What was said last, the latest last; rejects with 404 where nothing is kept. */
  async history(room: string, limit: number): Promise<PastMessage[]> {
    return (await this.#ask<History>('GET', `${roomPath(room)}/messages?limit=${limit}`)).messages;
  }

  async audit(limit: number): Promise<Audit['entries']> {
    return (await this.#ask<Audit>('GET', `/audit?limit=${limit}`)).entries;
  }

  async errors(limit: number): Promise<Errors['entries']> {
    return (await this.#ask<Errors>('GET', `/errors?limit=${limit}`)).entries;
  }

  async webhooks(): Promise<WebhookStates['webhooks']> {
    return (await this.#ask<WebhookStates>('GET', '/webhooks')).webhooks;
  }

  /** The stream of events after `lastId`. Rejects with an ApiError. */
  async events(lastId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const response = await this.#fetch('/events', { headers, signal });
    if (!response.ok) throw this.#failed(response.status, await bodyOf(response));
    return response;
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answer = await bodyOf(response);
    if (!response.ok) throw this.#failed(response.status, answer);
    return answer as T;
  }

  async #fetch(path: string, { headers, ...init }: Request): Promise<Response> {
    const token = this.#options.token();
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      return await fetch(`${this.#options.origin}/api/v1${path}`, {
        ...init,
        headers: { ...headers, ...authorization },
        credentials: 'omit',
        redirect: 'error',
      });
    } catch {
      throw new ApiError(0, '', 'The server does not answer.');
    }
  }

  #failed(status: number, body: unknown): ApiError {
    const error = ApiError.of(status, body);
    if (error.denied) this.emit('denied', error);
    return error;
  }
}

const roomPath = (uri: string): string => `/rooms/${encodeURIComponent(uri)}`;

const participantPath = (room: string, uri: string): string =>
  `${roomPath(room)}/participants/${encodeURIComponent(uri)}`;

const reasonQuery = (reason: string): string => (reason === '' ? '' : `?${new URLSearchParams({ reason }).toString()}`);

/** Undefined for none, and for what is no JSON: a proxy answers with a page. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    return undefined;
  }
}

import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { systemClock } from '../../lib/util/clock.js';
import { silent } from '../../lib/util/log.js';
import { addApi } from '../../plugin/api/api.js';
import { HttpServer } from '../../plugin/api/http-server.js';
import type { Problem } from '../../plugin/api/schemas/index.js';
import { ProgramEvents } from '../../plugin/events/program-events.js';
import { type Chatrooms, chatrooms, type ChatroomsOptions } from '../../plugin/index.js';
import { addTraces } from '../../plugin/trace/routes.js';
import { type Joining, NEVER_LATE } from './server.js';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

export interface Answer<T> {
  status: number;
  headers: Headers;
  /** Undefined when there is none. */
  body: T;
}

export interface ApiStageOptions extends ChatroomsOptions {
  token?: string;
}

/** Rooms with their HTTP API in this process, by real sockets: SIP, MSRP and HTTP. */
export class ApiStage {
  readonly #participants: TestParticipant[] = [];

  private constructor(
    readonly rooms: Chatrooms,
    readonly http: HttpServer,
    /** URL of the HTTP port. */
    readonly url: string,
    readonly endpoint: EmbeddedDrachtio,
    readonly srf: Srf,
    readonly events: ProgramEvents,
    readonly token: string | undefined,
  ) {}

  static async start({ token, ...options }: ApiStageOptions = {}): Promise<ApiStage> {
    const msrp = { listen: '127.0.0.1:0', ...options.msrp };
    const rooms = chatrooms({ ...options, msrp, limits: { ...NEVER_LATE, ...options.limits } });
    const http = new HttpServer({ log: options.logger ?? silent });
    const drachtio = { connected: true, embedded: true };
    const state = () => ({ ready: true, draining: false, drachtio, stats: rooms.stats });
    addApi(http.app, { clock: systemClock, rooms, version: '1.2.3', loopback: true, token, state });
    const events = new ProgramEvents(rooms, { log: silent, version: '1.2.3' });
    events.addRoutes(http.app);
    addTraces(http.app, { recorder: () => undefined });
    const port = await http.listen(ANY_PORT);
    const endpoint = await startEmbeddedDrachtio({ udp: ANY_PORT, tcp: ANY_PORT });
    const srf = new Srf();
    await rooms.attach(srf);
    await new Promise<void>((resolve, reject) => {
      srf.on('connect', (error: unknown) => (error ? reject(error) : resolve()));
      void srf.connect({ ...endpoint.control, secret: endpoint.secret });
    });
    return new ApiStage(rooms, http, `http://127.0.0.1:${port}`, endpoint, srf, events, token);
  }

  /** A request under `/api/v1`; a body that is no string is sent as JSON. */
  async ask<T = Problem>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const parsed = (text === '' ? undefined : JSON.parse(text)) as T;
    return { status: response.status, headers: response.headers, body: parsed };
  }

  /** `sip:USER@example.com`, in a room of that name. */
  async join(room: string, user: string, options: Joining = {}): Promise<TestParticipant> {
    const { udp } = this.endpoint.addresses;
    const uri = `sip:${user}@example.com`;
    const joined = await joinRoom(`sip:${room}@localhost`, { uri, proxy: udp, ...options });
    this.#participants.push(joined);
    return joined;
  }

  /** Participants of a finished test go. */
  async clear(): Promise<void> {
    await Promise.all(this.#participants.splice(0).map(({ participant }) => participant.leave()));
  }

  async close(): Promise<void> {
    await this.clear();
    await this.rooms.close();
    await this.events.close(0);
    this.srf.disconnect();
    await this.endpoint.close();
    await this.http.close();
  }
}

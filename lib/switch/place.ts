/**
 * One endpoint's place in its room: its session's parts, and what they ask and tell. A room of thousands that say nothing
 * is thousands of these, so it is one object where each part would have closures of its own.
 */
import type {
  Decision,
  EndpointMedia,
  Gate,
  LossReason,
  RefusedRequest,
  SwitchEvents,
  SwitchLimit,
} from '../focus-switch.js';
import type { Admission, Binding, Session } from '../msrp/index.js';
import type { Driver } from '../transport/driver.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Budget } from './budget.js';
import type { ContentOptions } from './content.js';
import { type EndpointEvents, type Handlers, SwitchEndpoint } from './endpoint.js';
import { NicknameHandler, type NicknameHost } from './handlers/nickname.js';
import { ReportHandler } from './handlers/report.js';
import { SendHandler, type SendOptions } from './handlers/send.js';
import type { Forwarding } from './others/forwarded.js';
import { Outbox, type OutboxEvents, type OutboxOptions } from './outbox.js';
import { Pace, type PaceOptions, type Shares } from './rate.js';
import { MAX_RECORDED, MAX_SEEN, Relay, type RelayOptions, type Watcher } from './relay.js';
import type { FanOut } from './fan-out.js';
import type { SwitchRoom } from './room.js';
import type { RefusalLog } from './refusal-log.js';
import { Throttle, type ThrottleOptions } from './throttle.js';
import type { Traffic } from './traffic.js';

/** What all endpoints of a room have in common. */
export interface PlaceOptions {
  outbox: OutboxOptions;
  send: Pick<SendOptions, 'maxSize' | 'chunkTimeout' | 'maxPartial' | 'maxHeld' | 'budget'>;
  /** What each participant may send; undefined where that is as much as he can. */
  shares: Shares | undefined;
  content: ContentOptions;
  others: Forwarding;
  traffic: Traffic;
  fanOut: FanOut;
  refusals: RefusalLog;
}

/** The switch, as the places in it see it. */
export interface PlaceHost {
  readonly events: SwitchEvents;
  admits(id: string, connection: Binding): Admission;
  bound(id: string): void;
  lost(id: string, reason: LossReason): void;
  /** What writes to the connection of a session that has it for itself. */
  driverOf(session: Session): Driver | undefined;
  missed(place: Place, count: number): void;
  congested(place: Place, on: boolean): void;
  dropped(count: number): void;
  /** It reached a limit; the status that was answered. */
  limited(place: Place, limit: SwitchLimit, status: number | null): void;
}

type Parts = EndpointEvents & NicknameHost & OutboxEvents & RelayOptions & SendOptions & ThrottleOptions & PaceOptions;

export class Place implements Parts {
  readonly endpoint: SwitchEndpoint;
  readonly room: SwitchRoom;
  readonly throttle: Throttle;
  /** 7701-11-02: all endpoints of a participant in a room share what he may send. */
  pace: Pace | undefined;
  bindTimer: Timer | undefined;
  /** The session is being bound to a connection that we opened. */
  opened = false;
  readonly #host: PlaceHost;
  readonly #options: PlaceOptions;

  constructor(media: EndpointMedia, room: SwitchRoom, host: PlaceHost, options: PlaceOptions) {
    this.room = room;
    this.#host = host;
    this.#options = options;
    this.throttle = new Throttle(this);
    const { shares } = options;
    this.pace = shares && new Pace(shares, shareKey(media), this);
    this.endpoint = new SwitchEndpoint(media, this, (endpoint) => {
      const outbox = new Outbox(endpoint.session, media.delivery, options.outbox, this);
      return { outbox, handlers: this.#handlersOf(endpoint, outbox) };
    });
  }

  #handlersOf(endpoint: SwitchEndpoint, outbox: Outbox): Handlers {
    const relay = new Relay(endpoint, this.room, this);
    return {
      pace: this.pace,
      send: new SendHandler(endpoint.session, relay, this),
      report: new ReportHandler(outbox),
      nickname: new NicknameHandler(this),
    };
  }

  /** There was no limit to what participants may send, and now there is. */
  share(shares: Shares): void {
    this.pace = new Pace(shares, shareKey(this.endpoint.media), this);
    this.endpoint.handlers.pace = this.pace;
  }

  get id(): string {
    return this.endpoint.id;
  }

  get session(): Session {
    return this.endpoint.session;
  }

  get clock(): Clock {
    return this.#options.outbox.clock;
  }

  get content(): ContentOptions {
    return this.#options.content;
  }

  get others(): Forwarding {
    return this.#options.others;
  }

  get traffic(): Traffic {
    return this.#options.traffic;
  }

  get fanOut(): FanOut {
    return this.#options.fanOut;
  }

  get maxWhole(): number {
    return this.#options.outbox.maxPendingBytes;
  }

  get grant(): number {
    return this.#options.outbox.window * 2;
  }

  // Of the session.

  admits(connection: Binding): Admission {
    return this.#host.admits(this.id, connection);
  }

  bound(): void {
    this.#host.bound(this.id);
  }

  lost(): void {
    this.#host.lost(this.id, 'connection-lost');
  }

  // Of the outbox.

  fail(reason: LossReason): void {
    this.#host.lost(this.id, reason);
  }

  missed(count: number): void {
    this.#host.missed(this, count);
  }

  congested(on: boolean): void {
    this.#host.congested(this, on);
  }

  dropped(count: number): void {
    this.#host.dropped(count);
  }

  unanswered(): void {
    this.#options.traffic.unanswered++;
  }

  crowded(): void {
    this.limited('maxTotalPendingBytes', null);
  }

  // Of the throttle and the pace.

  driver(): Driver | undefined {
    return this.#host.driverOf(this.session);
  }

  limited(limit: SwitchLimit, status: number | null = 413): void {
    this.#host.limited(this, limit, status);
  }

  // Of the handlers.

  maxSize(): number {
    return this.#options.send.maxSize();
  }

  chunkTimeout(): number {
    return this.#options.send.chunkTimeout();
  }

  get maxPartial(): number {
    return this.#options.send.maxPartial;
  }

  get maxHeld(): number {
    return this.#options.send.maxHeld;
  }

  get budget(): Budget {
    return this.#options.send.budget;
  }

  permitted(): boolean {
    return this.room.rules.nicknames;
  }

  lenient(): boolean {
    return this.endpoint.media.lenientNickname;
  }

  reserve(nickname: string): number | Promise<number> {
    return this.#host.events.nickname(this.id, nickname);
  }

  knock(text: string): number | Promise<number> {
    return this.#host.events.knock?.(this.id, text) ?? 403;
  }

  watcher(recordable: boolean): Watcher | undefined {
    const { events } = this.#host;
    if (events.watching || this.room.rules.watched)
      return { tell: (message) => events.message?.(message), most: MAX_SEEN };
    if (!recordable || !this.room.rules.recorded) return undefined;
    return { tell: (message) => events.message?.(message), most: MAX_RECORDED };
  }

  gate(): Gate | undefined {
    const { gate } = this.#host.events;
    return gate?.everywhere || this.room.rules.gated ? gate : undefined;
  }

  spoke(): void {
    this.#host.events.spoke?.(this.id);
  }

  refused(messageId: string | null, status: number, byProgram: boolean): void {
    this.#options.refusals.refused(this, { method: 'SEND', status, messageId, byProgram });
  }

  nicknameRefused(status: number): void {
    this.#options.refusals.refused(this, { method: 'NICKNAME', status, messageId: null, byProgram: false });
  }

  tellRefused(request: RefusedRequest): void {
    this.#host.events.refused?.(this.id, request);
  }

  decided(): ((decision: Decision) => void) | undefined {
    const { events } = this.#host;
    return events.decided?.bind(events);
  }
}

const shareKey = ({ room, participant }: EndpointMedia): string => `${room} ${participant}`;

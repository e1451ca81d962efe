/** The MSRP switch (RFC 7701 §6): rooms, endpoints and their sessions; requests go to handlers, copies to outboxes. */
import type { Delivery, EndpointMedia, LossReason, RoomMedia, SwitchControl, SwitchEvents } from '../focus-switch.js';
import type { Session, Sessions } from '../msrp/index.js';
import type { Driver } from '../transport/driver.js';
import type { Endpoint } from '../transport/transport.js';
import type { Clock, Timer } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { Logger } from '../util/log.js';
import { Budget } from './budget.js';
import { SwitchEndpoint } from './endpoint.js';
import { NicknameHandler } from './handlers/nickname.js';
import { ReportHandler } from './handlers/report.js';
import { SendHandler } from './handlers/send.js';
import type { SlowReaderPolicy } from './congestion.js';
import type { Meter } from './content.js';
import { missedNotice } from './notice.js';
import { Outbox, OUTBOX_DEFAULTS, type OutboxOptions } from './outbox.js';
import { Outgoing } from './outgoing.js';
import { Relay } from './relay.js';
import { SwitchRoom } from './room.js';
import type { Spool } from './spool.js';
import { Throttle } from './throttle.js';

/** Where connections come from and go to. */
export interface SwitchTransport {
  readonly sessions: Sessions;
  /** Calls either `connected` or `failed`, once. */
  connect(target: Endpoint, connected: (driver: Driver) => void, failed: () => void): void;
  driverOf(session: SwitchEndpoint['session']): Driver | undefined;
}

export interface SwitchOptions {
  clock: Clock;
  log: Logger;
  transport: SwitchTransport;
  /** Octets of the largest message. @defaultValue 10485760 (P-LIM-06) */
  maxMessageSize?: number;
  /** Octets that may wait for one session. @defaultValue 16777216 */
  maxPendingBytes?: number;
  /** What becomes of messages for a session that is congested. @defaultValue 'drop' */
  slowReader?: SlowReaderPolicy;
  /** A session congested for so many ms ends, and so does one that takes nothing of what waits. @defaultValue 180000 (MSRP-21) */
  congestionTimeout?: number;
  /** Where octets go that slow readers still need. @defaultValue nowhere: copies that lag too far are given up */
  spool?: Spool;
  /** Octets that may wait for a session before its senders are slowed down, and of a message in memory. @defaultValue 1048576 */
  window?: number;
  /** Octets that the unfinished messages of all sessions may hold. @defaultValue 268435456 (P-RX-02) */
  maxPartialBytes?: number;
  /** The peer must bind its session within so many ms. @defaultValue 30000 (P-CON-01) */
  bindTimeout?: number;
  /** @defaultValue 540000 (7701-6.1-12) */
  chunkTimeout?: number;
}

/** P-RX-02. */
const MAX_PARTIAL = 32;

interface Entry {
  endpoint: SwitchEndpoint;
  room: SwitchRoom;
  throttle: Throttle;
  bindTimer: Timer | undefined;
}

export class ChatSwitch implements SwitchControl {
  /** The focus; set by the composition root. */
  events!: SwitchEvents;
  readonly #options: SwitchOptions;
  readonly #budget: Budget;
  readonly #meter: Meter = { octets: 0 };
  readonly #rooms = new Map<string, SwitchRoom>();
  readonly #entries = new Map<string, Entry>();

  constructor(options: SwitchOptions) {
    this.#options = options;
    this.#budget = new Budget(options.maxPartialBytes ?? 268_435_456);
  }

  /** Octets in memory of messages that are passed on while they arrive. */
  get held(): number {
    return this.#meter.octets;
  }

  openRoom(room: RoomMedia): void {
    this.#rooms.set(room.uri, new SwitchRoom(room));
  }

  updateRoom(room: RoomMedia): void {
    this.#rooms.get(room.uri)?.update(room.rules);
  }

  closeRoom(uri: string): void {
    this.#rooms.delete(uri);
  }

  addEndpoint(media: EndpointMedia): void {
    const room = this.#rooms.get(media.room);
    if (!room)
      throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `Room ${media.room} is not open; call openRoom first.`);
    const throttle = this.#throttleOf(() => endpoint.session);
    const events = {
      bound: () => this.#bound(media.id),
      lost: () => this.#lost(media.id, 'connection-lost'),
    };
    const endpoint = new SwitchEndpoint(media, events, (self) => ({
      outbox: this.#outboxOf(self, media.delivery, room),
      handlers: this.#handlersOf(self, room, throttle),
    }));
    const entry: Entry = { endpoint, room, throttle, bindTimer: undefined };
    this.#entries.set(media.id, entry);
    room.add(endpoint);
    this.#await(entry);
  }

  updateEndpoint(media: EndpointMedia): void {
    const entry = this.#entries.get(media.id);
    if (!entry) return;
    const { endpoint, room } = entry;
    const moved = media.session.peer.path.join(' ') !== endpoint.session.remotePath.join(' ');
    if (moved) {
      endpoint.handlers.send.lost();
      endpoint.outbox.detach();
    }
    room.remove(endpoint);
    // Found by its local URI, which is about to change (4975-8.2-01).
    this.#options.transport.sessions.delete(endpoint.session);
    endpoint.describe(media);
    this.#options.transport.sessions.add(endpoint.session);
    room.add(endpoint);
    // 4975-8.4-03: an unchanged path keeps the session; a new one needs a new binding.
    if (!moved && endpoint.session.connection) return;
    endpoint.session.connection?.release(endpoint.session);
    this.#await(entry);
  }

  removeEndpoint(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.bindTimer?.cancel();
    const { endpoint, room, throttle } = entry;
    endpoint.removed = true;
    room.remove(endpoint);
    throttle.close();
    endpoint.handlers.send.close();
    endpoint.outbox.close();
    this.#options.transport.sessions.delete(endpoint.session);
    endpoint.session.connection?.release(endpoint.session);
  }

  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    const message = Outgoing.complete(
      'Content-Type: message/cpim\r\n',
      'text/plain',
      this.#options.clock.now(),
      Buffer.from(body),
    );
    let sent = 0;
    for (const member of this.#rooms.get(room)?.members ?? []) {
      if (recipients(member.media) && member.outbox.deliver(message)) sent++;
    }
    return sent;
  }

  #throttleOf(session: () => Session): Throttle {
    const { clock, transport, window = OUTBOX_DEFAULTS.window } = this.#options;
    const driver = (): Driver | undefined => {
      const found = transport.driverOf(session());
      // Several sessions on one connection come from a relay: the others would wait too.
      return found?.connection.sessions.size === 1 ? found : undefined;
    };
    return new Throttle({ clock, driver, grant: window * 2 });
  }

  #outboxOf(endpoint: SwitchEndpoint, delivery: Delivery, room: SwitchRoom): Outbox {
    const { clock } = this.#options;
    const options = { clock, ...this.#outboxLimits };
    const outbox = new Outbox(endpoint.session, delivery, options, {
      fail: (reason) => this.#lost(endpoint.id, reason),
      missed: (count) => {
        this.#options.log.info({ endpoint: endpoint.id, room: room.uri, count }, 'messages not delivered');
        if (!endpoint.mayReceive || !endpoint.takes('text/plain')) return;
        const notice = missedNotice(endpoint.roomToUri ?? room.uri, count, clock.now());
        outbox.deliver(Outgoing.complete('Content-Type: message/cpim\r\n', 'text/plain', clock.now(), notice));
      },
    });
    return outbox;
  }

  get #outboxLimits(): Omit<OutboxOptions, 'clock'> {
    const { maxPendingBytes, slowReader, congestionTimeout, window } = this.#options;
    return {
      maxPendingBytes: maxPendingBytes ?? OUTBOX_DEFAULTS.maxPendingBytes,
      responseTimeout: OUTBOX_DEFAULTS.responseTimeout,
      slowReader: slowReader ?? OUTBOX_DEFAULTS.slowReader,
      congestionTimeout: congestionTimeout ?? OUTBOX_DEFAULTS.congestionTimeout,
      window: window ?? OUTBOX_DEFAULTS.window,
    };
  }

  #handlersOf(endpoint: SwitchEndpoint, room: SwitchRoom, throttle: Throttle): SwitchEndpoint['handlers'] {
    const { clock, spool, maxMessageSize = 10_485_760, chunkTimeout = 540_000 } = this.#options;
    const { window, maxPendingBytes } = this.#outboxLimits;
    const relay = new Relay(endpoint, room, {
      clock,
      throttle,
      content: { window, spool, meter: this.#meter },
      maxWhole: maxPendingBytes,
      seen: () => this.events.message?.bind(this.events),
      decided: () => this.events.decided?.bind(this.events),
    });
    const limits = { clock, maxSize: maxMessageSize, chunkTimeout, maxPartial: MAX_PARTIAL, budget: this.#budget };
    return {
      send: new SendHandler(endpoint.session, relay, limits),
      report: new ReportHandler((messageId, status) => endpoint.outbox.reported(messageId, status)),
      nickname: new NicknameHandler({
        session: endpoint.session,
        permitted: () => room.rules.nicknames,
        lenient: () => endpoint.media.lenientNickname,
        reserve: (nickname) => this.events.nickname(endpoint.id, nickname),
      }),
    };
  }

  /** Waits for the peer's binding request, or connects when that is our part. */
  #await(entry: Entry): void {
    const { clock, bindTimeout = 30_000, transport } = this.#options;
    const { endpoint } = entry;
    transport.sessions.add(endpoint.session);
    entry.bindTimer?.cancel();
    entry.bindTimer = clock.after(bindTimeout, () => this.#lost(endpoint.id, 'not-bound'));
    const target = endpoint.media.session.connectTo;
    if (target) this.#connect(entry, target);
  }

  #connect({ endpoint }: Entry, target: Endpoint): void {
    // Another re-INVITE may come, or the peer may connect first, before this attempt succeeds (P-CON-04).
    const path = endpoint.session.remotePath;
    const wanted = (): boolean =>
      !endpoint.removed && !endpoint.session.connection && endpoint.session.remotePath === path;
    const connected = (driver: Driver): void => {
      if (!wanted()) return driver.connection.close('shutdown');
      driver.connection.bind(endpoint.session);
      endpoint.outbox.sendBinding();
    };
    const failed = (): void => {
      if (wanted()) this.#lost(endpoint.id, 'connect-failed');
    };
    this.#options.transport.connect({ host: unbracketed(target.host), port: target.port }, connected, failed);
  }

  #bound(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const driver = this.#options.transport.driverOf(entry.endpoint.session);
    entry.bindTimer?.cancel();
    if (driver) entry.endpoint.outbox.attach(driver);
    this.events.sessionBound(id);
  }

  #lost(id: string, reason: LossReason): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const { endpoint, throttle } = entry;
    entry.bindTimer?.cancel();
    throttle.close();
    // What of its message arrived so far stays: re-created in the same dialog, the session goes on with it
    // (4975-7.3.1-06); removed, it ends.
    endpoint.handlers.send.lost();
    endpoint.outbox.detach();
    // A session that failed on a live connection is not bound to it any more.
    endpoint.session.connection?.release(endpoint.session);
    this.#options.log.info({ endpoint: id, room: entry.room.uri, reason }, 'MSRP session lost');
    this.events.sessionLost(id, reason);
  }
}

const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

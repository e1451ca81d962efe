import type { EventEmitter } from 'node:events';
import { type Clock, systemClock, type Timer } from '../../lib/util/clock.js';
import type { FeedEvent } from '../api/schemas/feed.js';
import type { ChatMessage, Room } from '../rooms-api.js';
import type { ServerEvents } from '../server-events.js';
import * as described from './described.js';
import type { EventFilter } from './event-filter.js';
import { EventIds } from './event-ids.js';
import { EventRing, type RingBounds } from './event-ring.js';
import { RecordedEvent } from './recorded-event.js';

/** What a feed hears: what `chatrooms()` returns. */
export interface FeedSource extends EventEmitter<ServerEvents> {
  readonly rooms: ReadonlyMap<string, Room>;
}

export interface FeedOptions {
  clock?: Clock;
  /** What is kept for those who come back. @defaultValue 1000 events, 4 MiB */
  kept?: RingBounds;
}

/** Somebody to whom what he chose is told at once. `hear` must not throw. */
export interface FeedSubscriber {
  readonly filter: EventFilter;
  hear(event: RecordedEvent): void;
}

/** Where somebody goes on who was here before. */
export interface Resumption {
  /** Number of the event after which he goes on: the ring has what came later. */
  after: number;
  /** There may have been others in between. */
  gap: boolean;
}

const KEPT: RingBounds = { maxEvents: 1000, maxBytes: 4_194_304 };

/**
 * Milliseconds that messages are still listened for when nobody wants them any more: who was cut off comes back and has
 * missed none.
 */
const LINGER = 60_000;

/** Says only that somebody types (RFC 3994). */
const COMPOSING = 'application/im-iscomposing+xml';

type Listener<K extends keyof ServerEvents> = (...args: ServerEvents[K]) => void;

/**
 * What happens in the rooms, one event after the other: written as JSON once, kept for a while, told to all who subscribe.
 * Messages are listened for only while somebody wants them, as the switch has to collect them for it.
 */
export class Feed {
  readonly #source: FeedSource;
  readonly #clock: Clock;
  readonly #ids: EventIds;
  readonly #ring: EventRing;
  readonly #subscribers = new Set<FeedSubscriber>();
  readonly #undo = new Set<() => void>();
  #sequence = 0;
  /** Number of the last event before messages were listened for; undefined while they are not. */
  #messagesAfter: number | undefined;
  #linger: Timer | undefined;

  constructor(source: FeedSource, { clock = systemClock, kept = KEPT }: FeedOptions = {}) {
    this.#source = source;
    this.#clock = clock;
    this.#ids = new EventIds(clock.date().getTime());
    this.#ring = new EventRing(kept);
    this.#listen();
  }

  /** Id of the last event, or of that before the first. */
  get lastId(): string {
    return this.idOf(this.#sequence);
  }

  idOf(sequence: number): string {
    return this.#ids.id(sequence);
  }

  /** What there is to tell beside what the source tells. */
  tell(event: described.Described): void {
    const id = this.#ids.id(++this.#sequence);
    const { type, ...rest } = event;
    const told = { id, type, time: this.#clock.date().toISOString(), ...rest } as FeedEvent;
    const recorded = new RecordedEvent(this.#sequence, told);
    this.#ring.push(recorded);
    for (const subscriber of this.#subscribers) {
      if (subscriber.filter.matches(recorded)) subscriber.hear(recorded);
    }
  }

  /** Tells of everything from now on, until the function is called that it returns. */
  subscribe(subscriber: FeedSubscriber): () => void {
    this.#subscribers.add(subscriber);
    if (subscriber.filter.messages) this.#watchMessages();
    return () => {
      if (!this.#subscribers.delete(subscriber) || !subscriber.filter.messages) return;
      this.#linger ??= this.#clock.after(LINGER, () => {
        this.#linger = undefined;
        this.#unwatchMessages();
      });
    };
  }

  /** Where who last got the event with that id goes on. To be asked before he subscribes again. */
  resume(lastId: string, { messages }: EventFilter): Resumption {
    const after = this.#ids.sequence(lastId);
    const oldest = this.#ring.first?.sequence ?? this.#sequence + 1;
    if (after === undefined || after > this.#sequence || after < oldest - 1) return { after: oldest - 1, gap: true };
    const heard = !messages || (this.#messagesAfter !== undefined && after >= this.#messagesAfter);
    return { after, gap: !heard };
  }

  /** The first event after number `after` that is wanted; undefined for none, `'gone'` when the next is not kept any more. */
  next(after: number, filter: EventFilter): RecordedEvent | 'gone' | undefined {
    for (let sequence = after + 1; sequence <= this.#sequence; sequence++) {
      const event = this.#ring.at(sequence);
      if (!event) return 'gone';
      if (filter.matches(event)) return event;
    }
    return undefined;
  }

  /** The number before that of the oldest event that is kept. */
  get beginning(): number {
    return (this.#ring.first?.sequence ?? this.#sequence + 1) - 1;
  }

  /** Listens no more; what is kept can still be read. */
  close(): void {
    this.#linger?.cancel();
    this.#linger = undefined;
    this.#subscribers.clear();
    this.#unwatchMessages();
    for (const undo of this.#undo) undo();
    this.#undo.clear();
  }

  #listen(): void {
    for (const room of this.#source.rooms.values()) this.#follow(room);
    this.#on('roomCreated', (room) => {
      this.#follow(room);
      this.tell(described.roomCreated(room));
    });
    this.#on('join', (...event) => this.tell(described.joined(...event)));
    this.#on('leave', (room, participant, details) => this.tell(described.left(room, participant, details)));
    this.#on('nickname', (...event) => this.tell(described.renamed(...event)));
    this.#on('audit', (...event) => this.tell(described.audited(...event)));
    this.#on('limit', (event) => this.tell({ type: 'limit', ...event }));
    this.#on('overload', (level) => this.tell({ type: 'overload', level }));
    this.#on('draining', () => this.tell({ type: 'server.draining' }));
  }

  #on<K extends keyof ServerEvents>(name: K, listener: Listener<K>): void {
    // One emitter knows its events by name; which one this is, its type cannot follow.
    const source: EventEmitter = this.#source;
    const heard = listener as (...args: unknown[]) => void;
    source.on(name, heard);
    this.#undo.add(() => void source.off(name, heard));
  }

  /** What only the room itself tells. */
  #follow(room: Room): void {
    let { config } = room;
    const configured = (now: Room['config']): void => {
      const change = described.roomConfigured(room.uri, config, now);
      config = now;
      if (change) this.tell(change);
    };
    const closed = (reason: string): void => {
      undo();
      this.#undo.delete(undo);
      this.tell({ type: 'room.closed', room: room.uri, reason });
    };
    const undo = (): void => {
      room.off('config', configured);
      room.off('closed', closed);
    };
    room.on('config', configured);
    room.on('closed', closed);
    this.#undo.add(undo);
  }

  readonly #message = (room: Room, message: ChatMessage): void => {
    if (message.contentType === COMPOSING) return;
    // What people write to each other is kept for nobody who did not ask for it.
    if (message.private && ![...this.#subscribers].some(({ filter }) => filter.messages && filter.privateMessages))
      return;
    this.tell(described.said(room, message));
  };

  #watchMessages(): void {
    this.#linger?.cancel();
    this.#linger = undefined;
    if (this.#messagesAfter !== undefined) return;
    this.#messagesAfter = this.#sequence;
    this.#source.on('message', this.#message);
  }

  #unwatchMessages(): void {
    if ([...this.#subscribers].some(({ filter }) => filter.messages)) return;
    this.#messagesAfter = undefined;
    this.#source.off('message', this.#message);
  }
}

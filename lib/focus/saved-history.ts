import { cpimUriKey } from '../cpim/index.js';
import type { KeptMessage, LogChange, MessageLog } from '../store/message-log.js';
import { WriteBehind } from '../store/write-behind.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { Focus } from './focus.js';
import type { Room } from './room.js';

export interface SavedHistoryOptions {
  focus: Focus;
  log: Logger;
  clock: Clock;
  messages: MessageLog;
  /** Whether a room is there again after the process, and with it what was said there. */
  outlives: (room: Room) => boolean;
}

/** Rooms, and of each messages and octets, that are written at once: the event loop stands still that long. */
const BATCH = 8;
const MESSAGES = 64;
const OCTETS = 262_144;

/**
 * Histories that outlive the process. What is said is written behind, from the history itself: what was pruned before
 * anything could be written is not. The end of a room takes its history out.
 */
export class SavedHistory {
  readonly #options: SavedHistoryOptions;
  readonly #writes: WriteBehind<LogChange>;
  /** Id of the latest message that was written, by the key of the room. */
  readonly #written = new Map<string, number>();
  /** Of these rooms something may be there that is to go before anything else is written. */
  readonly #wiped = new Set<string>();

  constructor(options: SavedHistoryOptions) {
    this.#options = options;
    const { focus } = options;
    this.#writes = new WriteBehind({
      ...options,
      store: { write: (changes) => this.#write(changes), close: () => undefined },
      read: (key) => this.#change(key),
      unfinished: (key) => this.#isBehind(key),
      batch: BATCH,
      what: 'history',
    });
    focus.on('recorded', (room) => {
      if (options.outlives(room)) this.#writes.changed(keyOf(room));
    });
    focus.on('configured', (room) => this.#review(room));
    focus.on('roomClosed', (room) => this.#wipe(keyOf(room)));
  }

  /** Writes that failed. */
  get failures(): number {
    return this.#writes.failures;
  }

  /**
   * Gives the rooms there are their history back, and forgets that of rooms which are no more.
   *
   * @param absent keys of rooms that are not there, and may be the next time
   */
  restore(absent: ReadonlySet<string>): void {
    const { focus, messages } = this.#options;
    this.#tolerant(() => {
      for (const key of messages.rooms()) {
        if (!absent.has(key)) this.#restore(key, focus.rooms.get(key));
      }
    });
  }

  /** Writes what waits; nothing is written afterwards. Idempotent. */
  close(): void {
    this.#writes.close();
  }

  #restore(key: string, room: Room | undefined): void {
    const { outlives, messages } = this.#options;
    // What cannot be read goes too: its ids are used again.
    const wanted = room !== undefined && room.config.history > 0 && outlives(room);
    const kept = wanted ? this.#tolerant(() => messages.newest(key, room.config.history)) : undefined;
    this.#written.set(key, kept?.at(-1)?.id ?? 0);
    if (!room || !kept) return this.#wipe(key);
    room.history.restore(kept);
    // It may be to keep less than it was.
    this.#writes.changed(key);
  }

  /** Undefined when it fails: that costs history, and nothing else. */
  #tolerant<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#options.log.error({ error: (error as Error).message }, 'history not brought back');
      return undefined;
    }
  }

  /** It may be to keep less now, or nothing, or what it kept in memory only. */
  #review(room: Room): void {
    const key = keyOf(room);
    if (!this.#options.outlives(room)) this.#wipe(key);
    else if (this.#written.has(key) || room.history.size > 0) this.#writes.changed(key);
  }

  #wipe(key: string): void {
    if (!this.#written.delete(key)) return;
    this.#wiped.add(key);
    this.#writes.changed(key);
  }

  #history(key: string): Room['history'] | undefined {
    const room = this.#options.focus.rooms.get(key);
    return room && this.#options.outlives(room) ? room.history : undefined;
  }

  #isBehind(key: string): boolean {
    const history = this.#history(key);
    return history !== undefined && history.size > 0 && history.latest > (this.#written.get(key) ?? 0);
  }

  #change(key: string): LogChange {
    const history = this.#history(key);
    const added: KeptMessage[] = history?.after(this.#written.get(key) ?? 0, MESSAGES, OCTETS) ?? [];
    return { wipe: this.#wiped.has(key), oldest: history?.oldest ?? 0, added };
  }

  #write(changes: ReadonlyMap<string, LogChange>): void {
    this.#options.messages.write(changes);
    for (const [key, { added }] of changes) {
      this.#wiped.delete(key);
      const latest = added.at(-1);
      if (latest) this.#written.set(key, latest.id);
    }
  }
}

const keyOf = ({ uri }: Room): string => cpimUriKey(uri) ?? uri;

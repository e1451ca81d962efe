import { cpimUriKey } from '../cpim/index.js';
import { type Store } from '../store/store.js';
import { WriteBehind } from '../store/write-behind.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import type { Focus } from './focus.js';
import { SavedHistory } from './saved-history.js';
import type { RoomSnapshot } from './members/snapshot.js';
import type { Room } from './room.js';

export interface SavedRoomsOptions {
  focus: Focus;
  store: Store;
  clock: Clock;
  log: Logger;
  /** URIs of the rooms that the configuration names: they are there without being saved. */
  configured: readonly string[];
}

/**
 * Rooms that outlive the process (FAC-14): those with members, and those that somebody made to stay. What changes of them
 * is written behind; their end takes them out, the end of the server does not.
 */
export class SavedRooms {
  readonly #options: SavedRoomsOptions;
  #configured: ReadonlySet<string>;
  readonly #writes: WriteBehind;
  readonly #history: SavedHistory;
  /** Keys of the rooms that are, or are about to be, in the store. */
  readonly #saved = new Set<string>();

  constructor(options: SavedRoomsOptions) {
    this.#options = options;
    const { focus } = options;
    this.#configured = new Set(options.configured.map(keyOf));
    this.#writes = new WriteBehind({ ...options, what: 'rooms', read: (key) => this.#snapshot(key) });
    const { messages } = options.store;
    this.#history = new SavedHistory({ ...options, messages, outlives: (room) => this.#comesBack(room) });
    focus.on('roomCreated', (room) => this.#changed(room, true));
    focus.on('changedDurably', (room) => this.#changed(room, false));
    focus.on('configured', (room) => this.#changed(room, false));
    focus.on('roomClosed', (room) => this.#closed(room));
    focus.on('stopping', () => this.close());
  }

  /** The configuration names other rooms now. */
  reconfigured(uris: readonly string[]): void {
    const before = this.#configured;
    this.#configured = new Set(uris.map(keyOf));
    for (const room of this.#options.focus.rooms.values()) {
      const key = keyOf(room.uri);
      if (before.has(key) !== this.#configured.has(key)) this.#changed(room, false);
    }
  }

  /** Writes that failed. */
  get failures(): number {
    return this.#writes.failures;
  }

  /** Writes of histories that failed. */
  get historyFailures(): number {
    return this.#history.failures;
  }

  /** Brings the rooms back; one that cannot be stays in the store. */
  restore(): void {
    const { focus, log, store } = this.#options;
    const absent = new Set<string>();
    for (const { key, value } of store.all()) {
      try {
        if (!isSnapshot(value)) throw new Error('it has another form');
        this.#saved.add(key);
        if (value.configured && !this.#configured.has(key)) this.#forget(key);
        else focus.restore(value);
      } catch (error) {
        this.#saved.delete(key);
        absent.add(key);
        log.error({ room: key, error: (error as Error).message }, 'saved room not brought back');
      }
    }
    this.#history.restore(absent);
  }

  /** Writes what waits; nothing is written afterwards. Idempotent. */
  close(): void {
    this.#history.close();
    this.#writes.close();
  }

  #changed(room: Room, made: boolean): void {
    const key = keyOf(room.uri);
    const kept = this.#outlives(room, key);
    // Its policy may have been changed to another.
    if (!kept && !this.#saved.has(key)) return;
    const isNew = kept && !this.#saved.has(key);
    this.#saved.add(key);
    // FAC-14: whoever is told its URI may come back by it, so that is not to be lost.
    if (made && isNew) this.#writes.changedNow(key);
    else this.#writes.changed(key);
  }

  #closed(room: Room): void {
    this.#forget(keyOf(room.uri));
  }

  #forget(key: string): void {
    if (this.#saved.delete(key)) this.#writes.changedNow(key);
  }

  /** Of a room that the configuration brings back, who is kept out of it has to be known. */
  #outlives({ config, moderation }: Room, key: string): boolean {
    if (config.membership) return true;
    return this.#configured.has(key) ? moderation.bans.list.length > 0 : config.deletion === 'never';
  }

  /** The configuration brings it back, or the store. */
  #comesBack(room: Room): boolean {
    const key = keyOf(room.uri);
    return this.#configured.has(key) || this.#outlives(room, key);
  }

  #snapshot(key: string): RoomSnapshot | undefined {
    const room = this.#options.focus.rooms.get(key);
    if (!room || !this.#outlives(room, key)) return undefined;
    return { ...room.snapshot(), ...(this.#configured.has(key) && { configured: true }) };
  }
}

const keyOf = (uri: string): string => cpimUriKey(uri) ?? uri;

/** Whether a value is what this version of the program writes. */
function isSnapshot(value: unknown): value is RoomSnapshot {
  if (typeof value !== 'object' || value === null) return false;
  const { version, uri, config, members } = value as Partial<Record<keyof RoomSnapshot, unknown>>;
  return version === 1 && typeof uri === 'string' && typeof config === 'object' && Array.isArray(members);
}

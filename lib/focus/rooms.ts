import { cpimUriKey } from '../cpim/index.js';
import { aliasUris } from './aliases.js';
import { refusal } from './refusal.js';
import type { Room } from './room.js';
import type { Identity } from './types.js';

/** The rooms there are. */
export class Rooms {
  readonly #byKey = new Map<string, Room>();
  /** By the comparison form of their aliases. */
  readonly #byAlias = new Map<string, Room>();
  /** Those of a factory, by Contribution-ID (FAC-15). */
  readonly #byContribution = new Map<string, Room>();
  readonly #closing = new Set<Room>();

  /** By the comparison form of their URI. */
  get all(): ReadonlyMap<string, Room> {
    return this.#byKey;
  }

  /** By its URI, or by an alias. */
  find(uri: string): Room | undefined {
    const key = cpimUriKey(uri) ?? '';
    return this.#byKey.get(key) ?? this.#byAlias.get(key);
  }

  /**
   * Whether a room can have these aliases.
   *
   * @throws ChatroomsError `CHAT_ERR_ROOM_EXISTS` when one of them is that of another room, or its URI; `CHAT_ERR_ROOM_URI`
   */
  checkAliases(uri: string, aliases: readonly string[]): void {
    const own = cpimUriKey(uri);
    for (const alias of aliasUris(uri, aliases)) {
      const key = cpimUriKey(alias);
      if (key === null) throw refusal.roomUri(alias);
      const other = this.find(alias);
      if (other && cpimUriKey(other.uri) !== own) throw refusal.roomExists(alias);
    }
  }

  /** The aliases of a room changed. */
  rename(room: Room): void {
    this.#unname(room);
    for (const alias of room.aliases) this.#byAlias.set(cpimUriKey(alias) ?? '', room);
  }

  #unname(room: Room): void {
    for (const [key, named] of this.#byAlias) if (named === room) this.#byAlias.delete(key);
  }

  /** @throws ChatroomsError with `sipStatus` 404 when it is not there, or about to end */
  existing(uri: string): Room {
    const room = this.find(uri);
    if (!room || this.#closing.has(room)) throw refusal.unknownRoom(uri);
    return room;
  }

  ofContribution(id: string): Room | undefined {
    return this.#byContribution.get(id);
  }

  /** @throws ChatroomsError with `sipStatus` 403 to who does not belong to it (FAC-16) */
  restart(id: string, identity: Identity): Room | undefined {
    const room = this.ofContribution(id);
    if (!room) return undefined;
    // Who made it belongs to it before his ACK says that he is in; whether he left for good is asked at the door.
    const mayCome = room.invited(identity) || room.isIn(identity) || room.isCreator(identity);
    if (!mayCome) throw refusal.stranger(room.uri);
    return room;
  }

  isClosing(room: Room): boolean {
    return this.#closing.has(room);
  }

  add(room: Room, key: string): void {
    this.#byKey.set(key, room);
    this.rename(room);
    const id = room.origin?.contributionId;
    if (id !== undefined && !this.#byContribution.has(id)) this.#byContribution.set(id, room);
  }

  /** It is about to end; false when it was already. */
  closing(room: Room): boolean {
    if (this.#closing.has(room)) return false;
    this.#closing.add(room);
    return true;
  }

  delete(room: Room): void {
    this.#byKey.delete(cpimUriKey(room.uri) ?? '');
    this.#unname(room);
    const id = room.origin?.contributionId ?? '';
    if (this.#byContribution.get(id) === room) this.#byContribution.delete(id);
    this.#closing.delete(room);
  }
}

import { cpimUriKey } from '../cpim/index.js';
import { refusal } from './refusal.js';
import type { Room } from './room.js';
import type { Identity } from './types.js';

/** The rooms there are. */
export class Rooms {
  readonly #byKey = new Map<string, Room>();
  /** Those of a factory, by Contribution-ID (FAC-15). */
  readonly #byContribution = new Map<string, Room>();
  readonly #closing = new Set<Room>();

  /** By the comparison form of their URI. */
  get all(): ReadonlyMap<string, Room> {
    return this.#byKey;
  }

  find(uri: string): Room | undefined {
    return this.#byKey.get(cpimUriKey(uri) ?? '');
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
    if (room && !room.invited(identity) && !room.isIn(identity)) throw refusal.stranger(room.uri);
    return room;
  }

  isClosing(room: Room): boolean {
    return this.#closing.has(room);
  }

  add(room: Room, key: string): void {
    this.#byKey.set(key, room);
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
    const id = room.origin?.contributionId ?? '';
    if (this.#byContribution.get(id) === room) this.#byContribution.delete(id);
    this.#closing.delete(room);
  }
}

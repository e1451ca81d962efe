/** What becomes of the rooms there are when the focus is configured anew. */
import { isDeepStrictEqual } from 'node:util';
import { cpimUriKey } from '../cpim/index.js';
import { aliasUris } from './aliases.js';
import type { RoomConfigChange } from './policy.js';
import { refusal } from './refusal.js';
import type { Room } from './room.js';
import { ALWAYS_THERE, type RoomConfigs } from './room-configs.js';

export interface Rearrangement {
  /** Aliases that rooms give up, so that others can have them. */
  freed: readonly [Room, RoomConfigChange][];
  changes: readonly [Room, RoomConfigChange][];
  /** URIs of rooms to be made. */
  made: readonly string[];
}

/** @throws ChatroomsError `CHAT_ERR_ROOM_URI`, `CHAT_ERR_ROOM_EXISTS`, `CHAT_ERR_TOO_MANY_ROOMS`; nothing was changed then */
export function rearrange(
  rooms: ReadonlyMap<string, Room>,
  [before, after]: [before: RoomConfigs, after: RoomConfigs],
  maxRooms: number,
): Rearrangement {
  const made = after.uris.filter((uri) => !before.named(uri) && !rooms.has(cpimUriKey(uri) ?? ''));
  if (made.length > 0 && rooms.size + made.length > maxRooms) throw refusal.rooms(maxRooms);
  const all = [...rooms.values()].map((room): [Room, RoomConfigChange] => [room, changeOf(room, before, after)]);
  const changes = all.filter(([, change]) => Object.keys(change).length > 0);
  const named = all.map(([room, { aliases = room.config.aliases }]) => ({ uri: room.uri, aliases }));
  checkNames([...named, ...made.map((uri) => ({ uri, aliases: after.of(uri).aliases }))]);
  const freed = changes.flatMap(([room, { aliases }]): [Room, RoomConfigChange][] => {
    const kept = aliases && room.config.aliases.filter((alias) => aliases.includes(alias));
    return kept && kept.length < room.config.aliases.length ? [[room, { aliases: kept }]] : [];
  });
  return { freed, changes, made };
}

/** No two rooms have one name (PBX-02). */
function checkNames(rooms: readonly { uri: string; aliases: readonly string[] }[]): void {
  const taken = new Map<string, string>();
  for (const { uri, aliases } of rooms) {
    for (const name of [uri, ...aliasUris(uri, aliases)]) {
      const key = cpimUriKey(name);
      if (key === null) throw refusal.roomUri(name);
      if ((taken.get(key) ?? uri) !== uri) throw refusal.roomExists(name);
      taken.set(key, uri);
    }
  }
}

type Part = Record<string, unknown>;

/** Members of a configuration that have members of their own. */
const NESTED = ['roster', 'fanout'] as const;

/**
 * What changes of one room: what its entry says otherwise than before, also where somebody has changed it meanwhile; and
 * what the defaults say otherwise, where the room has still what they said. One that has no entry any more keeps what its
 * entry said, and is a room like others: it ends as its `deletion` says.
 */
function changeOf(room: Room, before: RoomConfigs, after: RoomConfigs): RoomConfigChange {
  const { uri } = room;
  const [was, is] = [before.named(uri), after.named(uri)];
  const [old, now] = [before.of(uri, was && ALWAYS_THERE), after.of(uri, is && ALWAYS_THERE)];
  const change = differences({ was, is, old, now, has: room.config });
  for (const key of NESTED) {
    delete change[key];
    const inside = differences({
      was: was?.[key],
      is: is && (is[key] ?? {}),
      old: old[key],
      now: now[key],
      has: room.config[key],
    });
    if (Object.keys(inside).length > 0) change[key] = inside;
  }
  return change;
}

interface Compared {
  /** What the entry of the room said, and says; undefined without one. */
  was: object | undefined;
  is: object | undefined;
  /** What a room began with, and begins with now. */
  old: object;
  now: object;
  /** What holds for the room. */
  has: object;
}

function differences(compared: Compared): Part {
  const [was, old, now, has] = [compared.was ?? {}, compared.old, compared.now, compared.has] as Part[];
  const is = (compared.is ?? {}) as Part;
  const leaves = compared.was !== undefined && compared.is === undefined;
  const changed = Object.keys(now).filter((key) => {
    if (isDeepStrictEqual(old[key], now[key]) || (leaves && was[key] !== undefined)) return false;
    const isSaid = was[key] !== undefined || is[key] !== undefined;
    return isSaid || isDeepStrictEqual(has[key], old[key]);
  });
  return Object.fromEntries(changed.map((key) => [key, now[key]]));
}

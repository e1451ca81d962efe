import type { FeedEvent, RoomSummary } from '../../../../api/schemas/index.js';
import { percentDecoded } from '../../../../../lib/util/percent-decoded.js';

export type SortKey = 'name' | 'participants' | 'createdAt';

export const ROOM_STATES = ['all', 'busy', 'empty', 'locked', 'moderated'] as const;
export type RoomState = (typeof ROOM_STATES)[number];

const IS: Readonly<Record<RoomState, (room: RoomSummary) => boolean>> = {
  all: () => true,
  busy: ({ participants }) => participants > 0,
  empty: ({ participants }) => participants === 0,
  locked: ({ locked }) => locked,
  moderated: ({ newcomers }) => newcomers === 'visitor',
};

export interface Choice {
  /** Only rooms whose name, title, subject or URI has this; `''` for all. */
  filter: string;
  state: RoomState;
  sort: SortKey;
  descending: boolean;
  /** From 0; beyond the last one the last one is shown. */
  page: number;
  /** Rows of a page. */
  size: number;
}

export interface Page {
  rows: readonly RoomSummary[];
  /** Rooms on all pages. */
  matching: number;
  page: number;
  pages: number;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Negative where the first stands before the second, going up. */
const COMPARE: Readonly<Record<SortKey, (a: RoomSummary, b: RoomSummary) => number>> = {
  name: (a, b) => collator.compare(a.title ?? a.name, b.title ?? b.name),
  participants: (a, b) => a.participants - b.participants,
  createdAt: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt),
};

/** All the rooms there are: read at times, and kept up by events in between. */
export class RoomList {
  #rooms = new Map<string, RoomSummary>();
  #read = false;

  /** Whether there was a list yet. */
  get read(): boolean {
    return this.#read;
  }

  get size(): number {
    return this.#rooms.size;
  }

  replace(rooms: readonly RoomSummary[]): void {
    this.#rooms = new Map(rooms.map((room) => [room.uri, room]));
    this.#read = true;
  }

  /** Those of them that there are still, in that order. */
  of(uris: readonly string[]): RoomSummary[] {
    return uris.flatMap((uri) => this.#rooms.get(uri) ?? []);
  }

  /** Returns whether anything here is another than before. */
  apply(event: FeedEvent): boolean {
    if (!('room' in event) || event.room === undefined) return false;
    const { room: uri } = event;
    const room = this.#rooms.get(uri);
    switch (event.type) {
      case 'room.created':
        if (!room) this.#rooms.set(uri, newRoom(uri, event));
        return !room;
      case 'room.closed':
        return this.#rooms.delete(uri);
      case 'room.configured':
        return this.#change(room, shownOf(event.changed));
      case 'participant.joined':
        return this.#change(room, room && { participants: room.participants + 1 });
      case 'participant.left':
        return this.#change(room, room && { participants: Math.max(0, room.participants - 1) });
      default:
        return false;
    }
  }

  page({ filter, state, sort, descending, page, size }: Choice): Page {
    const wanted = filter.trim().toLowerCase();
    const matching = [...this.#rooms.values()].filter(
      (room) => IS[state](room) && (wanted === '' || textOf(room).includes(wanted)),
    );
    const compare = COMPARE[sort];
    const direction = descending ? -1 : 1;
    // Those that are alike stay in one order, whatever came last.
    matching.sort((a, b) => direction * compare(a, b) || (a.uri < b.uri ? -1 : 1));
    const pages = Math.max(1, Math.ceil(matching.length / size));
    const shown = Math.min(Math.max(0, page), pages - 1);
    return { rows: matching.slice(shown * size, (shown + 1) * size), matching: matching.length, page: shown, pages };
  }

  #change(room: RoomSummary | undefined, change: Partial<RoomSummary> | undefined): boolean {
    if (!room || !change || Object.keys(change).length === 0) return false;
    this.#rooms.set(room.uri, { ...room, ...change });
    return true;
  }
}

const textOf = ({ name, title, subject, uri }: RoomSummary): string =>
  `${name}\n${title ?? ''}\n${subject}\n${uri}`.toLowerCase();

/** As much of a new room as its event tells; the rest is what most have, until the list is read again. */
function newRoom(uri: string, { title, subject, time }: FeedEvent & { type: 'room.created' }): RoomSummary {
  const name = nameOf(uri);
  const counts = { participants: 0, endpoints: 0 };
  return {
    uri,
    name,
    title,
    subject,
    ...counts,
    locked: false,
    newcomers: 'participant',
    deletion: 'empty',
    createdAt: time,
  };
}

/** What a list shows of the options that were changed. */
function shownOf({ title, subject, locked, newcomers }: Readonly<Record<string, unknown>>): Partial<RoomSummary> {
  return {
    ...((typeof title === 'string' || title === null) && { title }),
    ...(typeof subject === 'string' && { subject }),
    ...(typeof locked === 'boolean' && { locked }),
    ...((newcomers === 'participant' || newcomers === 'visitor') && { newcomers }),
  };
}

/** User part of a SIP URI, for people. */
export const nameOf = (uri: string): string => percentDecoded(/^[a-z]+:([^@;?]*)/i.exec(uri)?.[1] ?? uri);

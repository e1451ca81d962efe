import type { NodeId } from '../../cluster/bus.js';
import type { EndpointMedia, RoomMedia } from '../../focus-switch.js';
import { WrappedTypes } from '../../sdp/index.js';

/** An endpoint and the worker it is at. */
export interface Resident {
  media: EndpointMedia;
  /** Index of the worker. */
  worker: number;
  /** The thread that knows it; undefined when that ended, until another session brings it elsewhere. */
  node: NodeId | undefined;
  /** Which session it is: a later one has a higher number. */
  epoch: number;
}

export interface KnownRoom {
  media: RoomMedia;
  /** By endpoint id. */
  readonly residents: Map<string, Resident>;
  /** How many of them are at each worker. */
  readonly counts: number[];
}

/** What the focus said of rooms and endpoints: enough to tell it to a worker that begins, and to answer for all of them. */
export class Directory {
  readonly rooms = new Map<string, KnownRoom>();
  /** By endpoint id. */
  readonly residents = new Map<string, Resident>();
  /** How many of them are at each worker. */
  readonly counts: number[];

  /** @param workers how many there are */
  constructor(workers: number) {
    this.counts = Array.from({ length: workers }, () => 0);
  }

  open(media: RoomMedia): void {
    this.rooms.set(media.uri, { media, residents: new Map(), counts: this.counts.map(() => 0) });
  }

  update(media: RoomMedia): void {
    const room = this.rooms.get(media.uri);
    if (room) room.media = media;
  }

  close(uri: string): void {
    this.rooms.delete(uri);
  }

  add(resident: Resident): void {
    const { id, room } = resident.media;
    this.residents.set(id, resident);
    this.rooms.get(room)?.residents.set(id, resident);
    this.#count(resident, 1);
  }

  move(resident: Resident, worker: number): void {
    this.#count(resident, -1);
    resident.worker = worker;
    this.#count(resident, 1);
  }

  remove(id: string): Resident | undefined {
    const resident = this.residents.get(id);
    if (!resident) return undefined;
    this.residents.delete(id);
    this.rooms.get(resident.media.room)?.residents.delete(id);
    this.#count(resident, -1);
    return resident;
  }

  #count({ worker, media }: Resident, by: number): void {
    this.counts[worker] += by;
    const room = this.rooms.get(media.room);
    if (room) room.counts[worker] += by;
  }
}

/** Hears, and takes content of this type (4975-8.9-02, 4975-7.1.1-22): a copy of a message of the room is for it. */
export function isAddressable({ session }: EndpointMedia, wrappedType: string): boolean {
  const { direction, peer } = session;
  if (direction !== 'sendrecv' && direction !== 'sendonly') return false;
  return new WrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes).takes(wrappedType);
}

import type {
  BoundOver,
  Gate,
  LossReason,
  RefusedRequest,
  RoomMedia,
  SwitchControl,
  SwitchEvents,
  SwitchLimit,
} from '../focus-switch.js';
import { GuardedEmitter } from './guarded-emitter.js';
import { record } from './history.js';
import { reportOf } from './limit-report.js';
import type { FocusEvents, FocusOptions } from './options.js';
import type { Room } from './room.js';
import type { Seats } from './seats.js';

/** The side of the focus that the switch sees: what it asks and tells, each of it for whom it is about. */
export abstract class SwitchSide extends GuardedEmitter implements SwitchEvents {
  abstract readonly gate: Gate | undefined;
  protected abstract readonly seats: Seats;
  readonly #limited: FocusOptions['limited'];
  readonly #switch: Pick<SwitchControl, 'watch' | 'updateRoom'>;
  #watching = false;
  /** Rooms whose messages are told of although those of all are not. */
  readonly #watched = new WeakSet<Room>();

  constructor(
    { log, limited }: Pick<FocusOptions, 'log' | 'limited'>,
    control: Pick<SwitchControl, 'watch' | 'updateRoom'>,
  ) {
    super(log);
    this.#limited = limited;
    this.#switch = control;
  }

  /** What the switch has to know of a room. */
  protected mediaOf(room: Room): RoomMedia {
    const { uri, rules } = room.media;
    return { uri, rules: { ...rules, watched: this.#watched.has(room) } };
  }

  /** The switch tells of every message of every room, private ones included, since somebody wants it. */
  get watching(): boolean {
    return this.#watching;
  }

  /** From now on `message` tells of all rooms, or no more. */
  watchAll(on: boolean): void {
    if (this.#watching === on) return;
    this.#watching = on;
    this.#switch.watch?.(on);
  }

  /** From now on `message` tells of this room, private messages included, or does no more: of a room that is open. */
  watchRoom(room: Room, on: boolean): void {
    if (this.room(room.uri) !== room || this.#watched.has(room) === on) return;
    if (on) this.#watched.add(room);
    else this.#watched.delete(room);
    this.#switch.updateRoom(this.mediaOf(room));
  }

  abstract room(uri: string): Room | undefined;

  nickname(endpoint: string, nickname: string): number {
    return this.seats.nickname(endpoint, nickname);
  }

  spoke(endpoint: string): void {
    const seat = this.seats.get(endpoint);
    seat?.room.spoke(seat.participant);
  }

  knock(endpoint: string, text: string): number {
    return this.seats.get(endpoint)?.door?.answered(text) ?? 403;
  }

  sessionBound(endpoint: string, over?: BoundOver): void {
    this.seats.bound(endpoint, over ?? null);
  }

  sessionLost(endpoint: string, reason: LossReason): void {
    this.seats.lost(endpoint, reason);
  }

  limited(endpoint: string, limit: SwitchLimit, status: number | null, times = 1): void {
    this.#limited?.(reportOf(this.seats.get(endpoint), limit, status), times);
  }

  refused(endpoint: string, request: RefusedRequest): void {
    const seat = this.seats.get(endpoint);
    if (seat) this.emit('refused', seat.room, seat.participant, seat.endpoint, request);
  }

  congested(endpoint: string, congested: boolean, pendingBytes: number): void {
    const seat = this.seats.congested(endpoint, congested, pendingBytes);
    if (seat) this.emit('congestion', seat.room, seat.participant, { congested, pendingBytes });
  }

  message(seen: FocusEvents['message'][0]): void {
    record(seen, this.room(seen.room), this.seats.get(seen.endpoint)?.participant);
    this.emit('message', seen);
  }
}

import type { BoundOver, LossReason, SessionUsage, SwitchControl } from '../focus-switch.js';
import type { Direction, NegotiatedSession } from '../sdp/index.js';
import { leaves, type SeatTrace, sessions } from '../util/channels.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { sameDevice } from './access.js';
import type { Deletion } from './deletion.js';
import { greet } from './greeting.js';
import type { Ending } from './members/ending.js';
import type { Changed } from './moderation/changes.js';
import { Door } from './moderation/door.js';
import { askNickname } from './nicknames/asking.js';
import type { FocusEvents } from './options.js';
import type { Participant } from './participant.js';
import type { Room } from './room.js';
import type { Admission } from './room-options.js';
import { rescued, type Seat, tellRights } from './seat.js';
import type { EndpointHandle, EndReason, InviteOutcome, JoinRequest } from './types.js';

export interface SeatsHost {
  clock: Clock;
  log: Logger;
  control: SwitchControl;
  deletion: Deletion;
  /** Milliseconds in which a re-INVITE may rescue an endpoint whose connection was lost. */
  lossGrace: number;
  /** Who came first or moderated has left for good. */
  left(room: Room): void;
  tell<K extends keyof FocusEvents>(name: K, ...args: FocusEvents[K]): void;
  /** Calls what is not ours. */
  guarded(who: string, call: () => void): void;
}

/** The endpoints of all rooms in their places, from the INVITE to the end: what they, the switch and the program are told. */
export class Seats {
  readonly #host: SeatsHost;
  /** By endpoint id. */
  readonly #seats = new Map<string, Seat>();

  constructor(host: SeatsHost) {
    this.#host = host;
  }

  get(endpoint: string): Seat | undefined {
    return this.#seats.get(endpoint);
  }

  get traced(): Iterable<SeatTrace> {
    return [...this.#seats.values()].map(traced);
  }

  /** A place that the room has for a joiner; nobody sees it before it is `negotiated`. */
  take(room: Room, admission: Admission, request: JoinRequest): Seat {
    const seat: Seat = { room, ...admission, door: null, greeted: false, rights: null, grace: null };
    if (admission.mustAnswer) seat.door = this.#door(seat, request);
    this.#seats.set(seat.endpoint.id, seat);
    return seat;
  }

  /**
   * A session was agreed upon, the first one or another.
   *
   * @param acknowledged the peer knows so
   */
  negotiated(seat: Seat, session: NegotiatedSession, acknowledged = true): void {
    const { room, participant, endpoint } = seat;
    // The focus ended it while the answer or re-INVITE was under way; its owner knows.
    if (!this.#seats.has(endpoint.id)) return;
    if (sessions.hasSubscribers) sessions.publish({ ...traced(seat), session: session.localUri });
    const direction = endpoint.session?.peer.direction;
    const joining = endpoint.connectedAt === null;
    if (seat.door) return seat.door.arrived(session);
    if (joining && !acknowledged) return this.#expected(seat, session);
    if (joining) return this.#entered(seat, session);
    endpoint.updated(session);
    const media = endpoint.media(room.uri, participant);
    if (media) {
      seat.rights = media;
      rescued(seat);
      this.#host.control.updateEndpoint(media);
    }
    if (session.peer.direction === direction) return;
    participant.touch();
    room.changed();
  }

  /** It may connect from now on (7701-5.2-06), and until it has done so or sent its ACK nobody else sees it (JOIN-17). */
  #expected({ room, participant, endpoint }: Seat, session: NegotiatedSession): void {
    endpoint.updated(session);
    const media = endpoint.media(room.uri, participant);
    if (media) this.#host.control.addEndpoint(media);
  }

  /** The peer has our answer. */
  acknowledged(seat: Seat): void {
    const { door, endpoint } = seat;
    if (door || endpoint.connectedAt || !endpoint.session || !this.#seats.has(endpoint.id)) return;
    this.#entered(seat, endpoint.session);
  }

  /** It is in the room from now on. */
  #entered(seat: Seat, session: NegotiatedSession): void {
    const { room, participant, endpoint } = seat;
    const isKnown = endpoint.session !== null;
    endpoint.connected(session, this.#host.clock.date());
    const media = endpoint.media(room.uri, participant);
    seat.rights = media;
    if (media && isKnown) this.#host.control.updateEndpoint(media);
    else if (media) this.#host.control.addEndpoint(media);
    if (!participant.mayWrite) this.#host.guarded('owner of an endpoint', () => endpoint.owner.mayWrite?.(false));
    // PBX-12: who comes and goes is logged, and what is written never.
    this.#host.log.info({ ...traced(seat), userAgent: endpoint.userAgent, method: endpoint.method }, 'joined');
    this.#host.deletion.joined(room);
    if (room.connected(participant, endpoint)) this.#host.tell('join', room, participant);
    tellRights(participant, this.#seats, this.#host.control);
  }

  /** The audio beside the chat; null for none. */
  audio({ room, participant, endpoint }: Seat, status: Direction | null): void {
    if (!this.#seats.has(endpoint.id) || endpoint.audio === status) return;
    endpoint.audio = status;
    room.roster.audio(endpoint.id, status !== null);
    participant.touch();
    if (endpoint.connectedAt) room.changed();
  }

  #door(seat: Seat, request: JoinRequest): Door {
    return new Door(seat, request, {
      clock: this.#host.clock,
      control: this.#host.control,
      turnAway: (reason) => this.endTelling(seat.endpoint.id, { how: 'booted' }, reason),
      letIn: () => {
        seat.door = null;
        if (seat.endpoint.session) this.#entered(seat, seat.endpoint.session);
        this.#settled(seat);
      },
    });
  }

  /** Ends an endpoint, and tells its owner. */
  endTelling(endpointId: string, ending: Ending, reason: string): void {
    const seat = this.#seats.get(endpointId);
    if (!seat) return;
    this.end(seat, ending, reason, () =>
      this.#host.guarded('owner of an endpoint', () => seat.endpoint.owner.ended(ending.how, reason)),
    );
  }

  /** It ended, or is to; `tell` is called once it is out of the room. */
  end(seat: Seat, ending: Ending, reason: string, tell: () => void = () => {}): void {
    const { room, participant, endpoint } = seat;
    const { how } = ending;
    if (!this.#seats.delete(endpoint.id)) return;
    if (leaves.hasSubscribers) leaves.publish({ ...traced(seat), how, reason });
    rescued(seat);
    seat.door?.close();
    const log = (usage: SessionUsage | null): void => this.#logEnd(seat, how, reason, usage);
    // 4353-5.3-01: "In both cases stop delivery to and from it at once."
    if (endpoint.session) this.#host.control.removeEndpoint(endpoint.id, log);
    else log(null);
    // Of who is out there is no nickname any more, and no device that says who he is.
    const { nickname: shown, name } = participant;
    const isCreator = room.creator === participant;
    const { moderator } = participant;
    const left = room.remove(participant, endpoint, ending);
    tell();
    if (left) this.#host.tell('leave', room, participant, { how, reason, nickname: shown, name });
    else if (participant.present) {
      tellRights(participant, this.#seats, this.#host.control);
      this.tellNickname(room, participant, shown);
    }
    // BYE-15: not when who never was in goes, but for who made it: others may be invited into an empty room.
    const wasHost = endpoint.connectedAt !== null || room.isCreator(endpoint.identity);
    if (wasHost && room.headcount.forsaken) room.invitations.callOff('nobody is in the room any more');
    // BYE-10: a member who is away has not left.
    const isGone = left && !room.invited(endpoint.identity);
    this.#host.deletion.left(room, isGone && isCreator);
    if (isGone && (isCreator || moderator)) this.#host.left(room);
  }

  /** @param usage what its session did; null when that is not known, or there was none */
  #logEnd(seat: Seat, how: EndReason, reason: string, usage: SessionUsage | null): void {
    const { connectedAt } = seat.endpoint;
    const fields = { ...traced(seat), how, reason };
    if (!connectedAt) return this.#host.log.info(fields, 'did not come in');
    const seconds = Math.round((this.#host.clock.date().getTime() - connectedAt.getTime()) / 1000);
    this.#host.log.info({ ...fields, seconds, ...usage }, 'left');
  }

  /** Somebody asks for a nickname; the status of his request. */
  nickname(endpoint: string, nickname: string): number {
    const seat = this.#seats.get(endpoint);
    // The NICKNAME crossed the end of its session.
    if (!seat) return 481;
    if (seat.door) return 403;
    const { room, participant } = seat;
    const shown = participant.nickname;
    const status = askNickname({ room, participant, endpoint }, nickname);
    this.#host.log.debug({ endpoint, room: room.uri, nickname, status }, 'nickname asked');
    this.tellNickname(room, participant, shown);
    return status;
  }

  /** @param shown nickname of before */
  tellNickname(room: Room, participant: Participant, shown: string | null): void {
    const now = participant.nickname;
    if (now !== shown)
      this.#host.tell('nickname', room, participant, { old: shown ?? undefined, new: now ?? undefined });
  }

  /** Something was decided anew, and changed these. */
  tell(room: Room, changed: readonly Changed[]): void {
    for (const { participant, nickname } of changed) {
      tellRights(participant, this.#seats, this.#host.control);
      this.tellNickname(room, participant, nickname);
    }
  }

  /** It is in, and its session is there. */
  #settled(seat: Seat): void {
    for (const body of greet(seat, this.#host.clock.date())) this.#host.control.tell(seat.endpoint.id, body);
    // Not sooner: a newcomer whose session never comes about leaves its participant what there was.
    const { replaces } = seat;
    seat.replaces = [];
    for (const older of replaces) {
      // JOIN-08: the same device knows why.
      const how = sameDevice([older], seat.endpoint).length > 0 ? 'replaced' : 'departed';
      this.endTelling(older.id, { how }, 'replaced by another endpoint');
    }
  }

  /** The peer's first request arrived. */
  bound(endpoint: string, over: BoundOver | null = null): void {
    const seat = this.#seats.get(endpoint);
    if (!seat) return;
    seat.endpoint.link = { remote: over?.remote ?? null, congested: false, pendingBytes: 0 };
    rescued(seat);
    this.#host.log.debug({ endpoint, room: seat.room.uri, ...over }, 'MSRP session bound');
    if (seat.door) return seat.door.bound();
    this.acknowledged(seat);
    this.#settled(seat);
  }

  /** It reads too slowly now, or no more. */
  congested(endpoint: string, congested: boolean, pendingBytes: number): Seat | undefined {
    const seat = this.#seats.get(endpoint);
    if (seat?.endpoint.link) Object.assign(seat.endpoint.link, { congested, pendingBytes });
    return seat;
  }

  /** The session is over. */
  lost(endpoint: string, reason: LossReason): void {
    const seat = this.#seats.get(endpoint);
    if (!seat || seat.grace) return;
    seat.endpoint.link = null;
    const { lossGrace } = this.#host;
    // P-CON-03: "keep the SIP dialog for a grace time to let the client re-INVITE, then BYE".
    if (reason === 'connection-lost' && lossGrace > 0 && !seat.door) {
      seat.endpoint.lost = true;
      seat.grace = this.#host.clock.after(lossGrace, () => this.endTelling(endpoint, { how: 'failed' }, reason));
    } else this.endTelling(endpoint, { how: 'failed' }, reason);
  }
}

/** Which endpoint it is, to those who look on and in the log. */
const traced = ({ room, endpoint }: Seat): SeatTrace => ({
  room: room.uri,
  participant: endpoint.identity.uri,
  endpoint: endpoint.id,
  callId: endpoint.callId,
  session: endpoint.session?.localUri ?? null,
});

/** A seat in the hands of who owns the endpoint. */
export class SeatHandle implements EndpointHandle {
  readonly #seats: Seats;
  readonly #seat: Seat;

  constructor(seats: Seats, seat: Seat) {
    this.#seats = seats;
    this.#seat = seat;
  }

  get id(): string {
    return this.#seat.endpoint.id;
  }

  connect(session: NegotiatedSession, acknowledged?: boolean): void {
    this.#seats.negotiated(this.#seat, session, acknowledged);
  }

  acknowledged(): void {
    this.#seats.acknowledged(this.#seat);
  }

  update(session: NegotiatedSession): void {
    this.#seats.negotiated(this.#seat, session);
  }

  audio(status: Direction | null): void {
    this.#seats.audio(this.#seat, status);
  }

  leave(how: EndReason, cause?: InviteOutcome): void {
    this.#seats.end(this.#seat, { how, cause }, how);
  }
}

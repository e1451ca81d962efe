/** The switches that share rooms with this one: who is there, what goes there, and what comes from there (D10). */
import type { Bus, BusMessage, BusReceiver, ForwardedMessage, NodeId } from '../../cluster/bus.js';
import type { MemberMedia, RemoteMembers } from '../../cluster/member.js';
import { weightOf } from '../../cluster/weight.js';
import { ChatroomsError } from '../../util/errors.js';
import { Recent } from '../../util/recent.js';
import type { Elsewhere } from './elsewhere.js';
import { Arrivals, type ArrivalsOptions, type SharedRoom } from './arrivals.js';
import { Forwarded, type Forwarding } from './forwarded.js';
import { Laggards } from './laggards.js';
import { Link, type LinkLimits } from './link.js';
import type { Reach } from './reach.js';
import { RemoteMember } from './remote-member.js';

/** Switches that left, of which somebody may still be told. */
const REMEMBERED = 64;

/** A room, and who of it is elsewhere. */
export interface RoomElsewhere extends SharedRoom {
  /** The switch behind this link, as far as the room is concerned. */
  reach(link: Link): Reach;
  addRemote(member: RemoteMember): void;
  removeRemote(member: RemoteMember): void;
}

export interface OtherSwitchesOptions extends Omit<ArrivalsOptions, 'room' | 'handed' | 'tell'>, LinkLimits {
  bus: Bus;
  room(uri: string): RoomElsewhere | undefined;
}

export class OtherSwitches implements RemoteMembers, BusReceiver, Forwarding {
  readonly #options: OtherSwitchesOptions;
  readonly #links = new Map<NodeId, Link>();
  readonly #members = new Map<string, RemoteMember>();
  readonly #laggards: Laggards;
  readonly #arrivals: Arrivals;
  /** Large messages on their way to other switches, by stream. */
  readonly #forwarded = new Map<number, Forwarded>();
  readonly #gone = new Recent<true>(REMEMBERED);
  #streams = 0;

  constructor(options: OtherSwitchesOptions) {
    this.#options = options;
    this.#laggards = new Laggards(options.clock);
    this.#arrivals = new Arrivals({
      ...options,
      handed: (recipients, room) => this.#laggards.handed(recipients, room),
      tell: (to, message) => this.#link(to).tell(message),
    });
    options.bus.receiver = this;
  }

  /** Other bounds for messages from now on. */
  adjust(bounds: Pick<ArrivalsOptions, 'content' | 'maxWhole'> & Pick<LinkLimits, 'most'>): void {
    Object.assign(this.#options, bounds);
    this.#arrivals.adjust(bounds);
  }

  /** Large messages under way to other switches, and from them. */
  get underWay(): number {
    return this.#forwarded.size + this.#arrivals.underWay;
  }

  // Who is there.

  set(node: NodeId, media: MemberMedia): void {
    const room = this.#options.room(media.room);
    if (!room)
      throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `Room ${media.room} is not open; call openRoom first.`);
    this.remove(media.id);
    // Who tells may not have heard yet that its switch left.
    if (media.atDoor || this.#gone.has(String(node))) return;
    const member = new RemoteMember(media, room.reach(this.#link(node)));
    this.#members.set(media.id, member);
    room.addRemote(member);
  }

  remove(endpoint: string): void {
    const member = this.#members.get(endpoint);
    if (!member) return;
    this.#members.delete(endpoint);
    this.#options.room(member.room)?.removeRemote(member);
    member.relieved();
  }

  left(node: NodeId): void {
    for (const { id, reach } of Array.from(this.#members.values())) if (reach.link.node === node) this.remove(id);
    for (const forwarded of this.#forwarded.values()) forwarded.left(node);
    this.#arrivals.left(node);
    this.#links.get(node)?.close();
    this.#links.delete(node);
    this.#gone.set(String(node), true);
  }

  // What goes there.

  forward(message: ForwardedMessage, { reaches }: Elsewhere, body: Buffer): void {
    const step: BusMessage = { kind: 'message', message, body };
    for (const reach of reaches) reach.carry(step, message.to);
  }

  open(message: ForwardedMessage, there: Elsewhere, total: number | null): Forwarded {
    const stream = this.#streams++;
    const forwarded = new Forwarded(stream, message, there, total, () => void this.#forwarded.delete(stream));
    this.#forwarded.set(stream, forwarded);
    return forwarded;
  }

  // What comes from there.

  received(from: NodeId, messages: readonly BusMessage[]): void {
    let weight = 0;
    for (const message of messages) {
      weight += weightOf(message);
      this.#received(from, message);
    }
    if (weight > 0) this.#link(from).tell({ kind: 'taken', weight });
  }

  /** Nothing of the room is on its way to or from another switch. */
  isSettled({ uri, elsewhere }: RoomElsewhere): boolean {
    return elsewhere.reaches.every((reach) => reach.settled) && !this.#arrivals.some(uri);
  }

  #received(from: NodeId, message: BusMessage): void {
    switch (message.kind) {
      case 'taken':
        return this.#links.get(from)?.took(message.weight);
      case 'want':
        return this.#forwarded.get(message.stream)?.wanted(from, message.want);
      case 'lagging':
        return this.#lagging(from, message.endpoint, message.idle);
      default:
        return this.#arrivals.take(from, message);
    }
  }

  #lagging(from: NodeId, endpoint: string, idle: number | null): void {
    const member = this.#members.get(endpoint);
    if (member?.reach.link.node !== from) return;
    if (idle === null) member.relieved();
    else member.lags(this.#options.clock.now() - idle);
  }

  #link(node: NodeId): Link {
    let link = this.#links.get(node);
    if (!link) {
      link = new Link(this.#options.bus, node, this.#options);
      this.#links.set(node, link);
    }
    return link;
  }
}

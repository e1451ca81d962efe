/** Messages from other switches, given to the members here who are to have them. */
import type { BusMessage, ForwardedMessage, NodeId } from '../../cluster/bus.js';
import { parseCpim, withTo } from '../../cpim/index.js';
import type { RoomRules } from '../../focus-switch.js';
import type { Clock } from '../../util/clock.js';
import type { Budget } from '../budget.js';
import type { ContentOptions } from '../content.js';
import { deliverCopies, reportOf } from '../copies.js';
import type { FanOut } from '../fan-out.js';
import { Outgoing, TEXT_LIMIT } from '../outgoing.js';
import type { Recipient } from '../relayed.js';
import { audience, devices } from '../route.js';
import { Arriving, type Begin, bufferOf, kept } from './arriving.js';
import type { Elsewhere } from './elsewhere.js';

export interface SharedRoom {
  readonly uri: string;
  readonly rules: RoomRules;
  /** Those here. */
  readonly members: readonly Recipient[];
  /** Those of them that can be told content of this type. */
  hearers(type: string): readonly Recipient[];
  readonly elsewhere: Elsewhere;
}

/** What is said of a message itself. */
type Step = Exclude<BusMessage, { kind: 'taken' | 'want' | 'lagging' }>;

export interface ArrivalsOptions {
  clock: Clock;
  room(uri: string): SharedRoom | undefined;
  /** Where the octets of messages under way wait. */
  content: ContentOptions;
  /** See `ArrivingOptions`. */
  maxWhole: number;
  budget: Budget;
  fanOut: FanOut;
  /** Something was handed to these members of the room. */
  handed(recipients: readonly Recipient[], room: SharedRoom): void;
  tell(to: NodeId, message: BusMessage): void;
}

export class Arrivals {
  readonly #options: ArrivalsOptions;
  /** Large messages under way, by stream of their node: they end with their sender, or their node. */
  readonly #streams = new Map<NodeId, Map<number, Arriving>>();

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Other bounds for messages from now on. */
  adjust({ content, maxWhole }: Pick<ArrivalsOptions, 'content' | 'maxWhole'>): void {
    Object.assign(this.#options, { content, maxWhole });
  }

  /** Large messages under way. */
  get underWay(): number {
    let count = 0;
    for (const streams of this.#streams.values()) count += streams.size;
    return count;
  }

  /** A message of this room is under way. */
  some(room: string): boolean {
    for (const streams of this.#streams.values())
      for (const arriving of streams.values()) if (arriving.room === room) return true;
    return false;
  }

  take(from: NodeId, step: Step): void {
    if (step.kind === 'message')
      return this.#whole(step.message, step.body.length > TEXT_LIMIT ? kept(step.body) : bufferOf(step.body));
    if (step.kind === 'missed') return this.#missed(step.room, step.to, step.count);
    if (step.kind === 'begin') return this.#begin(from, step);
    const arriving = this.#streams.get(from)?.get(step.stream);
    // Nobody here needed more of it, or it is of a room that is gone.
    if (!arriving) return;
    if (step.kind === 'octets') return this.#push(from, step.stream, arriving, step.octets);
    arriving[step.kind]();
    if (step.kind !== 'pause') this.#streams.get(from)?.delete(step.stream);
  }

  /** Nothing more comes from there. */
  left(node: NodeId): void {
    for (const arriving of this.#streams.get(node)?.values() ?? []) arriving.abort();
    this.#streams.delete(node);
  }

  #whole(message: ForwardedMessage, body: Buffer): void {
    const room = this.#options.room(message.room);
    const recipients = room ? recipientsOf(message, room) : [];
    if (!room || recipients.length === 0) return;
    const { to, mimeHeaders, wrappedType } = message;
    const begun = this.#options.fanOut.begin();
    // The clock of the switch it comes from may say something else, and time is measured from here.
    const now = this.#options.clock.now();
    const report = reportOf(room.rules, to !== null);
    const make = (octets: Buffer): Outgoing => Outgoing.complete(mimeHeaders, wrappedType, now, octets, report);
    const copy = make(body);
    deliverCopies(copy, recipients, to === null ? (uri) => rewritten(copy, body, uri, make) : null);
    this.#options.handed(recipients, room);
    this.#options.fanOut.handed(begun);
  }

  #begin(from: NodeId, begin: Begin): void {
    const { stream, message, octets } = begin;
    const room = this.#options.room(message.room);
    const want = (what: 'more' | 'later' | 'nothing'): void =>
      this.#options.tell(from, { kind: 'want', stream, want: what });
    const recipients = room ? recipientsOf(message, room) : [];
    if (!room || recipients.length === 0) return want('nothing');
    const { clock, content, maxWhole, budget } = this.#options;
    const handed = (): void => this.#options.handed(recipients, room);
    const arriving = new Arriving(begin, recipients, { clock, content, maxWhole, budget, handed, want });
    const streams = this.#streams.get(from) ?? new Map<number, Arriving>();
    this.#streams.set(from, streams.set(stream, arriving));
    this.#push(from, stream, arriving, octets);
  }

  #push(from: NodeId, stream: number, arriving: Arriving, octets: Uint8Array): void {
    if (arriving.push(octets)) return;
    this.#streams.get(from)?.delete(stream);
    this.#options.tell(from, { kind: 'want', stream, want: 'nothing' });
  }

  /** As a reader that was congested (RFC 7701 §6.4), those here are told how many they missed. */
  #missed(uri: string, to: string | null, count: number): void {
    for (const { participant, outbox } of this.#options.room(uri)?.members ?? [])
      if (to === null || participant === to) outbox.missed(count);
  }
}

/** The rules that the switch it comes from would follow if they were its members. */
function recipientsOf({ to, participant, wrappedType }: ForwardedMessage, room: SharedRoom): Recipient[] {
  if (to === null) return audience(room.hearers(wrappedType), participant, room.rules);
  const addressed = room.members.filter((member) => member.participant === to);
  return devices(addressed, wrappedType).filter((member) => member.takes(wrappedType));
}

/** The message for who knows the room by another address. */
function rewritten(copy: Outgoing, body: Buffer, to: string, make: (octets: Buffer) => Outgoing): Outgoing {
  const parsed = parseCpim(body);
  if (!parsed.ok || parsed.envelope.to[0]?.uri === to) return copy;
  return make(Buffer.concat([withTo(parsed.envelope, to), body.subarray(parsed.contentOffset)]));
}

/** One recording, from its start to its end. */
import { parseMessage, parseNameAddr, type SipMessage } from '../../lib/embedded-drachtio/message/index.js';
import {
  joinStart,
  listenTo,
  msrpReceived,
  msrpSent,
  type MsrpOctets,
  type SeatTrace,
  sessions,
  type SipOctets,
  sipReceived,
  sipSent,
} from '../../lib/util/channels.js';
import type { Clock, Timer } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import { Backlog } from './backlog.js';
import { type Known, type Leg, Legs, type Wanted } from './legs.js';
import { MAX_MESSAGE, Packets, type Recorded } from './packets.js';
import { type Direction, sectionHeader, statistics } from './pcapng.js';
import type { TraceFile } from './trace-file.js';
import { sessionId, Wires } from './wires.js';

/** Why it ended. */
export type EndOfTrace = 'stopped' | 'maxBytes' | 'maxDuration' | 'failed' | 'closed';

/** Octets kept for what stands around a message, what describes its interface, and what ends the file. */
const ENDING = 4_096;

export interface TraceOptions {
  clock: Clock;
  log: Logger;
  wanted: Wanted;
  /** Those who are in a room, or on their way. */
  seated: Iterable<SeatTrace>;
  file: TraceFile;
  /** What the file says of itself. */
  comment: string;
  /** Octets of the file. */
  maxBytes: number;
  /** Milliseconds. */
  maxDuration: number;
  /** It has ended of itself. */
  ended: (why: EndOfTrace) => void;
}

/** A message of which it is not known yet whose it is. */
type Waiting = Omit<Recorded, 'leg'>;

export class Trace {
  readonly #options: TraceOptions;
  readonly #legs: Legs;
  readonly #packets: Packets;
  readonly #wires: Wires;
  readonly #waiting = new Backlog<Waiting>();
  readonly #timer: Timer;
  readonly #frames = { sip: 0, msrp: 0 };
  #deaf: (() => void)[] = [];
  #closing: Promise<void> | undefined;
  /** Lost on the way here, since the last message. */
  #missed = 0;

  constructor(options: TraceOptions) {
    const { clock, wanted, seated, file, comment, maxDuration } = options;
    this.#options = options;
    this.#legs = new Legs(wanted);
    this.#packets = new Packets(file);
    this.#wires = new Wires({
      known: (session) => this.#legs.session(session),
      frame: ({ octets, left }, { wire, direction, session, known }) => {
        const time = this.#time;
        this.#take({ protocol: 'msrp', direction, wire, time, octets, left }, session, known);
      },
    });
    file.write(sectionHeader({ application: 'drachtio-chatroom', comment }), true);
    for (const seat of seated) this.#legs.add(known(seat));
    this.#timer = clock.after(maxDuration, () => this.#over('maxDuration'));
    this.#listen();
  }

  /** Messages written, octets of the file, and messages left out. */
  get counts(): { sip: number; msrp: number; bytes: number; dropped: number } {
    return { ...this.#frames, bytes: this.#options.file.octets, dropped: this.#packets.dropped };
  }

  /** Resolves once the file is closed. */
  end(why: EndOfTrace): Promise<void> {
    this.#closing ??= this.#close(why);
    return this.#closing;
  }

  #close(why: EndOfTrace): Promise<void> {
    for (const stop of this.#deaf) stop();
    this.#deaf = [];
    this.#timer.cancel();
    const { dropped } = this.#packets;
    const time = this.#options.clock.date().getTime();
    return this.#options.file.end(statistics({ time, dropped, comment: `ended: ${why}` }));
  }

  #over(why: EndOfTrace): void {
    if (this.#closing) return;
    void this.end(why);
    this.#options.ended(why);
  }

  #listen(): void {
    this.#deaf = [
      listenTo(
        joinStart,
        this.#safe((join) => this.#leg(join)),
      ),
      listenTo(
        sessions,
        this.#safe((seat) => this.#leg(known(seat))),
      ),
      listenTo(
        sipReceived,
        this.#safe((message) => this.#sip('in', message)),
      ),
      listenTo(
        sipSent,
        this.#safe((message) => this.#sip('out', message)),
      ),
      listenTo(
        msrpReceived,
        this.#safe((octets) => this.#msrp('in', octets)),
      ),
      listenTo(
        msrpSent,
        this.#safe((octets) => this.#msrp('out', octets)),
      ),
    ];
  }

  /** A mistake of ours costs the recording, not the process. */
  #safe<T>(take: (message: T) => void): (message: T) => void {
    return (message) => {
      if (this.#closing) return;
      try {
        take(message);
      } catch (error) {
        this.#options.log.error({ error: error instanceof Error ? error.stack : error }, 'trace failed');
        this.#over('failed');
      }
    };
  }

  #leg(leg: Leg): void {
    if (!this.#legs.add(leg)) return;
    this.#catchUp(leg.callId, leg);
    if (typeof leg.session === 'string') this.#catchUp(leg.session, leg);
  }

  /** What came before it was known whose it is: the INVITE, and a request that came before its session. */
  #catchUp(key: string, leg: Leg | null): void {
    for (const message of this.#waiting.take(key)) this.#write({ ...message, leg });
  }

  #sip(direction: Direction, { wire, octets }: SipOctets): void {
    const parsed = parseMessage(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
    const message = parsed.message;
    const callId = message?.headers.get('Call-ID') ?? null;
    const isNamed = message !== undefined && callId !== null && this.#legs.call(callId) === undefined;
    if (isNamed && this.#legs.names(urisOf(message))) {
      this.#legs.addCall(callId);
      this.#catchUp(callId, null);
    }
    const whose = callId === null ? undefined : this.#legs.call(callId);
    if (whose?.wanted === false || (callId === null && !this.#legs.all)) return;
    // The buffer of who tells it is used again.
    const copy = Buffer.from(octets.subarray(0, MAX_MESSAGE));
    const left = octets.length - copy.length;
    this.#take({ protocol: 'sip', direction, wire, time: this.#time, octets: [copy], left }, callId, whose);
  }

  #msrp(direction: Direction, told: MsrpOctets): void {
    this.#missed += told.missed ?? 0;
    this.#told = told;
    this.#wires.receive(direction, told);
    this.#told = undefined;
  }

  /** What is being taken in, told later perhaps. */
  #told: MsrpOctets | undefined;

  get #time(): number {
    return this.#told?.at ?? this.#options.clock.date().getTime();
  }

  #take(message: Waiting, key: string | null, whose: Known): void {
    if (whose?.wanted) this.#write({ ...message, leg: whose.leg });
    else if (this.#legs.all) this.#write({ ...message, leg: null });
    else if (whose === undefined && key !== null) this.#waiting.add(key, lengthOf(message), message);
  }

  #write(message: Recorded): void {
    if (this.#closing) return;
    const { file, maxBytes } = this.#options;
    if (file.octets + lengthOf(message) + ENDING > maxBytes) return this.#over('maxBytes');
    this.#frames[message.protocol]++;
    this.#packets.write(message, this.#missed);
    this.#missed = 0;
  }
}

const lengthOf = ({ octets }: Waiting): number => octets.reduce((sum, { length }) => sum + length, 0);

/** Sessions are known by their id. */
const known = (seat: SeatTrace): Leg => ({ ...seat, session: seat.session === null ? null : sessionId(seat.session) });

function urisOf(message: SipMessage): (string | undefined)[] {
  const named = ['To', 'From'].map((name) => parseNameAddr(message.headers.get(name) ?? '')?.uri);
  return message.kind === 'request' ? [message.uri, ...named] : named;
}

/** What went through a switch. On the way of a message there is one addition to a plain field, and of a copy two. */
import type { SessionUsage } from '../focus-switch.js';
import { Histogram, type HistogramData } from '../util/histogram.js';
import { Tally } from '../util/tally.js';

/** Upper bounds of the buckets of `fanOut`, in seconds: from what one small room takes to what nobody would wait for. */
export const FAN_OUT_BOUNDS: readonly number[] = [
  0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

/** Counted since the start; plain data that adds up across threads. */
export interface TrafficTotals {
  /** Messages of participants that were let through, to everybody or to one. */
  toRoom: number;
  toParticipant: number;
  /** The same of what clients say by themselves: that somebody writes, that a message was shown. */
  status: number;
  /** Messages of participants that went to nobody, by the status that was decided for them. */
  refused: Readonly<Record<string, number>>;
  /** Copies written to their end. */
  copies: number;
  /** Octets of content, without MSRP: of messages that came, and of copies. */
  octetsIn: number;
  octetsOut: number;
  /** NICKNAME requests, by status. */
  nicknames: Readonly<Record<string, number>>;
  /** Requests of ours without response for too long (4975-7.1.1-17); each ended its session. */
  unanswered: number;
  /** Seconds from the last octet of a small message to the last copy of it handed to the sockets. */
  fanOut: HistogramData;
}

/** Counts while it happens; what endpoints count for themselves is added when somebody asks, or they end. */
export class Traffic {
  toRoom = 0;
  toParticipant = 0;
  status = 0;
  unanswered = 0;
  readonly refused = new Tally();
  readonly nicknames = new Tally();
  readonly fanOut = new Histogram(FAN_OUT_BOUNDS);
  /** Of sessions that are over. */
  #copies = 0;
  #octetsIn = 0;
  #octetsOut = 0;

  /** A session is over. */
  ended({ messagesOut, octetsIn, octetsOut }: SessionUsage): void {
    this.#copies += messagesOut;
    this.#octetsIn += octetsIn;
    this.#octetsOut += octetsOut;
  }

  /** @param sessions those that are not over */
  totals(sessions: Iterable<SessionUsage>): TrafficTotals {
    let [copies, octetsIn, octetsOut] = [this.#copies, this.#octetsIn, this.#octetsOut];
    for (const session of sessions) {
      copies += session.messagesOut;
      octetsIn += session.octetsIn;
      octetsOut += session.octetsOut;
    }
    const { toRoom, toParticipant, status, unanswered } = this;
    const [refused, nicknames] = [this.refused.totals, this.nicknames.totals];
    const fanOut = this.fanOut.data;
    return { toRoom, toParticipant, status, refused, copies, octetsIn, octetsOut, nicknames, unanswered, fanOut };
  }
}

/** Nothing went through yet. */
export const NO_TRAFFIC: TrafficTotals = new Traffic().totals([]);

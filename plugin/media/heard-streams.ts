import {
  isAudio,
  MAX_MEDIA_LINES,
  type MediaLine,
  onlyLine,
  parseSdp,
  type Stream,
  type Streams,
} from '../../lib/sdp/index.js';
import type { PartyId, RtpEngine } from './rtpengine.js';

export interface HeardStreamsOptions {
  engine: RtpEngine;
  call: string;
  /** Tag of who hears. */
  tag: string;
  /** There is something else to offer than before. */
  changed: () => void;
}

/** One of the others, as a party of its own at rtpengine that only listens. */
interface Heard {
  readonly id: PartyId;
  /** What rtpengine offers; null before it has, and after the peer refused it. */
  stream: Stream | null;
  /** Its m-line; null before the peer took it. */
  line: number | null;
}

/**
 * What one endpoint gets of the others when nothing is mixed: an m-line for each, offered in re-INVITEs. A line outlives
 * its stream, at port 0, and serves the next one (RFC 3264 §8.1: "the media description … MAY be reused").
 *
 *     asked --rtpengine offers--> to be offered --re-INVITE--> offered --peer takes it--> heard
 */
export class HeardStreams {
  readonly #options: HeardStreamsOptions;
  readonly #heard = new Map<string, Heard>();
  /** In the offer without answer, by line. */
  #offered = new Map<number, Heard>();
  /** Somebody left whose line the peer still has. */
  #over = false;

  constructor(options: HeardStreamsOptions) {
    this.#options = options;
  }

  /** The peer has to be told something. */
  get stale(): boolean {
    return this.#over || [...this.#heard.values()].some(({ stream, line }) => stream !== null && line === null);
  }

  came(publisher: string): void {
    const { call, tag } = this.#options;
    const heard: Heard = { id: { call, tag: `${tag}.${publisher}` }, stream: null, line: null };
    this.#heard.set(publisher, heard);
    void this.#subscribe(heard, publisher);
  }

  async #subscribe(heard: Heard, publisher: string): Promise<void> {
    const outcome = await this.#options.engine.subscribe(heard.id, publisher);
    if (this.#heard.get(publisher) !== heard || outcome.is !== 'stream') return;
    heard.stream = outcome.stream;
    this.#options.changed();
  }

  left(publisher: string): void {
    const heard = this.#heard.get(publisher);
    if (!heard) return;
    this.#heard.delete(publisher);
    void this.#options.engine.unsubscribe(heard.id);
    if (heard.line === null) return;
    this.#over = true;
    this.#options.changed();
  }

  end(): void {
    for (const { id } of this.#heard.values()) void this.#options.engine.unsubscribe(id);
    this.#heard.clear();
  }

  /** The lines of an offer of ours. @param before m-lines of our last description */
  offer(before: readonly MediaLine[]): Streams {
    const streams = this.#lines();
    const free = [...before.keys()].filter((line) => before[line].media === 'audio' && before[line].port === 0);
    let next = before.length;
    this.#over = false;
    this.#offered = new Map();
    for (const heard of this.#heard.values()) {
      if (heard.stream === null || heard.line !== null) continue;
      const line = free.shift() ?? next++;
      if (line >= MAX_MEDIA_LINES) {
        this.#giveUp(heard);
        continue;
      }
      this.#offered.set(line, heard);
      streams.set(line, heard.stream);
    }
    return streams;
  }

  /** The peer's answer to that. */
  answered(answer: string): void {
    const { media } = parseSdp(answer);
    const there = new Set(this.#heard.values());
    const offered = this.#offered;
    this.#offered = new Map();
    for (const [line, heard] of offered) {
      if (there.has(heard)) this.#settle(heard, line, answer, isAudio(media[line]));
      else this.#over = true;
    }
    if (this.#over) this.#options.changed();
  }

  /** It was refused; what was new in it is not offered again. */
  refused(): void {
    for (const heard of this.#offered.values()) this.#giveUp(heard);
    this.#offered = new Map();
  }

  /** The lines of an answer of ours. */
  answer(offer: string): Streams {
    const { media } = parseSdp(offer);
    for (const heard of this.#heard.values()) {
      if (heard.line !== null) this.#settle(heard, heard.line, offer, isAudio(media[heard.line]));
    }
    return this.#lines();
  }

  #lines(): Map<number, Stream> {
    const streams = new Map<number, Stream>();
    for (const { line, stream } of this.#heard.values()) if (line !== null && stream) streams.set(line, stream);
    return streams;
  }

  #settle(heard: Heard, line: number, sdp: string, taken: boolean): void {
    if (!taken) return this.#giveUp(heard);
    heard.line = line;
    void this.#options.engine.subscribed(heard.id, onlyLine(sdp, line));
  }

  #giveUp(heard: Heard): void {
    void this.#options.engine.unsubscribe(heard.id);
    heard.line = null;
    heard.stream = null;
  }
}

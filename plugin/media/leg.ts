import { newSessionId } from '../../lib/msrp/index.js';
import {
  audioLine,
  type Direction,
  isAudio,
  type MediaLine,
  onlyLine,
  parseSdp,
  type Stream,
  type Streams,
} from '../../lib/sdp/index.js';
import { HeardStreams } from './heard-streams.js';
import type { Party, RoomCall } from './room-call.js';
import type { RtpEngine } from './rtpengine.js';

/** Whose audio it is. */
export interface LegOwner {
  /** Of the endpoint in the room; undefined while it has no place there. */
  readonly endpoint: string | undefined;
  /** What there is now, as the participant sees it; null for nothing. */
  audio(status: Direction | null): void;
  /** There is something to offer. */
  changed(): void;
}

export interface LegOptions {
  engine: RtpEngine;
  owner: LegOwner;
  /** The call of its room, perhaps a new one; null when there can be none at present. */
  call: () => RoomCall | null;
  /** It has left the call. */
  left: (call: RoomCall) => void;
  /** It will not come again. */
  ended: () => void;
}

const NONE: Streams = new Map();

/** The audio that one endpoint has in a call at present. */
interface Joined {
  readonly call: RoomCall;
  readonly party: Party;
  /** What it gets of the others beside its own line. */
  readonly heard: HeardStreams;
  readonly line: number;
  /** What we say on it; null before the first answer. */
  stream: Stream | null;
  /** What the peer said on it. */
  section: string;
}

/** The program, or that its participant may not write. */
export type MutedBy = 'program' | 'rights';

/** The audio of one INVITE dialog, beside the chat: what of it goes into our answers and offers. */
export class AudioLeg {
  readonly #options: LegOptions;
  #joined: Joined | null = null;
  /** Who has it silenced. */
  readonly #mutedBy = new Set<MutedBy>();

  constructor(options: LegOptions) {
    this.#options = options;
  }

  get endpoint(): string | undefined {
    return this.#options.owner.endpoint;
  }

  /** There is something that the peer has not been offered. */
  get stale(): boolean {
    return this.#joined?.heard.stale ?? false;
  }

  /** It is silent for the others as long as one of them has it so. */
  mute(muted: boolean, by: MutedBy): void {
    const before = this.#muted;
    if (muted) this.#mutedBy.add(by);
    else this.#mutedBy.delete(by);
    if (this.#muted !== before) this.#joined?.call.muted(this.#joined.party);
  }

  get #muted(): boolean {
    return this.#mutedBy.size > 0;
  }

  /**
   * What to answer an offer with beside the chat. A promise only when rtpengine has to be asked; it never rejects, and
   * takes no longer than two commands may. What failed is answered with port 0, as if there were no rtpengine (SDP-13).
   */
  answer(offer: string): Streams | Promise<Streams> {
    const index = this.#joined?.line ?? audioLine(offer);
    const line = parseSdp(offer).media[index];
    if (!isAudio(line)) return this.#none();
    const section = line.lines.join('\n');
    const joined = this.#joined;
    // While rtpengine does not answer, what does not change goes on.
    if (this.#options.engine.ability === 'nothing') {
      return joined && joined.section === section ? this.#streams(joined, offer) : this.#none();
    }
    return this.#ask(offer, index, { section, direction: line.direction });
  }

  async #ask(
    offer: string,
    index: number,
    { section, direction }: { section: string; direction: Direction },
  ): Promise<Streams> {
    const before = this.#joined;
    const joined = before ?? this.#join(index);
    if (!joined) return NONE;
    this.#joined = joined;
    const { call, party } = joined;
    const sdp = onlyLine(offer, index);
    const stream = await (before ? call.update(party, sdp) : call.join(party, sdp));
    // It left meanwhile.
    if (this.#joined !== joined) return NONE;
    if (!stream) return this.#none();
    joined.stream = stream;
    joined.section = section;
    this.#options.owner.audio(direction);
    return this.#streams(joined, offer);
  }

  #join(line: number): Joined | null {
    const call = this.#options.call();
    if (!call) return null;
    const tag = newSessionId();
    const { engine, owner } = this.#options;
    const heard = new HeardStreams({ engine, call: call.id, tag, changed: () => owner.changed() });
    const isMuted = (): boolean => this.#muted;
    const party: Party = {
      tag,
      get muted() {
        return isMuted();
      },
      came: (publisher) => heard.came(publisher),
      left: (publisher) => heard.left(publisher),
      lost: () => {
        if (this.#joined?.party === party) this.leave();
      },
    };
    return { call, party, heard, line, stream: null, section: '' };
  }

  /** The lines of an offer of ours. @param before m-lines of our last description */
  offer(before: readonly MediaLine[]): Streams {
    const joined = this.#joined;
    if (!joined?.stream) return NONE;
    return new Map([...joined.heard.offer(before), [joined.line, joined.stream]]);
  }

  /** The peer's answer to an offer of ours. */
  answered(answer: string): void {
    const joined = this.#joined;
    if (!joined) return;
    joined.heard.answered(answer);
    const line = parseSdp(answer).media[joined.line];
    if (!isAudio(line)) return this.leave();
    const section = line.lines.join('\n');
    if (section === joined.section) return;
    joined.section = section;
    this.#options.owner.audio(line.direction);
    void this.#update(joined, onlyLine(answer, joined.line));
  }

  async #update(joined: Joined, sdp: string): Promise<void> {
    const stream = await joined.call.update(joined.party, sdp);
    if (this.#joined !== joined) return;
    if (stream) joined.stream = stream;
    else this.leave();
  }

  /** An offer of ours was refused. */
  refused(): void {
    this.#joined?.heard.refused();
  }

  /** The audio is over, and may begin anew. */
  leave(): void {
    const joined = this.#joined;
    if (!joined) return;
    this.#joined = null;
    joined.heard.end();
    joined.call.leave(joined.party);
    this.#options.owner.audio(null);
    this.#options.left(joined.call);
  }

  /** The dialog is over. */
  end(): void {
    this.leave();
    this.#options.ended();
  }

  #none(): Streams {
    this.leave();
    return NONE;
  }

  #streams(joined: Joined, offer: string): Streams {
    if (!joined.stream) return NONE;
    return new Map([...joined.heard.answer(offer), [joined.line, joined.stream]]);
  }
}

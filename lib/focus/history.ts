/** What was said in a room to everybody, as far back as the room keeps it. */
import type { SeenMessage } from '../focus-switch.js';
import type { KeptMessage } from '../store/message-log.js';
import type { Clock } from '../util/clock.js';
import type { Participant } from './participant.js';
import type { RoomConfig } from './policy.js';

/** A message to the whole room. */
export type SaidMessage = Omit<KeptMessage, 'id' | 'time'>;

/** Which part of a history; without anything else the newest. */
export interface HistoryQuery {
  /** Those with lower ids. */
  before?: number | undefined;
  /** Those said then or later, in ms since the epoch. */
  since?: number | undefined;
  /** At most so many, the newest of them. */
  limit: number;
  /** So many octets at most, but one message at least. @defaultValue no bound */
  octets?: number | undefined;
}

/** Octets of the largest message whose content is kept. */
export const MAX_CONTENT = 65_536;

/** What a message counts beside its content. */
const HEAD = 512;

/** Messages that are gone before the list of those that stay is written anew. */
const COMPACT = 1024;

/** What is about writing and messages, and is not said to anybody. */
const STATUS: ReadonlySet<string> = new Set(['application/im-iscomposing+xml', 'message/imdn+xml']);

/** A message was let through: what everybody was to read is kept, what was for one of them never. */
export function record(seen: SeenMessage, room: { history: History } | undefined, sender?: Participant): void {
  if (seen.to === null) room?.history.add({ ...seen, nickname: sender?.nickname ?? null });
}

export interface HistoryOptions {
  clock: Clock;
  /** There is one more. */
  added: () => void;
}

/** Bounded in messages and octets: the oldest go. Ids grow by one, and are not used again as long as the room lives. */
export class History {
  readonly #options: HistoryOptions;
  /** Oldest first, from `#first` on. */
  #messages: KeptMessage[] = [];
  #first = 0;
  #next = 1;
  #octets = 0;
  #most = 0;
  #mostOctets = 0;

  constructor(config: Readonly<RoomConfig>, options: HistoryOptions) {
    this.#options = options;
    this.configured(config);
  }

  /** How many are kept. */
  get size(): number {
    return this.#messages.length - this.#first;
  }

  /** What they count in octets. */
  get octets(): number {
    return this.#octets;
  }

  /** Id of the oldest there is, or of the next one when there is none. */
  get oldest(): number {
    return this.#messages[this.#first]?.id ?? this.#next;
  }

  /** Id of the latest there was; 0 for none. */
  get latest(): number {
    return this.#next - 1;
  }

  /** Does nothing where none are kept, nor with what is no message to people. */
  add(said: SaidMessage): void {
    if (this.#most === 0 || STATUS.has(said.contentType)) return;
    const body = said.body && said.body.length <= MAX_CONTENT ? alone(said.body) : null;
    const { from, nickname, contentType, size, messageId } = said;
    const time = this.#options.clock.date().getTime();
    this.#push({ id: this.#next++, time, from, nickname, contentType, body, size, messageId });
    this.#prune();
    this.#options.added();
  }

  /** Oldest first. */
  page({
    before = Number.POSITIVE_INFINITY,
    since = Number.NEGATIVE_INFINITY,
    limit,
    octets,
  }: HistoryQuery): KeptMessage[] {
    const page: KeptMessage[] = [];
    let room = octets ?? Number.POSITIVE_INFINITY;
    for (let at = this.#indexOf(before) - 1; at >= this.#first && page.length < limit; at--) {
      const message = this.#messages[at];
      // The clock of the machine may have been set back in between, so that an older one does not end the search.
      if (message.time < since) continue;
      room -= weightOf(message);
      if (room < 0 && page.length > 0) break;
      page.push(message);
    }
    return page.toReversed();
  }

  /** Those with higher ids, oldest first: at most so many messages and octets, but one at least. */
  after(id: number, limit: number, octets: number): KeptMessage[] {
    const begin = this.#indexOf(id + 1);
    let end = begin;
    for (let room = octets; end < this.#messages.length && end - begin < limit; end++) {
      room -= weightOf(this.#messages[end]);
      if (room < 0 && end > begin) break;
    }
    return this.#messages.slice(begin, end);
  }

  /** Keeps as much from now on as the configuration says. */
  configured({ history, historyBytes }: Readonly<RoomConfig>): void {
    this.#most = history;
    this.#mostOctets = historyBytes;
    this.#prune();
  }

  /** Takes back what was kept before the process began, oldest first; what was said since goes on from there. */
  restore(messages: readonly KeptMessage[]): void {
    const since = this.#messages.slice(this.#first);
    this.#forget();
    for (const message of messages) this.#push(message);
    this.#next = Math.max(1, (messages.at(-1)?.id ?? 0) + 1);
    for (const message of since) this.#push({ ...message, id: this.#next++ });
    this.#prune();
  }

  #push(message: KeptMessage): void {
    this.#messages.push(message);
    this.#octets += weightOf(message);
  }

  #prune(): void {
    if (this.#most === 0) return this.#forget();
    while (this.size > this.#most || (this.#octets > this.#mostOctets && this.size > 0)) {
      this.#octets -= weightOf(this.#messages[this.#first]);
      this.#first++;
    }
    if (this.#first < COMPACT && this.#first < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#first);
    this.#first = 0;
  }

  #forget(): void {
    this.#messages = [];
    this.#first = 0;
    this.#octets = 0;
  }

  /** Of the first whose id is not lower. */
  #indexOf(id: number): number {
    let [low, high] = [this.#first, this.#messages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#messages[middle].id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const weightOf = ({ body }: KeptMessage): number => HEAD + (body?.length ?? 0);

/** In memory of its own: a part of a larger buffer would keep all of it. */
function alone(octets: Buffer): Buffer {
  if (octets.buffer.byteLength === octets.length) return octets;
  const copy = Buffer.allocUnsafeSlow(octets.length);
  octets.copy(copy);
  return copy;
}

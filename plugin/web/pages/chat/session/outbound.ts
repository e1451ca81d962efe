import { attachment } from '../../../../../lib/client/content-disposition.js';
import type { Outcome, Progress } from '../../../../../lib/client/msrp/outgoing-message.js';
import type { ChatParticipant } from '../../../../../lib/client/participant.js';
import type { ContentOptions } from '../../../../../lib/client/participant-types.js';
import { newMessageId } from '../../../../../lib/msrp/index.js';
import { ChatroomsError } from '../../../../../lib/util/errors.js';
import type { Conversation } from '../model/conversation.js';
import type { Delivery, MessageLine } from '../model/line.js';
import { strings } from '../strings.js';
import type { FileShelf } from './file-shelf.js';
import { wordsOf } from './words.js';

/** A file somebody chose. */
export type OutgoingFile = Blob & { readonly name: string };

export type Peer = NonNullable<MessageLine['peer']>;

/** Messages that wait for the connection, at most. */
export const MAX_QUEUED = 50;
/** Messages kept to be sent again, or to hear what became of them. */
const MAX_KEPT = 200;
/** What recipients of private messages are asked for (RFC 5438); a room would answer for everybody in it. */
const DISPOSITIONS = ['positive-delivery', 'display'] as const;

/** The recipient has it. */
const HAD: ReadonlySet<Delivery | undefined> = new Set(['delivered', 'displayed']);

interface Work {
  content: string | OutgoingFile;
  peer: Peer | undefined;
}

export interface OutboundOptions {
  conversation: Conversation;
  shelf: FileShelf;
  /** The session as long as there is one. */
  participant: () => ChatParticipant | undefined;
  /** Who we are. */
  self: () => { uri: string; name: string };
  now: () => Date;
  /** Where there is no session, there will be one. */
  comesBack: () => boolean;
  /** The room no longer answers. */
  onSilence: () => void;
}

/** Sends what is written, shows how far it is, and keeps what cannot be sent yet. */
export class Outbound {
  readonly #options: OutboundOptions;
  /** By line: what was not sent, or not yet. */
  readonly #work = new Map<number, Work>();
  readonly #queue: number[] = [];
  /** Line by IMDN Message-ID. */
  readonly #asked = new Map<string, number>();

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  /** Whether one more message may wait for the connection. */
  get hasRoom(): boolean {
    return this.#options.participant() !== undefined || this.#queue.length < MAX_QUEUED;
  }

  /** Something is on its way, or waits for the connection: gone with the page. */
  get pending(): boolean {
    for (const id of this.#work.keys()) {
      const line = this.#options.conversation.get(id);
      if (line?.kind === 'message' && (line.delivery === 'queued' || line.delivery === 'sending')) return true;
    }
    return false;
  }

  /** Text, to everybody or one person; waits while there is no connection. */
  say(text: string, peer?: Peer): void {
    this.#begin({ content: text, peer }, { text });
  }

  sendFile(file: OutgoingFile, peer?: Peer): void {
    const type = file.type === '' ? 'application/octet-stream' : mediaTypeOf(file.type);
    this.#begin({ content: file, peer }, { file: { name: file.name, type, size: file.size } });
  }

  /** Sends a message again that could not be sent. */
  retry(id: number): void {
    const line = this.#options.conversation.get(id);
    if (line?.kind === 'message' && line.delivery === 'failed' && this.#work.has(id)) this.#attempt(id);
  }

  /** There is a connection: what waited goes, in order. */
  flush(): void {
    for (const id of this.#queue.splice(0)) this.#attempt(id);
  }

  /** There will be no connection: what waited for one did not go, and says so. */
  giveUp(): void {
    for (const id of this.#queue.splice(0)) this.#change(id, { delivery: 'failed', failure: strings.composer.outside });
  }

  /** Somebody tells what became of a private message of ours. */
  disposition({ messageId, status }: { messageId: string; status: string }): void {
    const id = this.#asked.get(messageId);
    const line = id === undefined ? undefined : this.#options.conversation.get(id);
    if (id === undefined || line?.kind !== 'message') return;
    if (status === 'displayed') this.#change(id, { delivery: 'displayed' });
    else if (status === 'delivered' && line.delivery !== 'displayed') this.#change(id, { delivery: 'delivered' });
  }

  forget(id: number): void {
    this.#work.delete(id);
    const at = this.#queue.indexOf(id);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  #begin(work: Work, shown: Pick<MessageLine, 'text' | 'file'>): void {
    const { conversation, shelf, self, now } = this.#options;
    const { uri, name } = self();
    const { peer } = work;
    const head = { at: now(), from: uri, name, own: true, delivery: 'sending' as const };
    const line = conversation.say({ ...head, ...shown, ...(peer ? { peer } : {}) });
    bound(this.#work, MAX_KEPT);
    this.#work.set(line.id, work);
    if (line.file && typeof work.content !== 'string') {
      conversation.change(line.id, { file: { ...line.file, url: shelf.keep(line.id, work.content) } });
    }
    this.#attempt(line.id);
  }

  #attempt(id: number): void {
    const work = this.#work.get(id);
    if (!work) return;
    const participant = this.#options.participant();
    if (participant) {
      this.#change(id, { delivery: 'sending', failure: '' });
      void this.#send(participant, id, work);
    } else if (!this.#options.comesBack()) {
      this.#change(id, { delivery: 'failed', failure: strings.composer.outside });
    } else if (this.#queue.length < MAX_QUEUED) {
      this.#queue.push(id);
      this.#change(id, { delivery: 'queued', failure: '' });
    } else {
      this.#change(id, { delivery: 'failed', failure: strings.composer.queueFull });
    }
  }

  async #send(participant: ChatParticipant, id: number, { content, peer }: Work): Promise<void> {
    try {
      const { status, comment } = await this.#deliver(participant, id, content, peer);
      if (status !== 200) return this.#failed(id, strings.refusedMessage(status, comment));
      this.#work.delete(id);
      const line = this.#options.conversation.get(id);
      // A notification may have been faster.
      if (line?.kind === 'message' && line.delivery === 'sending') this.#change(id, { delivery: 'sent' });
      this.#progress(id, undefined);
    } catch (error) {
      this.#failed(id, wordsOf(error));
      if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_MSRP_TIMEOUT') this.#options.onSilence();
    }
  }

  #deliver(participant: ChatParticipant, id: number, content: Work['content'], peer?: Peer): Promise<Outcome> {
    const options: ContentOptions = {};
    if (peer) {
      options.dispositions = DISPOSITIONS;
      options.imdnId = newMessageId();
      bound(this.#asked, MAX_KEPT);
      this.#asked.set(options.imdnId, id);
    }
    if (typeof content === 'string') {
      return peer ? participant.sendPrivate(peer.uri, content, options) : participant.send(content, options);
    }
    const type = content.type === '' ? 'application/octet-stream' : content.type;
    return participant.sendContent(peer?.uri ?? participant.room, type, content.stream(), {
      ...options,
      size: content.size,
      headers: [{ name: 'Content-Disposition', value: attachment(content.name) }],
      onProgress: (progress) => this.#progress(id, progress),
    });
  }

  #progress(id: number, progress: Progress | undefined): void {
    const line = this.#options.conversation.get(id);
    if (line?.kind !== 'message' || !line.file) return;
    const { progress: shown = 0, ...file } = line.file;
    if (!progress) return this.#change(id, { file });
    const part = progress.total ? progress.acknowledged / progress.total : 0;
    if (part - shown >= 0.02 || line.file.progress === undefined)
      this.#change(id, { file: { ...file, progress: part } });
  }

  #failed(id: number, failure: string): void {
    this.#progress(id, undefined);
    const line = this.#options.conversation.get(id);
    // Who has it said so, whatever became of the answer of the room.
    if (line?.kind === 'message' && HAD.has(line.delivery)) {
      this.#work.delete(id);
      return;
    }
    this.#change(id, { delivery: 'failed', failure });
  }

  #change(id: number, changes: Partial<MessageLine>): void {
    this.#options.conversation.change(id, changes);
  }
}

const mediaTypeOf = (type: string): string => type.split(';', 1)[0]?.trim().toLowerCase() ?? type;

/** Makes room for one more. */
function bound<K>(map: Map<K, unknown>, max: number): void {
  for (const oldest of map.keys()) {
    if (map.size < max) break;
    map.delete(oldest);
  }
}

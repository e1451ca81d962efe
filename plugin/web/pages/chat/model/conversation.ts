import { Emitter } from '../../../../../lib/util/events.js';
import type { Line, MessageLine, NoticeLine } from './line.js';

interface ConversationEvents {
  /** At the end. */
  added: [Line, { before: Line | undefined }];
  changed: [MessageLine];
  /** The oldest ones, to stay within bounds, or one that was taken back. */
  removed: [readonly Line[]];
}

type NewMessage = Omit<MessageLine, 'id' | 'kind'>;
type NewNotice = Omit<NoticeLine, 'id' | 'kind'>;

/** The lines of one stay in a room, at most `capacity` of them. */
export class Conversation extends Emitter<ConversationEvents> {
  readonly #capacity: number;
  readonly #lines = new Map<number, Line>();
  #last: Line | undefined;
  #nextId = 1;

  constructor(capacity = 500) {
    super();
    this.#capacity = capacity;
  }

  get lines(): readonly Line[] {
    return [...this.#lines.values()];
  }

  get(id: number): Line | undefined {
    return this.#lines.get(id);
  }

  say(message: NewMessage): MessageLine {
    const line: MessageLine = { kind: 'message', id: this.#nextId++, ...message };
    this.#add(line);
    return line;
  }

  notice(notice: NewNotice): void {
    this.#add({ kind: 'notice', id: this.#nextId++, ...notice });
  }

  /** Changes a line as long as it is here. */
  change(id: number, changes: Partial<NewMessage>): void {
    const line = this.#lines.get(id);
    if (line?.kind !== 'message') return;
    Object.assign(line, changes);
    this.emit('changed', line);
  }

  clear(): void {
    const lines = this.lines;
    this.#lines.clear();
    this.#last = undefined;
    if (lines.length > 0) this.emit('removed', lines);
  }

  #add(line: Line): void {
    const before = this.#last;
    this.#last = line;
    this.#lines.set(line.id, line);
    this.emit('added', line, { before });
    const removed: Line[] = [];
    for (const [id, oldest] of this.#lines) {
      if (this.#lines.size <= this.#capacity) break;
      this.#lines.delete(id);
      removed.push(oldest);
    }
    if (removed.length > 0) this.emit('removed', removed);
  }
}

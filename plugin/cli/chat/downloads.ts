import { saveContent } from '../../../lib/client/node/file.js';
import { type ChatParticipant, type MessageHead, userPart } from '../../../lib/client/index.js';

export interface DownloadsOptions {
  participant: ChatParticipant;
  /** Where files go; made when it is not there. */
  directory: string;
  /** Takes a line of text. */
  notice: (text: string) => void;
}

/** Saves what comes with a file name, large files while they arrive. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #saving = new Set<Promise<void>>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
    options.participant.on('message', (message) => {
      if (message.filename !== undefined) this.#begin(message, message.filename, message.content);
    });
    options.participant.on('incoming', (message) => {
      if (message.filename !== undefined) this.#begin(message, message.filename, message.read());
    });
  }

  /** Resolves when nothing is being saved any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#saving);
  }

  #begin(head: MessageHead, name: string, content: Uint8Array | AsyncIterable<Uint8Array>): void {
    const saving = this.#save(head, name, content).finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
  }

  async #save(head: MessageHead, name: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const { directory, notice } = this.#options;
    const from = head.nickname ?? head.displayName ?? userPart(head.from);
    try {
      notice(`${from} sent ${name}, saved as ${await saveContent(directory, name, content)}`);
    } catch (error) {
      notice(`${name} from ${from} was not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

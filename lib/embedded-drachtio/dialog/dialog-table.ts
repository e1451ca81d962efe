import { ownText } from '../../util/own-text.js';
import { type SipRequest, tagOf } from '../message/index.js';
import type { Dialog } from './dialog.js';

/** The dialogs of a user agent, each with what its user keeps beside it. */
export class DialogTable<Entry extends { readonly dialog: Dialog }> implements Iterable<Entry> {
  readonly #byId = new Map<string, Entry>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  /** The dialog a request belongs to, both tags checked. The creating From tag may be the peer's or ours. */
  find(request: SipRequest): Entry | undefined {
    const { headers } = request;
    const callId = headers.get('Call-ID') ?? '';
    for (const name of ['From', 'To']) {
      const entry = this.#byId.get(`${callId};from-tag=${tagOf(headers.get(name)) ?? ''}`);
      if (entry?.dialog.matches(request)) return entry;
    }
    return undefined;
  }

  add(entry: Entry): void {
    this.#byId.set(ownText(entry.dialog.id), entry);
  }

  /** Removes that very entry; one that took its id meanwhile stays. */
  delete(entry: Entry): void {
    if (this.#byId.get(entry.dialog.id) === entry) this.#byId.delete(entry.dialog.id);
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#byId.values();
  }
}

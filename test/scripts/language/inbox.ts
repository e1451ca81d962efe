import type { FakeMsrpPeer, Frame } from '../../support/fake-msrp-peer.js';
import { letterOf } from './contents.js';
import { Deviation } from './error.js';
import { shown } from './text.js';

/** What came to an actor over MSRP and no sentence has taken yet. */
export interface Item {
  /** A whole message, one that its sender gave up, or another frame than a SEND. */
  kind: 'message' | 'aborted' | 'frame';
  /** The last one of a message. */
  frame: Frame;
  /** Of a message, as latin1: all chunks. */
  body: string;
}

/** The frames of one MSRP session in the order of their arrival, messages put together from their chunks. */
export class Inbox {
  readonly #items: Item[] = [];
  readonly #partial = new Map<string, string>();
  readonly #responses = new Map<string, (frame: Frame) => void>();
  #waiting: ((item: Item) => void) | undefined;

  /** Not taken yet. */
  get items(): readonly Item[] {
    return this.#items;
  }

  async readFrom(peer: FakeMsrpPeer): Promise<never> {
    for (;;) this.#take(await peer.frame());
  }

  /** The response to a request that is about to be sent. */
  response(tid: string): Promise<Frame> {
    return new Promise((resolve) => this.#responses.set(tid, resolve));
  }

  /** A request nobody awaits the response of any more: if it comes it is an item like others. */
  forget(tid: string): void {
    this.#responses.delete(tid);
  }

  next(): Promise<Item> {
    const item = this.#items.shift();
    if (item) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The next one without taking it. */
  async peek(): Promise<Item> {
    const item = await this.next();
    this.#items.unshift(item);
    return item;
  }

  /** @throws Deviation when something is there */
  mustBeEmpty(): void {
    if (this.#items.length > 0) throw new Deviation('nothing', this.#items.map(described).join('; '));
  }

  #take(frame: Frame): void {
    const awaited = this.#responses.get(frame.tid);
    if (/^\d/.test(frame.what) && awaited) {
      this.#responses.delete(frame.tid);
      awaited(frame);
    } else if (frame.what === 'SEND') this.#chunk(frame);
    else this.#add({ kind: 'frame', frame, body: frame.body ?? '' });
  }

  #chunk(frame: Frame): void {
    const id = frame.headers.get('message-id') ?? '';
    const body = (this.#partial.get(id) ?? '') + (frame.body ?? '');
    if (frame.flag === '+') {
      this.#partial.set(id, body);
      return;
    }
    this.#partial.delete(id);
    this.#add({ kind: frame.flag === '#' ? 'aborted' : 'message', frame, body });
  }

  #add(item: Item): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(item);
    else this.#items.push(item);
  }
}

/** For error messages. */
export function described({ kind, frame, body }: Item): string {
  if (kind === 'frame') {
    const status = frame.headers.get('status');
    return `${frame.what}${status === undefined ? '' : ` ${status}`}`;
  }
  if (frame.body === undefined) return 'a SEND without body';
  const { from, to, type, text } = letterOf(body);
  const what = type.startsWith('text/') ? shown(text) : type;
  return `${kind === 'aborted' ? 'aborted ' : ''}${what} from ${from} to ${to.join(', ')}`;
}

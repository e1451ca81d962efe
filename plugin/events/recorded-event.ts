import type { FeedEvent, FeedEventType } from '../api/schemas/feed.js';

/** An event, written as JSON once for all who get it. */
export class RecordedEvent {
  readonly id: string;
  readonly type: FeedEventType;
  /** URI of the room it is about. */
  readonly room: string | undefined;
  /** What one participant wrote to another. */
  readonly private: boolean;
  readonly json: string;
  /** Octets of it. */
  readonly size: number;
  #frame: Buffer | undefined;

  /** @param sequence 1 for the first of the feed; the next has the next number */
  constructor(
    readonly sequence: number,
    event: FeedEvent,
  ) {
    this.id = event.id;
    this.type = event.type;
    this.room = 'room' in event ? event.room : undefined;
    this.private = event.type === 'message' && event.private;
    this.json = JSON.stringify(event);
    this.size = Buffer.byteLength(this.json);
  }

  /** As Server-Sent Events have it. JSON has no line ends, so that it is one line. */
  get frame(): Buffer {
    this.#frame ??= Buffer.from(`id: ${this.id}\nevent: ${this.type}\ndata: ${this.json}\n\n`);
    return this.#frame;
  }
}

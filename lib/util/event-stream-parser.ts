/** Server-Sent Events, as they come over a stream that is cut anywhere: for browsers and for Node. */

export interface StreamedEvent {
  /** Of the last event that had one; undefined before. */
  id: string | undefined;
  type: string;
  data: string;
}

/** Characters of the longest line, and of the data of the longest event; ours are far shorter. */
const LONGEST = 1 << 20;

/** Reads the event stream format (HTML Living Standard §9.2.6), whoever wrote it. */
export class EventStreamParser {
  #rest = '';
  #id: string | undefined;
  #type = '';
  #data: string[] = [];
  #length = 0;

  /**
   * The events that `text`, the next piece of the stream, completes.
   *
   * @throws RangeError for a line or an event that is too long
   */
  push(text: string): StreamedEvent[] {
    const events: StreamedEvent[] = [];
    const all = this.#rest + text;
    // A CR at the end may be the first half of a CRLF.
    const whole = all.endsWith('\r') ? all.slice(0, -1) : all;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + all.slice(whole.length);
    if (this.#rest.length > LONGEST) throw new RangeError('a line of the event stream is too long');
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else this.#dispatch(events);
    }
    return events;
  }

  /** The id with which to go on. */
  get lastId(): string | undefined {
    return this.#id;
  }

  #dispatch(events: StreamedEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') });
    }
    this.#type = '';
    this.#data = [];
    this.#length = 0;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'data') {
      this.#length += value.length;
      if (this.#length > LONGEST) throw new RangeError('an event of the stream is too long');
      this.#data.push(value);
    }
  }
}

/** `text/event-stream` (HTML Living Standard §9.2.6), as far as our server writes it. */
export interface ServerSentEvent {
  /** @defaultValue `'message'` */
  event: string;
  data: string;
  id: string;
}

/** Characters of the longest event; more is no server of ours. */
const MAX_EVENT = 1_048_576;

/** Events of a stream, as they come. Rejects when it breaks off, and with an Error when it is none. */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > MAX_EVENT) throw new Error('an event without end');
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
  }
}

/** Null for a comment, which only shows that the server lives. */
function eventOf(block: string): ServerSentEvent | null {
  const event: ServerSentEvent = { event: 'message', data: '', id: '' };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'data') data.push(value ?? '');
    else if (field === 'event' || field === 'id') event[field] = value ?? '';
  }
  return data.length === 0 ? null : { ...event, data: data.join('\n') };
}

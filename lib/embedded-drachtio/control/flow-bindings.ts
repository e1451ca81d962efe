import { type Headers, parseNameAddr, parseUri } from '../message/index.js';
import type { Flow } from '../transport/index.js';

const MAX_BINDINGS = 10_000;

/**
 * Which connection a Contact came over. A browser's Contact is `…@random.invalid` (RFC 7118 §5), and a client behind a
 * NAT accepts no connection: a later request to that Contact has to use the one it opened.
 */
export class FlowBindings {
  readonly #flows = new Map<string, Flow>();

  /** Takes the Contacts of a request that was answered 2xx. */
  remember(headers: Headers, flow: Flow): void {
    if (!flow.reliable) return;
    for (const contact of headers.list('Contact')) {
      const key = keyOf(parseNameAddr(contact)?.uri ?? '');
      if (key === undefined) continue;
      this.#flows.delete(key);
      this.#flows.set(key, flow);
      const oldest = this.#flows.keys().next();
      if (this.#flows.size > MAX_BINDINGS && !oldest.done) this.#flows.delete(oldest.value);
    }
  }

  /** The open connection a request to `uri` should take; undefined if none is known. */
  find(uri: string): Flow | undefined {
    const key = keyOf(uri);
    const flow = key === undefined ? undefined : this.#flows.get(key);
    if (flow?.closed && key !== undefined) this.#flows.delete(key);
    return flow?.closed ? undefined : flow;
  }
}

function keyOf(text: string): string | undefined {
  const uri = parseUri(text);
  return uri && `${uri.user ?? ''}@${uri.host.toLowerCase()}:${uri.port ?? ''}`;
}

import type { BusMessage } from './bus.js';

/** Octets that a message counts beside those of its body. */
const HEAD = 256;

/** What a message on its way counts, in octets: the same at both ends. */
export function weightOf(message: BusMessage): number {
  switch (message.kind) {
    case 'message':
      return HEAD + message.body.length;
    case 'begin':
    case 'octets':
      return HEAD + message.octets.length;
    // It would have to be said of itself too.
    case 'taken':
      return 0;
    default:
      return HEAD;
  }
}

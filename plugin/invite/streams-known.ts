import type { Streams } from '../../lib/sdp/index.js';
import type { SrfAdapter } from '../drachtio/srf-adapter.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';

/**
 * Goes on with an answer when it is known what it has beside the chat: in the same turn unless rtpengine has to be asked.
 *
 * @param waiting is called when it has to be, before anything else happens
 */
export function whenStreamsKnown(
  adapter: SrfAdapter,
  { req, res, streams }: { req: SipRequest; res: SipResponse; streams: Streams | Promise<Streams> },
  { waiting, known }: { waiting: () => void; known: (streams: Streams) => void },
): void {
  if (!(streams instanceof Promise)) return known(streams);
  waiting();
  adapter.after(streams, req, res, known);
}

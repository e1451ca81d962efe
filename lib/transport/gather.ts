/**
 * What a stream is sent in one turn, as one buffer or, around large bodies, few. Copies of small messages are written out
 * here and not before: of what waits for a thousand streams there is one, and it goes from the cache to the system.
 */
import { SendCopy } from '../msrp/index.js';
import type { ByteStream } from './transport.js';

/** Latin1 text, octets that must not change any more, or a frame not written out yet. */
export type Part = string | Buffer | SendCopy;

/** No more, because a slice that waits for a peer that stopped reading keeps all of its slab. */
const SLAB_SIZE = 65_536;

/** Of the process: where small parts are written side by side. What the system did not take at once stays where it is. */
let slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
/** Octets at its beginning that streams may still need. */
let kept = 0;

/** Writes them in order; false when no more should be written before the stream has drained. */
export function writeGathered(stream: ByteStream, parts: readonly Part[]): boolean {
  const inPieces = parts.some(isOctets);
  if (inPieces) stream.cork();
  const before = slab;
  const begin = kept;
  const free = writeAll(stream, parts);
  if (inPieces) stream.uncork();
  // All has left, so the next stream may use the place again.
  if (stream.buffered === 0) kept = slab === before ? begin : 0;
  return free;
}

const isOctets = (part: Part): part is Buffer => part instanceof Buffer;

function writeAll(stream: ByteStream, parts: readonly Part[]): boolean {
  let free = true;
  let begin = kept;
  const emit = (): void => {
    if (kept > begin) free = stream.write(slab.subarray(begin, kept));
    begin = kept;
  };
  for (const part of parts) {
    const isOwn = isOctets(part) || part.length > SLAB_SIZE;
    if (isOwn || kept + part.length > SLAB_SIZE) emit();
    if (isOwn) {
      free = stream.write(part instanceof SendCopy ? part.toBuffer() : part);
      continue;
    }
    if (kept + part.length > SLAB_SIZE) {
      slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
      kept = 0;
      begin = 0;
    }
    if (typeof part === 'string') kept += slab.write(part, kept, 'latin1');
    else kept = part.writeTo(slab, kept);
  }
  emit();
  return free;
}

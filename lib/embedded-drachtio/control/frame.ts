// Frames of the control protocol:
//
//   frame   = LENGTH "#" PAYLOAD          LENGTH counts the bytes of PAYLOAD, in decimal
//   PAYLOAD = META [ CRLF SIPMESSAGE ]
//   META    = token *( "|" token )        the first is the message id, the second the verb

export interface Frame {
  tokens: string[];
  /** The SIP message; undefined if there is none. A view of the receive buffer, valid until the next `receive`. */
  message: Buffer | undefined;
}

/** The bytes do not follow the framing: nothing after them can be trusted. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** LENGTH of a frame at most; drachtio-server wedges above 12 KB, which no application can rely on. */
export const MAX_FRAME = 4 * 1024 * 1024;

const HASH = 0x23;
const MAX_DIGITS = 8;

/** A token may hold no "|" and no line end; what does, from a peer, is cut to something that cannot shift the others. */
const token = (text: string): string => (/[|\r\n]/.test(text) ? text.replace(/[|\r\n]/g, '_') : text);

export function encodeFrame(tokens: readonly string[], message?: Buffer): Buffer {
  const meta = tokens.map(token).join('|') + (message ? '\r\n' : '');
  const octets = Buffer.byteLength(meta);
  const size = message?.length ?? 0;
  const length = `${octets + size}#`;
  const frame = Buffer.allocUnsafe(length.length + octets + size);
  frame.write(length, 0, 'latin1');
  frame.write(meta, length.length, 'utf8');
  message?.copy(frame, length.length + octets);
  return frame;
}

/** Cuts a stream into frames. Chunks of an incomplete frame are kept apart and joined once, when it is complete. */
export class FrameReader {
  readonly #max: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes from the beginning of the first chunk to the end of the frame; 0 while LENGTH is not known. */
  #wanted = 0;
  #payloadAt = 0;

  constructor(max: number = MAX_FRAME) {
    this.#max = max;
  }

  /** @throws FrameError when LENGTH is no number or above the limit. */
  *receive(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size > 0 && (this.#wanted > 0 || this.#readLength()) && this.#size >= this.#wanted) {
      const bytes = this.#joined();
      const payload = bytes.subarray(this.#payloadAt, this.#wanted);
      this.#chunks = bytes.length > this.#wanted ? [bytes.subarray(this.#wanted)] : [];
      this.#size -= this.#wanted;
      this.#wanted = 0;
      yield parsePayload(payload);
    }
  }

  #readLength(): boolean {
    const bytes = this.#joined();
    const hash = bytes.subarray(0, MAX_DIGITS + 1).indexOf(HASH);
    if (hash === -1 && bytes.length <= MAX_DIGITS && /^\d*$/.test(bytes.toString('latin1'))) return false;
    const digits = bytes.toString('latin1', 0, Math.max(hash, 0));
    const length = /^\d+$/.test(digits) ? Number(digits) : 0;
    if (length === 0) throw new FrameError('frame without a length');
    if (length > this.#max) throw new FrameError(`frame of ${length} bytes`);
    this.#payloadAt = hash + 1;
    this.#wanted = this.#payloadAt + length;
    return true;
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }
}

function parsePayload(payload: Buffer): Frame {
  const end = payload.indexOf('\r\n');
  const meta = payload.toString('utf8', 0, end === -1 ? payload.length : end);
  return { tokens: meta.split('|'), message: end === -1 ? undefined : payload.subarray(end + 2) };
}

/** `MSRP ` in front of the transaction id. */
const PREFIX = 5;
const SP = 0x20;
const CRLF = '\r\n';
/** The flag and CRLF behind the transaction id of an end-line. */
const TAIL = 3;

/**
 * Joins what is written into frames. RFC 7977 §5.1: "Each MSRP chunk MUST be carried within a single WebSocket message", and
 * a page cannot send a message in parts. Whoever writes begins a frame with its whole start line, and ends it with its
 * whole end-line as the last octets written at once.
 */
export class FrameJoiner {
  #parts: Uint8Array[] = [];
  #octets = 0;
  /** The end-line of the frame up to its flag. */
  #end = '';

  /** Octets of a frame that has not ended. */
  get held(): number {
    return this.#octets;
  }

  /** Takes a part of a frame; returns the frame when it is its last one. The part must not change any more. */
  add(part: Uint8Array): Uint8Array | undefined {
    if (this.#parts.length === 0) this.#end = `${CRLF}-------${transactionId(part)}`;
    this.#parts.push(part);
    this.#octets += part.length;
    if (!endsWith(part, this.#end)) return undefined;
    const frame = this.#parts.length === 1 ? part : joined(this.#parts, this.#octets);
    this.#parts = [];
    this.#octets = 0;
    return frame;
  }
}

function transactionId(start: Uint8Array): string {
  const end = start.indexOf(SP, PREFIX);
  return String.fromCharCode(...start.subarray(PREFIX, end < 0 ? PREFIX : end));
}

/** Whether the octets end with `end`, a flag and CRLF. */
function endsWith(octets: Uint8Array, end: string): boolean {
  const at = octets.length - TAIL - end.length;
  if (at < 0 || octets[octets.length - 1] !== 0x0a || octets[octets.length - 2] !== 0x0d) return false;
  for (let i = 0; i < end.length; i++) if (octets[at + i] !== end.charCodeAt(i)) return false;
  return true;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

import { type FrameEnd, type Message, type MessageSink, Parser } from '../../lib/msrp/index.js';

/** A frame as it was on the wire. */
export interface Frame {
  message: Message;
  /** In pieces. */
  octets: readonly Buffer[];
  /** Octets of the body in front of its end-line that were too many to keep. */
  left: number;
}

/** What all cutters together hold of frames that have not ended. */
export interface Holding {
  octets: number;
  /** Beyond it no more is kept of any. */
  readonly limit: number;
}

export interface FrameCutterOptions {
  /** Octets kept of one frame. */
  maxFrame: number;
  holding: Holding;
  /** Whether a frame that begins so is to be kept. */
  wants: (message: Message) => boolean;
  /** One that was wanted has ended. */
  frame: (frame: Frame) => void;
}

const START = Buffer.from('MSRP ');
const CR = 0x0d;
const LF = 0x0a;
/** `$`, `+` and `#`, then CRLF: the end of a frame, where another one can begin. */
const FLAGS: ReadonlySet<number> = new Set([0x24, 0x2b, 0x23]);

/**
 * Cuts one direction of a stream of MSRP into frames, whole as they were. It may come upon the stream in the midst of a frame,
 * and then waits for the first that begins where it can see it.
 */
export class FrameCutter implements MessageSink {
  readonly #options: FrameCutterOptions;
  readonly #parser: Parser;
  /** Where frames begin and end is not known. */
  #lost = true;
  #message: Message | undefined;
  #end: FrameEnd | undefined;
  #wanted = true;
  /** Of the frame under way: of one of which the head is not known yet, or that is wanted. */
  #kept: Buffer[] = [];
  #keptOctets = 0;
  #length = 0;
  /** Of the octets in hand, where those begin that are not counted yet. */
  #from = 0;

  constructor(options: FrameCutterOptions) {
    this.#options = options;
    this.#parser = new Parser(this);
    this.#parser.stop();
  }

  /** Octets it keeps of a frame that has not ended. */
  get held(): number {
    return this.#keptOctets;
  }

  /** Octets that follow those of the last call; none of them is kept without being copied. */
  receive(octets: Uint8Array): void {
    const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#lost) {
        at = startIn(bytes, at);
        if (at < 0) return;
        this.#lost = false;
        this.#parser.restart();
      }
      at = this.#parse(bytes, at);
    }
  }

  /** Octets are missing behind those of the last call. */
  lose(): void {
    this.#forget();
    this.#parser.stop();
    this.#lost = true;
  }

  /** Returns where to look for the next frame when this is no MSRP. */
  #parse(bytes: Buffer, at: number): number {
    const rest = bytes.subarray(at);
    this.#from = 0;
    this.#parser.receive(rest);
    if (this.#lost) return at + Math.max(this.#from, 1);
    this.#keep(rest.subarray(this.#from));
    if (this.#end) this.#emit(this.#end);
    return bytes.length;
  }

  // What the parser tells.

  between(bytes: Buffer, at: number): number {
    this.#keep(bytes.subarray(this.#from, at));
    this.#from = at;
    if (this.#end) this.#emit(this.#end);
    else this.#forget();
    return at;
  }

  head(message: Message): void {
    this.#message = message;
    this.#wanted = this.#options.wants(message);
    if (!this.#wanted) this.#drop();
  }

  body(): void {
    // It is kept with the rest.
  }

  end(end: FrameEnd): void {
    this.#end = end;
  }

  fatal(): void {
    this.lose();
  }

  #keep(octets: Buffer): void {
    const { holding, maxFrame } = this.#options;
    const isWhole = this.#keptOctets === this.#length;
    this.#length += octets.length;
    // Of one that was cut short no more is kept, even if there is room again.
    if (!this.#wanted || !isWhole) return;
    const room = Math.max(0, Math.min(maxFrame - this.#keptOctets, holding.limit - holding.octets));
    if (room === 0 || octets.length === 0) return;
    const kept = Buffer.from(octets.subarray(0, room));
    this.#kept.push(kept);
    this.#keptOctets += kept.length;
    holding.octets += kept.length;
  }

  #emit({ flag }: FrameEnd): void {
    const message = this.#message;
    const [octets, left, wanted] = [this.#kept, this.#length - this.#keptOctets, this.#wanted];
    this.#forget();
    if (!message || !wanted) return;
    // Without its end-line nobody could tell that it is one; that is known.
    const endLine = Buffer.from(`\r\n-------${message.tid}${flag}\r\n`, 'latin1');
    const whole = left > 0 ? [...octets, endLine] : withoutBlankLines(octets);
    this.#options.frame({ message, octets: whole, left });
  }

  #drop(): void {
    this.#options.holding.octets -= this.#keptOctets;
    this.#kept = [];
    this.#keptOctets = 0;
  }

  #forget(): void {
    this.#drop();
    this.#message = undefined;
    this.#end = undefined;
    this.#wanted = true;
    this.#length = 0;
  }
}

/** P-LIM-03: empty lines behind it are no part of it; it ends with one CRLF of its own. */
function withoutBlankLines(octets: readonly Buffer[]): readonly Buffer[] {
  const bytes = octets.length === 1 ? octets[0] : Buffer.concat(octets);
  let end = bytes.length;
  while (end >= 4 && bytes[end - 4] === CR && bytes[end - 3] === LF) end -= 2;
  return [bytes.subarray(0, end)];
}

/** Index of the first frame that certainly begins at or behind `at`; -1 for none. */
function startIn(bytes: Buffer, at: number): number {
  // A peer that writes octet by octet.
  if (at === 0 && bytes.length < START.length && bytes.equals(START.subarray(0, bytes.length))) return 0;
  let found = bytes.indexOf(START, at);
  while (found > 0) {
    const isBehindFrame =
      found >= 3 && bytes[found - 1] === LF && bytes[found - 2] === CR && FLAGS.has(bytes[found - 3]);
    if (isBehindFrame) return found;
    found = bytes.indexOf(START, found + 1);
  }
  return found;
}

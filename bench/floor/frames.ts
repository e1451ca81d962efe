import { transactionIds } from './identifiers.js';

export interface Request {
  transactionId: string;
  toPath: string;
  fromPath: string;
  /** From `Byte-Range` to before the body, or a small body's end-line, latin1: the same octets for every recipient. */
  shared: string;
  /** A large body with its CRLF, a copy of its own. */
  body: Buffer | undefined;
}

/** What is read of one connection. */
export interface FrameSink<C> {
  request(connection: C, request: Request): void;
  /** The head of a request whose body comes in pieces; then those, the CRLF of the end-line not included; then its end. */
  opened(connection: C, request: Request): void;
  piece(connection: C, bytes: Buffer): void;
  ended(connection: C): void;
}

const CR = 13;
const DASH = 45;
const DOLLAR = 36;
const SPACE = 32;
const ID_START = 'MSRP '.length;
/** Bodies above this are shared as octets: as text each recipient would cost an encoding of them. Measured. */
const LARGE = 8192;
/** Above this a body is passed on as it arrives. */
const STREAMED = 65_536;

/** Trusts the driver: this is a floor, not a server. */
export class FrameReader<C> {
  readonly #connection: C;
  readonly #sink: FrameSink<C>;
  /** What ends the body that is being passed on. */
  #marker: Buffer | undefined;

  constructor(connection: C, sink: FrameSink<C>) {
    this.#connection = connection;
    this.#sink = sink;
  }

  /**
   * Takes what is complete at the start of `data` and returns how many octets that is. A frame of `ownResponse` octets
   * that is a `200` to one of our requests is verified and skipped without another look.
   */
  read(data: Buffer, ownResponse: number): number {
    let at = 0;
    while (at < data.length) {
      if (this.#marker === undefined && isOwnResponse(data, at, ownResponse)) {
        at += ownResponse;
        continue;
      }
      const length = this.#marker ? this.#passOn(data, at, this.#marker) : this.#readRequest(data, at);
      if (length === 0) break;
      at += length;
    }
    return at;
  }

  #passOn(data: Buffer, at: number, marker: Buffer): number {
    const found = data.indexOf(marker, at);
    if (found >= 0 && data.length < found + marker.length) return 0;
    const end = found >= 0 ? found : data.length - marker.length;
    if (end > at) this.#sink.piece(this.#connection, Buffer.from(data.subarray(at, end)));
    if (found < 0) return Math.max(0, end - at);
    this.#marker = undefined;
    this.#sink.ended(this.#connection);
    return found + marker.length - at;
  }

  /** Reads one request; 0 when it has not arrived whole. */
  #readRequest(data: Buffer, at: number): number {
    const lineEnd = data.indexOf(CR, at);
    const idEnd = data.indexOf(SPACE, at + ID_START);
    if (lineEnd < 0 || idEnd < 0) return 0;
    const transactionId = data.toString('latin1', at + ID_START, idEnd);
    const marker = `\r\n-------${transactionId}`;
    const endLine = data.indexOf(marker, lineEnd, 'latin1');
    if (endLine < 0) return this.#open(data, at, transactionId, marker);
    const length = endLine - at + marker.length + 3;
    if (data.length < at + length) return 0;
    if (length < LARGE) this.#whole(data.toString('latin1', at, endLine + 2), transactionId, undefined);
    else {
      const bodyStart = data.indexOf('\r\n\r\n', at, 'latin1') + 4;
      const body = Buffer.from(data.subarray(bodyStart, endLine + 2));
      this.#whole(data.toString('latin1', at, bodyStart), transactionId, body);
    }
    return length;
  }

  #whole(text: string, transactionId: string, body: Buffer | undefined): void {
    this.#sink.request(this.#connection, readHead(text, transactionId, body));
  }

  #open(data: Buffer, at: number, transactionId: string, marker: string): number {
    const headEnd = data.indexOf('\r\n\r\n', at, 'latin1');
    if (headEnd < 0) return 0;
    const head = data.toString('latin1', at, headEnd + 4);
    const total = Number(/^Byte-Range: .*\/(\d+)\r$/m.exec(head)?.[1]);
    if (!(total > STREAMED)) return 0;
    this.#marker = Buffer.from(`${marker}$\r\n`, 'latin1');
    this.#sink.opened(this.#connection, readHead(head, transactionId, undefined));
    return headEnd + 4 - at;
  }
}

function readHead(text: string, transactionId: string, body: Buffer | undefined): Request {
  return {
    transactionId,
    toPath: field(text, 'To-Path: '),
    fromPath: field(text, 'From-Path: '),
    shared: text.includes('\r\n\r\n') ? text.slice(text.indexOf('Byte-Range: ')) : '',
    body,
  };
}

function field(head: string, name: string): string {
  const start = head.indexOf(name) + name.length;
  return head.slice(start, head.indexOf('\r\n', start));
}

function isOwnResponse(data: Buffer, at: number, length: number): boolean {
  if (length === 0 || data.length - at < length) return false;
  const status = at + ID_START + transactionIds.length;
  // " 200": the start line of a response to us.
  if (data[status] !== SPACE || data[status + 1] !== 50 || data[status + 2] !== 48 || data[status + 3] !== 48)
    return false;
  const endLine = at + length - 10 - transactionIds.length;
  if (data[endLine] !== DASH || data[endLine + 6] !== DASH || data[at + length - 3] !== DOLLAR) return false;
  for (let i = 0; i < transactionIds.length; i += 1) {
    const octet = data[at + ID_START + i];
    if (octet !== data[endLine + 7 + i]) return false;
    if (i < transactionIds.secret.length && octet !== transactionIds.secret[i]) return false;
  }
  return true;
}

import { transactionIds } from './identifiers.js';

export interface Request {
  transactionId: string;
  toPath: string;
  fromPath: string;
  /** From `Byte-Range` to before the end-line, latin1: the same octets for every recipient. Empty without a body. */
  shared: string;
}

const CR = 13;
const DASH = 45;
const DOLLAR = 36;
const SPACE = 32;
const ID_START = 'MSRP '.length;

/**
 * Takes the complete frames at the start of `data` and returns how many octets they have. A frame of `ownResponse`
 * octets that is a `200` to one of our requests is verified and skipped without another look.
 */
export function readFrames(data: Buffer, ownResponse: number, onRequest: (request: Request) => void): number {
  let at = 0;
  while (at < data.length) {
    if (isOwnResponse(data, at, ownResponse)) {
      at += ownResponse;
      continue;
    }
    const length = readRequest(data, at, onRequest);
    if (length === 0) break;
    at += length;
  }
  return at;
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

function field(head: string, name: string): string {
  const start = head.indexOf(name) + name.length;
  return head.slice(start, head.indexOf('\r\n', start));
}

/** Reads one request; 0 when it has not arrived whole. Trusts the driver: this is a floor, not a server. */
function readRequest(data: Buffer, at: number, onRequest: (request: Request) => void): number {
  const lineEnd = data.indexOf(CR, at);
  const idEnd = data.indexOf(SPACE, at + ID_START);
  if (lineEnd < 0 || idEnd < 0) return 0;
  const transactionId = data.toString('latin1', at + ID_START, idEnd);
  const endLine = data.indexOf(`\r\n-------${transactionId}`, lineEnd, 'latin1');
  const length = endLine - at + 2 + 7 + transactionId.length + 3;
  if (endLine < 0 || data.length < at + length) return 0;
  const frame = data.toString('latin1', at, endLine + 2);
  onRequest({
    transactionId,
    toPath: field(frame, 'To-Path: '),
    fromPath: field(frame, 'From-Path: '),
    shared: frame.includes('\r\n\r\n') ? frame.slice(frame.indexOf('Byte-Range: ')) : '',
  });
  return length;
}

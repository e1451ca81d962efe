import { lines } from '../../support/caller.js';

export type Direction = 'sendrecv' | 'sendonly' | 'inactive';

let sessions = 0;
let versions = 0;

/** MSRP URI of a session of ours; nobody connects to it. */
export const newPath = (): string => `msrp://127.0.0.1:9/soak${++sessions}aB9;tcp`;

/** Offer or answer of a plain RFC 7701 client that opens the connection. */
export const sdp = (path: string, direction: Direction = 'sendrecv'): string =>
  lines(
    'v=0',
    `o=- 1 ${++versions} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=message 9 TCP/MSRP *',
    `a=path:${path}`,
    'a=accept-types:message/cpim text/plain',
    'a=accept-wrapped-types:*',
    'a=setup:active',
    'a=chatroom:nickname private-messages',
    `a=${direction}`,
  );

/** Path of the room in its SDP, whether or not that comes with a list. */
export const pathIn = (body: Buffer): string | undefined => /^a=path:(\S+)/m.exec(body.toString())?.[1];

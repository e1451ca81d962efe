import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { roomOf } from '../sip/room-uri.js';
import type { ChatroomSettings } from '../options/options.js';

export interface Targets {
  settings: Pick<ChatroomSettings, 'domain' | 'outboundProxy'>;
  /** Whether the room of that URI exists. */
  isRoom: (uri: string) => boolean;
}

/** Characters of the longest URI dialled. */
const MAX_URI = 1024;

/** Global and local numbers of RFC 3966, with parameters. */
const TEL = /^tel:(?:\+[\d().-]+|[\da-f*#().-]+)(?:;[\w!$%&'()*+.:;=[\]/~-]*)?$/i;

/** Whether a URI may be dialled (INV-02, REF-15): no other schemes, and no rooms of ours, which would be cascading by accident. */
export function mayDial(uri: string, { settings, isRoom }: Targets): boolean {
  if (uri.length > MAX_URI) return false;
  // Nobody but a proxy knows where a number is.
  if (/^tel:/i.test(uri)) return settings.outboundProxy !== undefined && TEL.test(uri);
  const target = parseUri(uri);
  // FAC-18: headers in a URI are nobody's to choose but those that the list's reader let through.
  if (!target || target.user === undefined || target.headers !== undefined) return false;
  const { domain } = settings;
  if (typeof domain !== 'function') return !domain.includes(target.host.toLowerCase());
  const room = roomOf(target);
  return room === undefined || !isRoom(room.uri);
}

import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { percentDecoded } from '../../lib/util/percent-decoded.js';
import { header } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** Header that carries the password of the room. */
export const PASSWORD_HEADER = 'X-Room-Password';

/** URI parameter that carries it: `sip:lunch@conf.example.com;pin=1234`. */
const PARAMETER = 'pin';

/**
 * What the caller gives as password of the room (JOIN-15), null for nothing: the header, with the escapes of a URI undone
 * where it was one of the Request-URI (`?X-Room-Password=`), or the parameter `pin` of the Request-URI.
 */
export function roomPassword(req: SipRequest): string | null {
  const given = header(req, PASSWORD_HEADER)?.trim();
  if (given) return given;
  const uri = parseUri(req.uri);
  return unescaped(uri?.params.get(PARAMETER)) ?? unescaped(headerOf(uri?.headers)) ?? null;
}

const headerOf = (headers: string | undefined): string | undefined => {
  for (const pair of (headers ?? '').split('&')) {
    const [name, value] = pair.split('=', 2);
    if (name.toLowerCase() === PASSWORD_HEADER.toLowerCase()) return value;
  }
  return undefined;
};

/** RFC 3261 §19.1.2. What cannot be unescaped is taken as it is, and will hardly be right. */
const unescaped = (value: string | undefined): string | undefined => (value ? percentDecoded(value) : undefined);

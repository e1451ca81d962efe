import { formatNameAddr, type Headers, parseNameAddr, parseUri } from '../message/index.js';

/** The Record-Route values in the order they stand; a UAC reverses them (RFC 3261 §12.1.2). */
export const routeSetOf = (headers: Headers): string[] =>
  headers.list('Record-Route').filter((value) => parseNameAddr(value));

/**
 * Request-URI and Route of an in-dialog request, RFC 3261 §12.2.1.1: with a loose router first ("lr") the target stays
 * in the Request-URI; a strict router gets itself there "stripping any parameters that are not allowed in a
 * Request-URI", and the target goes to the end of the Route list.
 */
export function dialogRoute(target: string, routes: readonly string[]): { uri: string; route: readonly string[] } {
  const first = routes[0] === undefined ? undefined : parseNameAddr(routes[0])?.uri;
  if (first === undefined) return { uri: target, route: [] };
  const parsed = parseUri(first);
  if (!parsed || parsed.params.has('lr')) return { uri: target, route: routes };
  const uri = first.replace(/\?.*$/, '').replace(/;method=[^;?]*/i, '');
  const last = formatNameAddr({ displayName: undefined, uri: target, params: new Map() });
  return { uri, route: [...routes.slice(1), last] };
}

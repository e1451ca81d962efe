/** Which type of document a SUBSCRIBE asks for (RFC 4575 §3.4, RFC 6502 §4, §5). */
import type { DocumentKind } from '../../lib/chat-server.js';
import { CONFERENCE_INFO_TYPE, XCON_DIFF_TYPE, XCON_TYPE } from '../../lib/conference-event/index.js';

/** Every type there is, as an Accept header. */
export const SUPPORTED_TYPES = [CONFERENCE_INFO_TYPE, XCON_TYPE, XCON_DIFF_TYPE].join(', ');

/** What stands for the type that is always supported (4575-3-01). */
const WILDCARDS: ReadonlySet<string> = new Set(['application/*', '*/*']);

/**
 * The type of document for an Accept header; null when none of its types can be had (4575-3.4-01). XCON where it is asked
 * for at least as much as the other, and then its differences where they are taken too (SUB-17, 7701-7.4-03).
 */
export function documentKind(accept: string | undefined): DocumentKind | null {
  if (accept === undefined || accept.trim() === '') return 'conference-info';
  const wanted = qualities(accept);
  const plain = Math.max(wanted.get(CONFERENCE_INFO_TYPE) ?? 0, ...[...WILDCARDS].map((type) => wanted.get(type) ?? 0));
  const xcon = wanted.get(XCON_TYPE) ?? 0;
  if (xcon > 0 && xcon >= plain) return (wanted.get(XCON_DIFF_TYPE) ?? 0) > 0 ? 'xcon-diff' : 'xcon';
  return plain > 0 ? 'conference-info' : null;
}

/** `q` of each media range (RFC 3261 §20.1); 1 unless said otherwise. */
function qualities(accept: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const range of accept.split(',')) {
    const [type, ...params] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = params.find((param) => /^q\s*=/.test(param))?.replace(/^q\s*=\s*/, '');
    const quality = q === undefined ? 1 : Number(q);
    if (type !== '') found.set(type, Number.isFinite(quality) ? quality : 0);
  }
  return found;
}

/** A piece of text, and where it leads, if it is a link. */
export interface Piece {
  text: string;
  href?: string;
}

const LINK = /https?:\/\/[^\s<>"'`\p{Cc}]+/giu;
/** What ends a sentence rather than a link. */
const TRAILING = new Set('.,;:!?…*_~');
const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Counts once, however much there is to take away: others write the text, and all who are in the room look for links. */
function trimmed(link: string): string {
  /** Closing ones that nothing opens, by what they are. */
  const surplus = new Map<string, number>();
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1];
    if (TRAILING.has(last)) continue;
    const opening = PAIRS[last];
    if (opening === undefined) break;
    const more = surplus.get(last) ?? count(link, last) - count(link, opening);
    if (more <= 0) break;
    surplus.set(last, more - 1);
  }
  return link.slice(0, end);
}

const count = (text: string, character: string): number => text.split(character).length - 1;

/** Finds links to http and https in text; nothing else is ever made a link. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimmed(match[0]);
    const href = safeUrl(link);
    if (href === undefined) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: link, href });
    at = match.index + link.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

function safeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // A name in front of the host makes one site look like another.
  return url.username === '' && url.password === '' ? url.href : undefined;
}

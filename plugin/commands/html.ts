/**
 * The text of a message in HTML, for clients that wrap all they send (Blink does). Reads what such clients write and
 * anything else without harm: one pass, nothing is fetched, run or nested.
 */

/** Elements whose content is not said. */
const SILENT: ReadonlySet<string> = new Set(['head', 'style', 'script', 'title']);
/** Elements that begin a new line. */
const LINES: ReadonlySet<string> = new Set(['br', 'p', 'div', 'li', 'tr']);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const TAG = /^<\/?([a-z][a-z0-9]*)/i;

/** Without tags, white space as a reader sees it. */
export function textOfHtml(html: string): string {
  const lower = html.toLowerCase();
  let text = '';
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at);
    const end = open < 0 ? -1 : endOfTag(html, open);
    if (end < 0) {
      text += flat(html.slice(at));
      break;
    }
    text += flat(html.slice(at, open));
    const name = TAG.exec(lower.slice(open, open + 16))?.[1] ?? '';
    at = end;
    if (LINES.has(name)) text += '\n';
    if (!SILENT.has(name) || html[open + 1] === '/') continue;
    const close = lower.indexOf(`</${name}`, end);
    at = close < 0 ? html.length : close;
  }
  return text
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
}

/** Behind the tag or comment that begins at `open`; negative when it does not end. */
function endOfTag(html: string, open: number): number {
  const isComment = html.startsWith('<!--', open);
  const end = html.indexOf(isComment ? '-->' : '>', open);
  return end < 0 ? -1 : end + (isComment ? 3 : 1);
}

const flat = (text: string): string => entities(text.replace(/[\t\r\n ]+/g, ' '));

const entities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name.toLowerCase()] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });

/** `nicknameScope=domain roster.full=3`, or `key: value` on lines of their own, as options of a room or of the server. */
import { QUOTED, unquote } from './text.js';

export interface Options {
  [name: string]: unknown;
}

const VALUE = String.raw`${QUOTED}|\[[^\]]*\]|[^\s"\[\]]+`;
const PAIR = new RegExp(String.raw`^([A-Za-z][\w.]*)(?:=|: ?)(${VALUE})(?:\s+|$)`);

/** Undefined when it cannot be read. */
export function readOptions(text: string, into: Options = {}): Options | undefined {
  let rest = text.trim();
  while (rest !== '') {
    const pair = PAIR.exec(rest);
    if (!pair) return undefined;
    set(into, pair[1].split('.'), valueOf(pair[2]));
    rest = rest.slice(pair[0].length);
  }
  return into;
}

function set(options: Options, [name, ...inside]: string[], value: unknown): void {
  if (inside.length === 0) {
    options[name] = value;
    return;
  }
  const nested = (options[name] ?? {}) as Options;
  options[name] = nested;
  set(nested, inside, value);
}

/** JSON's own words and numbers are those; a word without quotes is a text; a list stands in brackets. */
function valueOf(text: string): unknown {
  if (text.startsWith('"')) return unquote(text);
  if (text.startsWith('[')) {
    const items = text.slice(1, -1).match(new RegExp(String.raw`${QUOTED}|[^\s,"]+`, 'g')) ?? [];
    return items.map(valueOf);
  }
  if (/^(?:true|false|null|\d+)$/.test(text)) return JSON.parse(text) as unknown;
  return text;
}

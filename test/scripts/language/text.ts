/** Quoted texts of scripts: escapes, `{placeholders}`, and `{any}` where it does not matter what stands there. */

/** A text in double quotes, as a regular expression. */
export const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** What a quoted text says: `\n \r \t \" \\ \u{1F355}`. */
export function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\u\{([0-9A-Fa-f]+)\}|\\(.)/g, (_all, code: string | undefined, character: string | undefined) =>
      code === undefined
        ? (ESCAPES[character ?? ''] ?? character ?? '')
        : String.fromCodePoint(Number.parseInt(code, 16)),
    );
}

/** Puts values where their names stand in braces; a name without value stays as it is. */
export const fill = (text: string, values: (name: string) => string | undefined): string =>
  text.replace(/\{([A-Za-z][\w -]*)\}/g, (all, name: string) => values(name) ?? all);

/** Whether the text is that of the pattern, in which `{any}` stands for anything. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('{any}').map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(text);
}

/** For error messages: what a person reads, of bounded length. */
export const shown = (text: string): string => {
  const all = JSON.stringify(text);
  return all.length > 300 ? `${all.slice(0, 300)}… (${text.length} characters)` : all;
};

/** Splits at commas outside of quotes and brackets. */
export function atCommas(text: string): string[] {
  const parts = text.match(new RegExp(String.raw`(?:${QUOTED}|\[[^\]]*\]|\([^)]*\)|[^",[(]|[[("])+`, 'g')) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Content-Disposition of a file (RFC 2183), its name as RFC 8187 writes names beyond ASCII. */

/** Longest file name that is read or written, in UTF-16 units. */
const MAX_NAME = 255;

const CONTROLS = /\p{Cc}/gu;

/** The value for a file of that name: a recipient saves it rather than showing it. */
export function attachment(name: string): string {
  const bare = name.replace(CONTROLS, '').slice(0, MAX_NAME);
  const ascii = bare.replace(/[^\x20-\x7e]/g, '_').replace(/[\\"]/g, '\\$&');
  if (/^[\x20-\x7e]*$/.test(bare)) return `attachment; filename="${ascii}"`;
  const encoded = encodeURIComponent(Buffer.from(bare).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The file name in a Content-Disposition; undefined when there is none. It is text, never a path to be trusted. */
export function readFilename(value: string): string | undefined {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(value)?.[1];
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(value);
  const name =
    (extended === undefined ? undefined : decoded(extended)) ?? plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
  return name === undefined || name === '' ? undefined : name.replace(CONTROLS, '').slice(0, MAX_NAME);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

import { SaxesParser } from 'saxes';

/** Octets; what programs tell each other of a message has a few hundred. */
const MAX_DOCUMENT = 64 * 1024;
const MAX_DEPTH = 16;
/** Characters of one text. */
const MAX_TEXT = 4096;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Texts of a small XML document in document order, by the path of their element: `isComposing/state`. Of elements that
 * repeat the first one counts; elements of other namespaces are skipped with what is in them, as extensions are to be.
 * @returns undefined for what is not UTF-8, not well-formed, has a DTD or is beyond the limits
 */
export function readStatusDocument(document: Uint8Array, namespace: string): Map<string, string> | undefined {
  if (document.length > MAX_DOCUMENT) return undefined;
  try {
    const texts = new Map<string, string>();
    const path: string[] = [];
    let text = '';
    const parser = new SaxesParser({ xmlns: true });
    parser.on('doctype', () => {
      throw new Error('a document type declaration is not allowed');
    });
    parser.on('opentag', (tag) => {
      if (path.length >= MAX_DEPTH) throw new Error(`elements nested deeper than ${MAX_DEPTH}`);
      path.push(tag.uri === namespace ? tag.local : '{}');
      text = '';
    });
    const add = (piece: string): void => {
      text = (text + piece).slice(0, MAX_TEXT);
    };
    parser.on('text', add);
    parser.on('cdata', add);
    parser.on('closetag', () => {
      const key = path.join('/');
      if (!path.includes('{}') && !texts.has(key)) texts.set(key, text.trim());
      path.pop();
      text = '';
    });
    // 3994-6-01: "MUST be encoded by using UTF-8"
    parser.write(utf8.decode(document)).close();
    return texts;
  } catch {
    return undefined;
  }
}

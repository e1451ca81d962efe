/** `text` with its percent-escapes undone (RFC 3986 §2.1); as it is where they are broken, like a lone percent sign. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

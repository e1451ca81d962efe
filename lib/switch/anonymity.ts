/**
 * Delivery notifications of anonymous members. RFC 5438 §8 wants an intermediary to keep hidden who the recipients are; the
 * content is not the switch's to change (RFC 7701 §6.1), so one that tells is refused (5438-8-02).
 */

export const DISPOSITION = 'message/imdn+xml';

/** What of a URI tells whose it is, however it is written: `ana@example.com`, `+34600000001`. */
export const tellingPart = (uri: string): string =>
  uri
    .replace(/^[a-z]+:/i, '')
    .replace(/[;?].*$/, '')
    .toLowerCase();

/** Whether `body`, of a few hundred octets, holds one of these parts. */
export function reveals(body: Buffer, hidden: readonly string[]): boolean {
  const text = body.toString('latin1').toLowerCase();
  return hidden.some((part) => text.includes(part));
}

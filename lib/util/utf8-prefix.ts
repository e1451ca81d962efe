/**
 * The beginning of a text in UTF-8, in which no character is cut in two.
 *
 * @param length octets at most; a whole text that is no longer comes back as it is
 */
export function utf8Prefix(octets: Buffer, length: number): string {
  let end = Math.min(octets.length, length);
  // The octets of a character after its first are 10xxxxxx (RFC 3629 §3); it has three of them at most.
  while (end < octets.length && end > length - 3 && end > 0 && (octets[end] & 0xc0) === 0x80) end--;
  return octets.toString('utf8', 0, end);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits from a CSPRNG, just under 6 bits each: 12 carry the 64 bits of 4975-7.1-01, 20 the 80 of 4975-14.1-01. */
export function randomToken(length: number): string {
  let token = '';
  while (token.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 = 4 × 62: larger values would make some letters likelier than others
      if (byte < 248 && token.length < length) token += ALPHABET[byte % 62];
    }
  }
  return token;
}

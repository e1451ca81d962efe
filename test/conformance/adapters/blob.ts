import { createHash } from 'node:crypto';

/** Content as the vectors describe it. */
export function blob(bytes: Buffer): { length: number; sha256: string; utf8: string; hex: string } {
  return {
    length: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    utf8: bytes.toString('utf8'),
    hex: bytes.toString('hex'),
  };
}

import { randomBytes } from 'node:crypto';

const SECRET = randomBytes(4).toString('hex');
let counter = 36 ** 7;

/** Transaction ids and Message-IDs: a secret of the process, then a counter; always `length` characters. */
export const identifiers = {
  length: SECRET.length + 8,
  secret: Buffer.from(SECRET, 'latin1'),
  next(): string {
    counter += 1;
    return SECRET + counter.toString(36);
  },
};

import { randomBytes } from 'node:crypto';

// As long as those of lib/msrp/ids.ts, so that the floor moves as many octets.
const SECRET = randomBytes(5).toString('hex');
let counter = 36 ** 7;

/** A secret of the process, then a counter of eight characters. */
export const transactionIds = {
  length: SECRET.length + 8,
  secret: Buffer.from(SECRET, 'latin1'),
  next(): string {
    counter += 1;
    return SECRET + counter.toString(36);
  },
};

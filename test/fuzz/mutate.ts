import type { Random } from './random.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What breaks framing, numbers and text when it stands where it should not. */
const TOKENS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '-------',
  '\r\n-------',
  '$',
  '+',
  '#',
  'MSRP ',
  ' ',
  ':',
  ';',
  ',',
  '<',
  '>',
  '"',
  '\\',
  '%',
  '*',
  '1-*/*',
  '0',
  '-1',
  '4294967296',
  '9007199254740993',
  '\0',
  '\x7f',
  '\xff',
  '\xc0\x80',
  '\xed\xa0\x80',
  'From: <',
  'NS: a <b>\r\n',
  'Content-Type: message/cpim\r\n',
  'Failure-Report: no\r\n',
  'Failure-Report: partial\r\n',
  'Success-Report: yes\r\n',
  'Byte-Range: 1-*/*\r\n',
  'a=path:',
  'a=setup:actpass\r\n',
  'm=message 9 TCP/MSRP *\r\n',
].map(bytes);

const LONG = bytes('A'.repeat(9000));

/** One change of a few octets. `others` lends parts. */
function mutateOnce(octets: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const at = random.below(octets.length + 1);
  const length = 1 + random.below(random.chance(80) ? 8 : 200);
  const [before, after] = [octets.subarray(0, at), octets.subarray(at)];
  switch (random.below(10)) {
    case 0:
    case 1: {
      const changed = Buffer.from(octets);
      if (at < changed.length) changed[at] ^= 1 << random.below(8);
      return changed;
    }
    case 2:
      return Buffer.concat([before, Buffer.from([random.below(256)]), after.subarray(1)]);
    case 3:
      return Buffer.concat([before, after.subarray(length)]);
    case 4:
      return Buffer.concat([before, after.subarray(0, length), after]);
    case 5:
      return Buffer.concat([before, random.pick(TOKENS), after.subarray(length)]);
    case 6: {
      const other = random.pick(others);
      const from = random.below(other.length);
      return Buffer.concat([before, other.subarray(from, from + length * 4), after]);
    }
    case 7:
      return random.chance(10) ? Buffer.concat([before, LONG.subarray(random.below(9000)), after]) : before;
    default:
      return Buffer.concat([before, random.pick(TOKENS), after]);
  }
}

/** A third of all is left as it is: what is valid has to go on working between what is not. */
export function mutate(octets: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const dice = random.below(9);
  const changes = dice < 3 ? 0 : dice < 7 ? 1 : 2 + random.below(5);
  let mutant = octets;
  for (let n = 0; n < changes; n++) mutant = mutateOnce(mutant, random, others);
  return mutant;
}

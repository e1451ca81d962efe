/** CPIM: the same envelope however a body is cut, and the rewritten wrapper is one again. */
import { cpimUriKey, EnvelopeParser, MAX_HEADER_BYTES, parseCpim, withTo } from '../../../lib/cpim/index.js';
import { readMessage } from '../../../lib/client/received-message.js';
import { CPIM } from '../corpus.js';
import { mutate } from '../mutate.js';
import type { Random } from '../random.js';
import { must, type Target } from '../target.js';

const BODIES = 200;
const CONTEXT = { room: 'sip:lounge@chat.example.net', isRoom: () => false, nicknameOf: () => undefined };

function read(pieces: readonly Buffer[]): string {
  const parser = new EnvelopeParser();
  for (const piece of pieces) if (parser.push(piece) === 'done') break;
  parser.end();
  const { envelope, error } = parser;
  return envelope
    ? JSON.stringify(envelope, (key, value: unknown) => (key === 'headerBytes' ? parser.headerLength : value))
    : String(error);
}

function check(body: Buffer, random: Random): void {
  const parsed = parseCpim(body);
  const [whole, cut] = [read([body]), read(random.cut(body))];
  must(whole === cut, () => `another envelope when cut:\n${whole}\n${cut}`);
  readMessage(body, CONTEXT);
  if (!parsed.ok) return;
  const { envelope, contentOffset } = parsed;
  must(contentOffset <= Math.min(body.length, 2 * (MAX_HEADER_BYTES + 4)), () => `content at ${contentOffset}`);
  must(envelope.headerBytes.equals(body.subarray(0, contentOffset)), () => 'the header octets are not those received');
  for (const { uri } of [...envelope.to, ...envelope.cc]) cpimUriKey(uri);
  if (envelope.to.length !== 1) return;
  const rewritten = parseCpim(Buffer.concat([withTo(envelope, 'sip:other@example.org'), body.subarray(contentOffset)]));
  must(rewritten.ok && rewritten.envelope.to[0].uri === 'sip:other@example.org', () => 'the rewritten wrapper is none');
}

export const cpim: Target = {
  name: 'cpim',
  batch(random: Random): number {
    for (let n = 0; n < BODIES; n++) check(mutate(random.pick(CPIM), random, CPIM), random);
    return BODIES;
  },
};

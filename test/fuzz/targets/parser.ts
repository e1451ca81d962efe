/** The parser alone: the same events however a stream is cut, and nothing held beyond its limits. */
import { DEFAULT_LIMITS, Parser } from '../../../lib/msrp/index.js';
import { MSRP } from '../corpus.js';
import { validFrame } from '../frames.js';
import { mutate } from '../mutate.js';
import type { Random } from '../random.js';
import { must, type Target } from '../target.js';

const STREAMS = 100;
const ADDRESS = {
  to: 'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp',
  from: 'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp',
  user: 'sip:alice@example.org',
  room: 'sip:lounge@chat.example.net',
};

interface Seen {
  /** Everything but the bodies. */
  events: string;
  bodies: Buffer;
  pending: number;
}

function read(pieces: readonly Buffer[]): Seen {
  let events = '';
  const bodies: Buffer[] = [];
  const parser = new Parser({
    head: (message) => {
      const what = message.kind === 'request' ? message.method : message.status;
      const { tid, toPath, headers, errors } = message;
      events += `${tid} ${what} ${toPath.join(' ')} ${headers.join('|')} ${errors.join(' ')}\n`;
    },
    body: (piece) => bodies.push(Buffer.from(piece)),
    end: ({ flag, hasBody, bodyLength, errors }) => {
      events += `${flag} ${hasBody} ${bodyLength} ${errors.join(' ')}\n`;
    },
    fatal: (error) => {
      events += error;
    },
  });
  for (const piece of pieces) parser.receive(piece);
  return { events, bodies: Buffer.concat(bodies), pending: parser.pending };
}

export const parser: Target = {
  name: 'parser',
  batch(random: Random): number {
    let frames = 0;
    for (let n = 0; n < STREAMS; n++) {
      const parts: Buffer[] = [];
      for (let rest = 1 + random.below(4); rest > 0; rest--) {
        const octets = random.chance(70)
          ? random.pick(MSRP)
          : Buffer.from(validFrame(random, `parser${n}-${rest}`, ADDRESS, []), 'latin1');
        parts.push(mutate(octets, random, MSRP));
      }
      frames += parts.length;
      const octets = Buffer.concat(parts);
      const [whole, cut] = [read([octets]), read(random.cut(octets))];
      must(cut.events === whole.events, () => `other events when cut:\n${whole.events}\n${cut.events}`);
      must(cut.bodies.equals(whole.bodies) && cut.pending === whole.pending, () => `other octets when cut`);
      must(whole.pending <= octets.length, () => `${whole.pending} octets pending of ${octets.length}`);
      const lines = whole.events.length / (DEFAULT_LIMITS.lineLength * DEFAULT_LIMITS.headerLines);
      must(whole.bodies.length <= octets.length && lines <= parts.length * 4, () => 'more came out than went in');
    }
    return frames;
  },
};

/** Offers and answers: an answer has the m-lines of its offer; what is no SDP is refused with an error of ours. */
import { answerOffer, evaluateAnswer, type LocalSession, parseSdp } from '../../../lib/sdp/index.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { SDP } from '../corpus.js';
import { mutate } from '../mutate.js';
import type { Random } from '../random.js';
import { must, type Target } from '../target.js';

const DESCRIPTIONS = 100;

const local = (random: Random): LocalSession => ({
  sessionId: 'rm7Kq2ZtW9xA1c',
  tcp: { host: 'chat.example.net', port: 2855 },
  tls: { host: 'chat.example.net', port: 2856 },
  originId: 1,
  chatroom: ['nickname', 'private-messages'],
  behindNat: random.chance(30),
  forceTls: random.chance(20),
  cema: random.chance(30),
});

/** Protocols of the m-lines. */
const shape = (text: string): string =>
  parseSdp(text)
    .media.map(({ media, proto }) => `${media} ${proto}`)
    .join('\n');

function check(text: string, settings: LocalSession): void {
  const answered = answerOffer(text, settings);
  must(answered.lines.length === parseSdp(text).media.length, () => 'not one verdict a line');
  if (answered.result === 'accept') {
    // 4975-8.7-01: number, order and protocol of the m-lines stay.
    must(shape(answered.sdp) === shape(text), () => `the answer has other lines:\n${text}\n${answered.sdp}`);
    must(!/[^\r]\n|\r[^\n]/.test(answered.sdp), () => `a line break inside a line:\n${answered.sdp}`);
  }
  evaluateAnswer(text, settings);
}

export const sdp: Target = {
  name: 'sdp',
  batch(random: Random): number {
    for (let n = 0; n < DESCRIPTIONS; n++) {
      const text = mutate(random.pick(SDP), random, SDP).toString('utf8');
      try {
        check(text, local(random));
      } catch (error) {
        if (!(error instanceof ChatroomsError)) throw error;
      }
    }
    return DESCRIPTIONS;
  },
};

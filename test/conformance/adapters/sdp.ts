import {
  answerOffer,
  evaluateAnswer,
  type LocalSession,
  type MediaLine,
  type NegotiatedSession,
  parseSdp,
} from '../../../lib/sdp/index.js';
import { difference } from '../compare.js';
import type { Vector } from '../vectors.js';

export function checkMedia(vector: Vector): string | null {
  const { media } = parseSdp(vector.bytes.toString());
  return difference(vector.expect.media, media.map(asExpected), 'media');
}

function asExpected(line: MediaLine): Record<string, unknown> {
  const { media, port, proto, formats, connection, direction, msrp } = line;
  const common = { media, port, proto, fmt: formats, c: connection, direction };
  if (!msrp) return common;
  const chatroom = msrp.chatroom && {
    tokens: msrp.chatroom.tokens,
    nickname: msrp.chatroom.nickname,
    privateMessages: msrp.chatroom.privateMessages,
  };
  return { ...common, ...msrp, chatroom, fingerprints: msrp.fingerprints.map(({ hash, value }) => [hash, value]) };
}

/** The room of the default context: TCP and TLS, not behind NAT, text only. */
const ROOM: LocalSession = {
  sessionId: 'rm7Kq2ZtW9xA1c',
  tcp: { host: 'chat.example.net', port: 2855 },
  tls: { host: 'chat.example.net', port: 2856 },
  originId: 1,
  chatroom: ['nickname', 'private-messages'],
};

export function checkFocus(vector: Vector): string | null {
  const local: LocalSession = { ...ROOM, ...vector.context.config };
  const actual =
    vector.context.use === 'answer' ? evaluate(vector.bytes.toString(), local) : answer(vector.bytes.toString(), local);
  const accepted = [vector.expect, ...vector.alternatives].flatMap((outcome) => (outcome.focus ? [outcome.focus] : []));
  const found = accepted.map((expected) => difference(normal(expected), actual, 'focus'));
  return found.includes(null) ? null : (found[0] ?? null);
}

function answer(offer: string, local: LocalSession): Record<string, unknown> {
  const answered = answerOffer(offer, local);
  const mirror = [...answered.mirror.values()].flat();
  if (answered.result === '488') return { result: '488', lines: answered.lines, mirror };
  const broken = checkAnswer(offer, answered.sdp);
  if (broken) return { result: broken };
  return {
    result: 'accept',
    lines: answered.lines,
    mirror,
    answerSetup: answered.setup,
    ...connection(answered.session),
  };
}

function evaluate(text: string, local: LocalSession): Record<string, unknown> {
  const evaluated = evaluateAnswer(text, local);
  if (evaluated.result !== 'accept') return { result: evaluated.result, lines: evaluated.lines };
  return { result: 'accept', lines: evaluated.lines, answerSetup: null, ...connection(evaluated.session) };
}

const connection = (session: NegotiatedSession): Record<string, unknown> => ({
  connector: session.connector,
  connectTo: session.connectTo && `${session.connectTo.host}:${session.connectTo.port}`,
  tls: session.connectTo?.tls ?? false,
  direction: session.direction,
  cema: session.cema,
});

const shape = (text: string): unknown => parseSdp(text).media.map(({ media, proto }) => ({ media, proto }));

/** What every answer has to keep, whatever the offer: number, order and proto of the m-lines (4975-8.7-01). */
function checkAnswer(offer: string, answered: string): string | null {
  return difference(shape(offer), shape(answered), 'answer');
}

/** Attribute lines to be repeated on refused m-lines; whether keyed by index and with `a=` or not, they mean the same. */
function normal(focus: Record<string, unknown>): Record<string, unknown> {
  const { mirror } = focus;
  if (typeof mirror !== 'object' || mirror === null) return focus;
  const lines = Object.values(mirror).flat() as string[];
  return { ...focus, mirror: lines.map((line) => line.replace(/^a=/, '')) };
}

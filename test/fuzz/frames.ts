/** Valid frames of one peer, of every kind the switch and the client know, beside those of the vectors. */
import { request, response } from '../support/msrp-frames.js';
import type { Random } from './random.js';

/** Both ends of the session they are written for, and who its user is. */
export interface Address {
  /** To-Path: the session URI of the side under test. */
  to: string;
  /** From-Path. */
  from: string;
  /** CPIM From. */
  user: string;
  /** CPIM To of what everybody gets. */
  room: string;
}

const MESSAGE_IDS = Array.from({ length: 12 }, (_, n) => `message-${n}`);
const STATUSES = ['200 OK', '200', '400', '403', '408', '413', '415', '423', '481', '506', '999 ?'];

/** The same octets for the same id, so that chunks of it fit together; some are longer than one chunk may be uncut. */
function bodyOf(id: string, { user, room }: Address, recipient = room): string {
  const length = 20 + (id.charCodeAt(id.length - 1) % 10) ** 2 * 90;
  const text = `${id} `.repeat(Math.ceil(length / id.length)).slice(0, length);
  return `From: <${user}>\r\nTo: <${recipient}>\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`;
}

const reports = (random: Random): string[] => [
  ...(random.chance(20) ? [`Failure-Report: ${random.pick(['yes', 'no', 'partial'])}`] : []),
  ...(random.chance(20) ? ['Success-Report: yes'] : []),
];

/**
 * @param tid fresh in its connection
 * @param sent transaction ids of requests the side under test has sent
 */
export function validFrame(random: Random, tid: string, address: Address, sent: readonly string[]): string {
  const { to, from } = address;
  const id = random.pick(MESSAGE_IDS);
  switch (random.below(16)) {
    case 0:
      return request(tid, 'SEND', to, from, [`Message-ID: ${tid}`, 'Byte-Range: 1-0/0']);
    case 1:
      return request(tid, 'NICKNAME', to, from, [`Use-Nickname: "${random.pick(['', 'Ana', 'Bö b'])}"`]);
    case 2:
      return request(tid, 'REPORT', to, from, [
        `Message-ID: ${random.chance(70) && sent.length > 0 ? random.pick(sent) : id}`,
        'Byte-Range: 1-20/20',
        `Status: 000 ${random.pick(STATUSES)}`,
      ]);
    case 3:
      return response(sent.length > 0 ? random.pick(sent) : tid, random.pick(STATUSES), to, from);
    case 4:
      return request(tid, random.pick(['AUTH', 'PING', 'send']), to, from, [`Message-ID: ${id}`]);
    case 5:
      return request(tid, 'SEND', to, from, [`Message-ID: ${id}`], undefined, '#');
    case 6:
    case 7:
    case 8: {
      const body = bodyOf(tid, address, random.chance(20) ? 'sip:bob@example.org' : address.room);
      const lines = [`Message-ID: ${tid}`, ...reports(random), 'Content-Type: message/cpim'];
      return request(tid, 'SEND', to, from, lines, Buffer.from(body).toString('latin1'));
    }
    default: {
      const body = bodyOf(id, address);
      const start = random.chance(50) ? 0 : random.below(20) * 200;
      const length = random.pick([1, 200, 200, 400, 2048, 8192]);
      const piece = body.slice(start, start + length);
      const total = random.chance(80) ? body.length : '*';
      const range = `Byte-Range: ${start + 1}-${random.chance(50) ? start + piece.length : '*'}/${total}`;
      const flag = random.chance(5) ? '#' : start + length >= body.length ? '$' : '+';
      const lines = [`Message-ID: ${id}`, range, ...reports(random), 'Content-Type: message/cpim'];
      return request(tid, 'SEND', to, from, lines, piece, flag);
    }
  }
}

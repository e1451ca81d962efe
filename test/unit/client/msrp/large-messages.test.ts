import type { ChatParticipant } from '../../../../lib/client/participant.js';
import type { IncomingMessage } from '../../../../lib/client/received-message.js';
import type { FakeMsrpPeer } from '../../../support/fake-msrp-peer.js';
import { cpim } from '../../../support/fake-signalling.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import {
  BOB,
  closeStage,
  flushed,
  joinStage,
  openStage,
  participantWith,
  ROOM,
  type Stage,
} from '../../../support/participant-stage.js';

let stage: Stage;
let peer: FakeMsrpPeer;
let clock: ManualClock;
let alice: ChatParticipant;

beforeEach(async () => {
  stage = await openStage();
  stage.alice = participantWith(stage.signalling, stage.clock, { maxMessageSize: 1024 * 1024 });
  ({ peer, clock, alice } = stage);
  await joinStage(stage);
});

afterEach(async () => {
  await closeStage(stage);
  expect(clock.pending).toBe(0);
});

const HEAD = cpim(`<${BOB}>`, `<${ROOM}>`, '');
const message = jest.fn();

/** The next large message, taken as it arrives. */
function taken(): Promise<{ head: IncomingMessage; content: AsyncIterator<Uint8Array> }> {
  message.mockClear();
  alice.on('message', message);
  return new Promise((resolve) => {
    alice.once('incoming', (head) => resolve({ head, content: head.read()[Symbol.asyncIterator]() }));
  });
}

async function textOf(content: AsyncIterator<Uint8Array>): Promise<string> {
  let text = '';
  for (let next = await content.next(); !next.done; next = await content.next()) text += Buffer.from(next.value);
  return text;
}

const chunk = (body: string, start: number, total: number | '*', flag: '+' | '$' | '#', extra: string[] = []): string =>
  peer.send(body, { messageId: 'large1', range: `${start}-*/${total}`, flag, extra });

test('7701-6.1-08 the content is there before the end of the message; then no event `message` comes', async () => {
  const coming = taken();
  chunk(`${HEAD}first`, 1, '*', '+');
  const { head, content } = await coming;
  expect(head).toMatchObject({ from: BOB, private: false, contentType: 'text/plain', size: undefined });
  expect(Buffer.from((await content.next()).value ?? '').toString()).toBe('first');
  chunk('second', HEAD.length + 6, HEAD.length + 11, '$');
  expect(await textOf(content)).toBe('second');
  expect((await peer.frameOf('200')).what).toBe('200');
  expect(message).not.toHaveBeenCalled();
});

test('octets of a long chunk are told before its end-line', async () => {
  const coming = taken();
  peer.write(
    `MSRP longtid SEND\r\nTo-Path: ${peer.peer}\r\nFrom-Path: ${peer.path}\r\nMessage-ID: large1\r\nByte-Range: 1-*/90000\r\nContent-Type: message/cpim\r\n\r\n${HEAD.slice(0, 20)}`,
  );
  await flushed();
  peer.write(`${HEAD.slice(20)}abc${' '.repeat(100)}`);
  const { head, content } = await coming;
  expect(head.size).toBe(90_000 - HEAD.length);
  expect(Buffer.from((await content.next()).value ?? '').toString()).toMatch(/^abc/);
  peer.write('\r\n-------longtid$\r\n');
  expect((await peer.frameOf('200')).tid).toBe('longtid');
});

test('4975-7.3.1-03, -04 chunks out of order and overlapping are put in order', async () => {
  const coming = taken();
  const at = HEAD.length;
  chunk(`${HEAD}abc`, 1, '*', '+');
  const { content } = await coming;
  chunk('ghi', at + 7, at + 9, '$');
  chunk('cdef', at + 3, '*', '+');
  expect(await textOf(content)).toBe('abcdefghi');
});

test('4975-7.3.1-14, 4975-7.1.3-05 the success report covers all of it, once', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, '*', '+', ['Success-Report: yes']);
  const { content } = await coming;
  const total = HEAD.length + 6;
  chunk('def', HEAD.length + 4, total, '$', ['Success-Report: yes']);
  expect(await textOf(content)).toBe('abcdef');
  const report = await peer.frameOf('REPORT');
  expect(report.headers.get('byte-range')).toBe(`1-${total}/${total}`);
});

test('4975-5.4-11 a repetition is acknowledged, not shown again', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, 70_000, '$');
  await coming;
  const tid = chunk(`${HEAD}abc`, 1, 70_000, '$');
  let answer = await peer.frameOf('200');
  while (answer.tid !== tid) answer = await peer.frameOf('200');
  expect(message).not.toHaveBeenCalled();
});

test('4975-7.3.1-07 a message its sender gives up breaks off', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, '*', '+');
  const { content } = await coming;
  const text = expect(textOf(content)).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
  chunk('', HEAD.length + 4, '*', '#');
  await text;
});

test('one that does not go on for 540 s breaks off', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, '*', '+');
  const { content } = await coming;
  const text = expect(textOf(content)).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
  await peer.frameOf('200');
  clock.advance(540_000);
  await text;
});

test('4975-10-04 a reader that leaves stops the sender: 413', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, '*', '+');
  const { content } = await coming;
  await content.return?.();
  expect((await peer.frameOf('200')).what).toBe('200');
  chunk('def', HEAD.length + 4, '*', '+');
  expect((await peer.frame()).what).toBe('413');
  chunk('ghi', HEAD.length + 7, '*', '$');
  expect((await peer.frame()).what).toBe('413');
});

test('a reader that rests holds the network back; after 20 s the sender is stopped', async () => {
  const coming = taken();
  // So much that its end has not come when reading stops, however much a read brings: else the chunk is answered 200.
  const body = 'x'.repeat(800 * 1024);
  chunk(`${HEAD}${body}`, 1, 1_000_000, '+');
  const { content } = await coming;
  expect((await clock.passUntil(peer.frameOf('413'), 100)).what).toBe('413');
  await expect(textOf(content)).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
});

test('A-40 more than we take is refused while it comes, in the middle of a chunk', async () => {
  const coming = taken();
  peer.write(
    `MSRP longtid SEND\r\nTo-Path: ${peer.peer}\r\nFrom-Path: ${peer.path}\r\nMessage-ID: large1\r\nByte-Range: 1-*/*\r\nContent-Type: message/cpim\r\n\r\n${HEAD}.`,
  );
  const { content } = await coming;
  const text = expect(textOf(content)).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
  peer.write('x'.repeat(1024 * 1024));
  expect(await peer.frameOf('413')).toMatchObject({ tid: 'longtid' });
  peer.write('\r\n-------longtid#\r\n');
  await text;
  peer.send(`${HEAD}small`);
  expect((await peer.frame()).what).toBe('200');
});

test('4975-7.3.1-08 what is not CPIM, and what nobody reads, comes or is refused as a whole', async () => {
  alice.on('message', message);
  message.mockClear();
  peer.send('<b>', { messageId: 'large2', range: '1-*/*', contentType: 'text/html' });
  expect((await peer.frame()).what).toBe('415');
  peer.send('no envelope', { messageId: 'large3', range: '1-*/*' });
  expect((await peer.frame()).what).toBe('400');
  chunk(`${HEAD}abc`, 1, '*', '$');
  expect((await peer.frame()).what).toBe('200');
  expect(message).toHaveBeenCalledTimes(1);
});

test('the end of the session ends the reading', async () => {
  const coming = taken();
  chunk(`${HEAD}abc`, 1, '*', '+');
  const { content } = await coming;
  await content.next();
  const next = expect(content.next()).rejects.toMatchObject({ code: 'CHAT_ERR_MESSAGE_INCOMPLETE' });
  await alice.leave();
  await next;
});

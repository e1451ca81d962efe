/** How far messages of ours are shown to be, and to whom they go. */
import type { ChatParticipant } from '../../../../../../../lib/client/participant.js';
import { ChatroomsError } from '../../../../../../../lib/util/errors.js';
import { Conversation } from '../../../../../../../plugin/web/pages/chat/model/conversation.js';
import type { MessageLine } from '../../../../../../../plugin/web/pages/chat/model/line.js';
import { FileShelf } from '../../../../../../../plugin/web/pages/chat/session/file-shelf.js';
import { Outbound } from '../../../../../../../plugin/web/pages/chat/session/outbound.js';

const ROOM = 'sip:room@x';
const PEER = { uri: 'sip:bo@x', name: 'Bo' };

/** A message that the room was handed. */
interface Handed {
  to: string;
  imdnId: string | undefined;
  dispositions: readonly string[] | undefined;
  answer: (status: number) => Promise<void>;
  fail: (code: 'CHAT_ERR_MSRP_TIMEOUT' | 'CHAT_ERR_CLOSED') => Promise<void>;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function desk() {
  const conversation = new Conversation();
  const handed: Handed[] = [];
  let silences = 0;
  const take = (to: string, { imdnId, dispositions }: Partial<Handed> = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      handed.push({
        to,
        imdnId,
        dispositions,
        answer: async (status) => {
          resolve({ status, comment: '' });
          await settled();
        },
        fail: async (code) => {
          reject(new ChatroomsError(code, 'no answer'));
          await settled();
        },
      });
    });
  const participant = {
    room: ROOM,
    send: (_text: string, options: Partial<Handed>) => take(ROOM, options),
    sendPrivate: (to: string, _text: string, options: Partial<Handed>) => take(to, options),
    sendContent: (to: string, _type: string, _content: unknown, options: Partial<Handed>) => take(to, options),
  } as unknown as ChatParticipant;
  const outbound = new Outbound({
    conversation,
    shelf: new FileShelf({ urls: { create: () => 'blob:1', revoke: () => {} }, onExpired: () => {} }),
    participant: () => participant,
    self: () => ({ uri: 'sip:ana@x', name: 'Ana' }),
    now: () => new Date(0),
    comesBack: () => true,
    onSilence: () => silences++,
  });
  return {
    outbound,
    handed,
    told: (messageId = '', status = '') => outbound.disposition({ messageId, status }),
    get line() {
      return conversation.lines[0] as MessageLine;
    },
    get silences() {
      return silences;
    },
  };
}

test('a file for one person goes to that one alone, and one for the room to the room', () => {
  const { outbound, handed } = desk();
  const file = Object.assign(new Blob(['x'], { type: 'image/png' }), { name: 'x.png' });
  outbound.sendFile(file, PEER);
  outbound.sendFile(file);
  expect(handed.map(({ to }) => to)).toEqual([PEER.uri, ROOM]);
});

test('only a private message asks to hear that it was delivered and read: a room would answer for all', () => {
  const { outbound, handed } = desk();
  outbound.say('to you', PEER);
  outbound.say('to all');
  expect(handed.map(({ dispositions }) => dispositions)).toEqual([['positive-delivery', 'display'], undefined]);
  expect(handed[1].imdnId).toBeUndefined();
});

test('a mark only goes forward: what was read is not merely delivered again, nor merely sent', async () => {
  const stage = desk();
  stage.outbound.say('psst', PEER);
  const [message] = stage.handed;
  // Who reads it is sometimes faster than the room.
  stage.told(message.imdnId, 'displayed');
  await message.answer(200);
  expect(stage.line.delivery).toBe('displayed');
  stage.told(message.imdnId, 'delivered');
  expect(stage.line.delivery).toBe('displayed');
});

test.each([403, 404, 413, 428])('what the room answers with %d was not sent, and says why', async (status) => {
  const stage = desk();
  stage.outbound.say('hello');
  await stage.handed[0].answer(status);
  expect(stage.line).toMatchObject({ delivery: 'failed', failure: expect.stringMatching(/\w/) });
  // It is kept, to be sent again.
  stage.outbound.retry(stage.line.id);
  expect(stage.line).toMatchObject({ delivery: 'sending', failure: '' });
  await stage.handed[1].answer(200);
  expect(stage.line.delivery).toBe('sent');
});

test('a room that does not answer in time is taken for lost; one whose connection broke is known to be', async () => {
  const stage = desk();
  stage.outbound.say('hello');
  await stage.handed[0].fail('CHAT_ERR_CLOSED');
  expect([stage.line.delivery, stage.silences]).toEqual(['failed', 0]);
  stage.outbound.retry(stage.line.id);
  await stage.handed[1].fail('CHAT_ERR_MSRP_TIMEOUT');
  expect([stage.line.delivery, stage.silences]).toEqual(['failed', 1]);
});

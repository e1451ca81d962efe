import type { ChatParticipant } from '../../../../../../../lib/client/participant.js';
import { ChatroomsError } from '../../../../../../../lib/util/errors.js';
import { Conversation } from '../../../../../../../plugin/web/pages/chat/model/conversation.js';
import { FileShelf } from '../../../../../../../plugin/web/pages/chat/session/file-shelf.js';
import { Outbound } from '../../../../../../../plugin/web/pages/chat/session/outbound.js';

const PEER = { uri: 'sip:bo@x', name: 'Bo' };

/** A private message whose answer the test gives. */
function sentPrivately() {
  const conversation = new Conversation();
  let breakOff: ((error: Error) => void) | undefined;
  let imdnId = '';
  const participant = {
    sendPrivate: (_uri: string, _text: string, options: { imdnId: string }) => {
      ({ imdnId } = options);
      return new Promise((_, reject) => (breakOff = reject));
    },
  } as unknown as ChatParticipant;
  const outbound = new Outbound({
    conversation,
    shelf: new FileShelf({ urls: { create: () => '', revoke: () => {} }, onExpired: () => {} }),
    participant: () => participant,
    self: () => ({ uri: 'sip:ana@x', name: 'Ana' }),
    now: () => new Date(0),
    comesBack: () => true,
    onSilence: () => {},
  });
  outbound.say('psst', PEER);
  return {
    told: (status: string) => outbound.disposition({ messageId: imdnId, status }),
    /** The connection breaks before the room has answered. */
    broken: async () => {
      breakOff?.(new ChatroomsError('CHAT_ERR_CLOSED', 'it broke'));
      await new Promise((resolve) => setImmediate(resolve));
    },
    get delivery() {
      const [line] = conversation.lines;
      return line.kind === 'message' ? line.delivery : undefined;
    },
  };
}

test('a message fails whose answer does not come', async () => {
  const message = sentPrivately();
  expect(message.delivery).toBe('sending');
  await message.broken();
  expect(message.delivery).toBe('failed');
});

test.each(['delivered', 'displayed'])(
  'a message that its recipient said was %s does not fail any more',
  async (status) => {
    const message = sentPrivately();
    message.told(status);
    await message.broken();
    expect(message.delivery).toBe(status);
  },
);

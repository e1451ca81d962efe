import type { ReceivedMessage } from '../../../../../../../lib/client/received-message.js';
import type { RosterEntry } from '../../../../../../../lib/client/roster.js';
import { Conversation } from '../../../../../../../plugin/web/pages/chat/model/conversation.js';
import { FileShelf } from '../../../../../../../plugin/web/pages/chat/session/file-shelf.js';
import { Inbound } from '../../../../../../../plugin/web/pages/chat/session/inbound.js';

const ANA = 'sip:ana-4711@x';

/** An inbox, and the roster that it asks. */
function inbox() {
  const roster = new Map<string, Partial<RosterEntry>>();
  const conversation = new Conversation();
  const inbound = new Inbound({
    conversation,
    shelf: new FileShelf({ urls: { create: () => '', revoke: () => {} }, onExpired: () => {} }),
    personAt: (uri) => roster.get(uri) as RosterEntry | undefined,
    isSelf: () => false,
    room: 'sip:room@x',
    now: () => new Date(0),
    maxFileSize: 1000,
  });
  return {
    says: (from: string, text: string) =>
      inbound.message({ from, text, unsupported: [], private: false } as unknown as ReceivedMessage),
    listed: (...entries: Partial<RosterEntry>[]) => {
      for (const entry of entries) roster.set(entry.uri ?? '', entry);
      inbound.listed();
    },
    names: () => conversation.lines.flatMap((line) => (line.kind === 'message' ? [line.name] : [])),
  };
}

test('who spoke before the room told his nickname is called by it once it does', () => {
  const { says, listed, names } = inbox();
  says(ANA, 'first');
  expect(names()).toEqual(['ana-4711']);
  listed({ uri: ANA, displayName: 'Ana M.' });
  says(ANA, 'second');
  expect(names()).toEqual(['Ana M.', 'Ana M.']);
  listed({ uri: ANA, nickname: 'Ana\u202E\nM' });
  expect(names()).toEqual(['Ana M', 'Ana M']);
});

test('what somebody said under a nickname stays under it', () => {
  const { says, listed, names } = inbox();
  listed({ uri: ANA, nickname: 'Ana' });
  says(ANA, 'first');
  listed({ uri: ANA, nickname: 'Anna' });
  says(ANA, 'second');
  expect(names()).toEqual(['Ana', 'Anna']);
});

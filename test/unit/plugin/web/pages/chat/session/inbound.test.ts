import type { IncomingMessage, ReceivedMessage } from '../../../../../../../lib/client/received-message.js';
import type { RosterEntry } from '../../../../../../../lib/client/roster.js';
import { Conversation } from '../../../../../../../plugin/web/pages/chat/model/conversation.js';
import type { MessageLine } from '../../../../../../../plugin/web/pages/chat/model/line.js';
import { FileShelf } from '../../../../../../../plugin/web/pages/chat/session/file-shelf.js';
import { Inbound } from '../../../../../../../plugin/web/pages/chat/session/inbound.js';

const ANA = 'sip:ana-4711@x';
const NOW = new Date(1_000_000_000_000);

/** An inbox, and the roster that it asks. */
function inbox() {
  const roster = new Map<string, Partial<RosterEntry>>();
  const conversation = new Conversation();
  const inbound = new Inbound({
    conversation,
    shelf: new FileShelf({ urls: { create: () => '', revoke: () => {} }, onExpired: () => {} }),
    personAt: (uri) => roster.get(uri) as RosterEntry | undefined,
    isSelf: (uri) => uri === 'sip:me@x',
    room: 'sip:room@x',
    now: () => NOW,
    maxFileSize: 1000,
  });
  return {
    hears: (message: Partial<ReceivedMessage>) =>
      inbound.message({ unsupported: [], private: false, ...message } as unknown as ReceivedMessage),
    begins: (message: Partial<IncomingMessage>) =>
      inbound.incoming({ private: false, ...message } as unknown as IncomingMessage),
    get last() {
      return conversation.lines.at(-1) as MessageLine;
    },
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

test('what the roster calls somebody counts more than what a message calls him', () => {
  const { hears, listed } = inbox();
  listed({ uri: ANA, nickname: 'Ana' });
  expect(hears({ from: ANA, text: 'I am the boss', displayName: 'Boss' })?.name).toBe('Ana');
  expect(hears({ from: 'sip:unlisted@x', text: 'hi', displayName: 'Eve' })?.name).toBe('Eve');
});

test('a message is of when it says, unless that is more than a minute from now', () => {
  const { hears } = inbox();
  const at = (ms: number): Date => new Date(NOW.getTime() + ms);
  const shown = (ms: number): Date | undefined => hears({ from: ANA, text: 'hi', dateTime: at(ms) })?.at;
  expect([shown(-5_000), shown(59_000), shown(61_000)]).toEqual([at(-5_000), at(59_000), NOW]);
});

test('a text too long to be read in a chat is a file', () => {
  const { hears } = inbox();
  const message = { from: ANA, contentType: 'text/plain', content: new Uint8Array(20_001) };
  expect(hears({ ...message, text: 'x'.repeat(20_000) })).toMatchObject({ text: expect.stringMatching(/^x+$/) });
  const line = hears({ ...message, text: 'x'.repeat(20_001) });
  expect([line?.text, line?.file?.name, line?.file?.size]).toEqual([undefined, 'text.txt', 20_001]);
});

test('a private message that another device of ours wrote is to whom it was written', () => {
  const { hears } = inbox();
  const envelope = { to: [{ uri: 'sip:bo@x' }] } as unknown as ReceivedMessage['envelope'];
  const mine = hears({ from: 'sip:me@x', text: 'psst', private: true, envelope });
  expect(mine).toMatchObject({ own: true, peer: { uri: 'sip:bo@x', name: 'bo' } });
  const his = hears({ from: 'sip:bo@x', text: 'yes?', private: true, envelope });
  expect(his).toMatchObject({ own: false, peer: { uri: 'sip:bo@x' } });
});

/** More than was said, and than is kept. */
async function* tooMuch(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 3; piece++) yield new Uint8Array(400);
}

test('of a file that is larger than may be kept nothing is kept, and it says so', async () => {
  const box = inbox();
  const message = { from: ANA, contentType: 'image/png', filename: 'big.png', size: 400, read: tooMuch };
  box.begins(message);
  await new Promise((resolve) => setImmediate(resolve));
  expect(box.last.file).toMatchObject({ name: 'big.png', missing: 'Did not arrive completely' });
  expect(box.last.file?.url).toBeUndefined();
});

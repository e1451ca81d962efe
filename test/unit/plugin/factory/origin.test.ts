import { originOf } from '../../../../plugin/factory/origin.js';

const creator = { uri: 'sip:ana@example.com', aliases: [], displayName: null, anonymous: false, anonymousUri: null };
const request = (headers: Record<string, string>) => ({ get: (name: string): string | undefined => headers[name] });

test('FAC-15: ids as they were written, with profile rcs alone', () => {
  const req = request({ 'Contribution-ID': ' a1@host ', 'Conversation-ID': 'b2', 'InReplyTo-Contribution-ID': 'c3' });
  expect(originOf(req, creator, true)).toEqual({
    contributionId: 'a1@host',
    conversationId: 'b2',
    inReplyTo: 'c3',
    subject: null,
    creator: 'sip:ana@example.com',
  });
  expect(originOf(req, creator, false)).toMatchObject({
    contributionId: expect.stringMatching(/^[0-9a-f]{32}$/),
    conversationId: null,
    inReplyTo: null,
  });
});

test.each(['a b', 'a\r\nX: 1', 'ä', 'x'.repeat(256)])('FAC-15: an id that is none is refused: %j', (id) => {
  const refused = expect.objectContaining({ code: 'CHAT_ERR_SIP_HEADER', sipStatus: 400 });
  expect(() => originOf(request({ 'Contribution-ID': id }), creator, true)).toThrow(refused);
});

test.each([
  ['Trip%20to Porto', 'Trip%20to Porto'],
  ['🎉', '🎉'],
  ['  ', null],
  ['é'.repeat(128), 'é'.repeat(127)],
])('FAC-17: subject %j', (written, kept) => {
  expect(originOf(request({ Subject: written }), creator, false).subject).toBe(kept);
  expect(originOf(request({ s: written }), creator, false).subject).toBe(kept);
});

test.each(['a\nb', 'a\rb', 'a\u0000b'])('FAC-17: a subject that would leave its line is refused: %j', (subject) => {
  expect(() => originOf(request({ Subject: subject }), creator, false)).toThrow(
    expect.objectContaining({ sipStatus: 400 }),
  );
});

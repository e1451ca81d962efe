import { Words } from '../../../../plugin/commands/grammar.js';
import { type Action, COMMANDS, commandNamed, synopsis } from '../../../../plugin/commands/table.js';
import { addressIn, helpOn, nicknameAnswer, printable, undelivered } from '../../../../plugin/commands/texts.js';

const read = (line: string): Action | undefined => {
  const [name = '', ...rest] = line.split(' ');
  return commandNamed(name)?.read(new Words(rest.join(' ')));
};
const act = (act: object, minutes?: number): object => ({ do: 'moderate', act, minutes });

test.each<[string, unknown]>([
  ['help', { do: 'help', about: undefined }],
  ['help kick', { do: 'help', about: 'kick' }],
  ['who', { do: 'who' }],
  ['topic', { do: 'subject', subject: undefined }],
  ['topic the cheese', { do: 'subject', subject: 'the cheese' }],
  ['nick Bob B', { do: 'nickname', nickname: 'Bob B' }],
  ['nick', undefined],
  ['msg "Bob B" hi there', { do: 'whisper', to: 'Bob B', text: 'hi there' }],
  ['msg bob', undefined],
  ['msg', undefined],
  ['invite bob@example.com', { do: 'invite', uri: 'bob@example.com' }],
  ['leave', { do: 'leave' }],
  ['kick bob', act({ act: 'kick', target: 'bob' })],
  ['kick bob too loud', act({ act: 'kick', target: 'bob', reason: 'too loud' })],
  ['kick', undefined],
  ['ban bob', act({ act: 'ban', target: 'bob' })],
  ['ban bob 10', act({ act: 'ban', target: 'bob' }, 10)],
  ['ban bob 10 too loud', act({ act: 'ban', target: 'bob', reason: 'too loud' }, 10)],
  ['ban bob 10th time', act({ act: 'ban', target: 'bob', reason: '10th time' })],
  ['unban sip:bob@example.com', act({ act: 'unban', target: 'sip:bob@example.com' })],
  ['mute bob', act({ act: 'mute', target: 'bob' })],
  ['mute bob 5', act({ act: 'mute', target: 'bob' }, 5)],
  ['unmute bob', act({ act: 'unmute', target: 'bob' })],
  ['lock', act({ act: 'lock', locked: true })],
  ['unlock', act({ act: 'lock', locked: false })],
  ['role bob Moderator', act({ act: 'role', target: 'bob', role: 'moderator' })],
  ['role bob king', undefined],
  ['role bob', undefined],
  ['dance', undefined],
  ['constructor', undefined],
])('/%s', (line, expected) => {
  expect(read(line)).toEqual(expected);
});

test('/help names every command, those of moderators to moderators only', () => {
  const names = Object.keys(COMMANDS);
  expect(helpOn(undefined, true).split('\n')).toHaveLength(names.length);
  expect(helpOn(undefined, false)).not.toContain('/ban');
  expect(helpOn('/Ban', false)).toBe('/ban WHO [MINUTES] [REASON]: removes somebody, who may not come back');
  expect(helpOn('nonsense', true)).toBe(helpOn(undefined, true));
  expect(synopsis('who', COMMANDS.who)).toBe('/who');
});

test.each([
  ['bob@example.com', 'sip:bob@example.com'],
  ['sip:bob@example.com', 'sip:bob@example.com'],
  ['sips:bob@example.com;transport=tcp', 'sips:bob@example.com;transport=tcp'],
  ['<sip:bob@example.com>', 'sip:bob@example.com'],
  ['tel:+34-600', 'tel:+34-600'],
  ['bob', null],
  ['@', null],
  ['sip:example.com', null],
  ['http://bob@example.com', null],
  ['tel:bob', null],
  ['bob@example.com>\r\nX: y', null],
])('the address in %j', (text, uri) => {
  expect(addressIn(text)).toBe(uri);
});

test('what others wrote is shown in one line of bounded length', () => {
  expect(printable('a\r\nb\u001b[31m\u202ec')).toBe('a b [31m c');
  expect(printable('x'.repeat(1000))).toHaveLength(500);
});

test.each([
  [200, 'You are Bob now.'],
  [403, 'You may not change your nickname, or not so often.'],
  [424, 'Bob cannot be a nickname.'],
  [425, 'Bob is taken, or reserved.'],
])('7701-7.1-09: %d to a nickname', (status, text) => {
  expect(nicknameAnswer(status, 'Bob')).toBe(text);
});

test.each([
  [403, 'You may not write that to Bob.'],
  [404, 'Bob is not here.'],
  [408, 'Whether you may write to Bob was not decided in time.'],
  [415, 'Bob takes no private messages.'],
  [428, 'Bob takes no private messages.'],
])('7701-6.2-06: %d to a private message', (status, text) => {
  expect(undelivered(status, 'Bob')).toBe(text);
});

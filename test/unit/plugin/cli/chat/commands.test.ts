import { readCommand } from '../../../../../plugin/cli/chat/commands.js';

test.each([
  ['hello', { kind: 'say', text: 'hello' }],
  ['  indented', { kind: 'say', text: '  indented' }],
  ['   ', { kind: 'nothing' }],
  ['//etc/passwd', { kind: 'say', text: '/etc/passwd' }],
  ['/msg bob see you', { kind: 'private', to: 'bob', text: 'see you' }],
  ['/msg "Ana B." hi', { kind: 'private', to: 'Ana B.', text: 'hi' }],
  ['/MSG  bob   two  spaces', { kind: 'private', to: 'bob', text: 'two  spaces' }],
  ['/nick Ana B.', { kind: 'nick', name: 'Ana B.' }],
  ['/nick', { kind: 'nick', name: '' }],
  ['/send my photo.png', { kind: 'file', path: 'my photo.png' }],
  ['/who', { kind: 'who' }],
  ['/help', { kind: 'help' }],
  ['/quit', { kind: 'quit' }],
])('%j', (line, command) => {
  expect(readCommand(line)).toEqual(command);
});

test.each(['/msg', '/msg bob', '/msg bob ', '/frobnicate now'])('%j is a mistake with a hint', (line) => {
  expect(readCommand(line)).toEqual({ kind: 'mistake', text: expect.stringMatching(/\/msg bob|\/help/) });
});

/** What a line typed at the prompt means. */
export type Command =
  | { kind: 'nothing' }
  | { kind: 'say'; text: string }
  | { kind: 'private'; to: string; text: string }
  | { kind: 'file'; path: string }
  | { kind: 'nick'; name: string }
  | { kind: 'who' }
  | { kind: 'help' }
  | { kind: 'quit' }
  /** One line with cause and fix. */
  | { kind: 'mistake'; text: string };

export const COMMAND_HELP = [
  'type a line to send it to everybody; commands:',
  '  /msg NAME TEXT   to one person only; "quote" a name that has spaces',
  '  /send FILE       a file to everybody',
  '  /nick NAME       change your nickname, /nick alone gives it back',
  '  /who             who is here',
  '  /quit            leave, like Ctrl-C or Ctrl-D',
  '  //TEXT           send a line that begins with a slash',
];

function privateMessage(rest: string): Command {
  const match = /^(?:"([^"]+)"|(\S+))\s+(\S[\s\S]*)$/.exec(rest);
  const to = match?.[1] ?? match?.[2];
  if (to === undefined || match?.[3] === undefined) {
    return { kind: 'mistake', text: 'whom and what? Write: /msg bob see you at noon' };
  }
  return { kind: 'private', to, text: match[3] };
}

export function readCommand(line: string): Command {
  if (line.trim() === '') return { kind: 'nothing' };
  if (line.startsWith('//')) return { kind: 'say', text: line.slice(1) };
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  const [word = ''] = line.split(/\s/, 1);
  const rest = line.slice(word.length).trim();
  switch (word.toLowerCase()) {
    case '/msg':
      return privateMessage(rest);
    case '/send':
      return rest === ''
        ? { kind: 'mistake', text: 'which file? Write: /send photo.png' }
        : { kind: 'file', path: rest };
    case '/nick':
      return { kind: 'nick', name: rest };
    case '/who':
      return { kind: 'who' };
    case '/help':
      return { kind: 'help' };
    case '/quit':
    case '/exit':
      return { kind: 'quit' };
    default:
      return { kind: 'mistake', text: `there is no ${word}; /help lists the commands, //… sends a line with a slash` };
  }
}

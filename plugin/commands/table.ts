/** The commands, by name: how each is written, and what it asks for. */
import type { Act, Role } from '../../lib/chat-server.js';
import type { Words } from './grammar.js';

export type Action =
  | { do: 'help'; about: string | undefined }
  | { do: 'who' }
  | { do: 'subject'; subject: string | undefined }
  | { do: 'nickname'; nickname: string }
  | { do: 'whisper'; to: string; text: string }
  | { do: 'invite'; uri: string }
  /** `minutes`: how long it holds. */
  | { do: 'moderate'; act: Act; minutes?: number }
  | { do: 'leave' };

export interface Command {
  /** Names of its arguments; in brackets those that may be left out. */
  usage: string;
  /** For people. */
  does: string;
  /** Listed only for moderators; whether somebody may, the focus decides. */
  moderators?: boolean;
  /** Undefined when the arguments are not those of `usage`. */
  read(words: Words): Action | undefined;
}

const ROLES: readonly string[] = ['owner', 'moderator', 'participant', 'visitor'] satisfies Role[];
const isRole = (text: string | undefined): text is Role => text !== undefined && ROLES.includes(text);

/** A command about one person. */
const about =
  (act: (target: string, words: Words) => Action | undefined) =>
  (words: Words): Action | undefined => {
    const target = words.word();
    return target === undefined ? undefined : act(target, words);
  };

const moderate = (act: Act, minutes?: number): Action => ({ do: 'moderate', act, minutes });

/** `/me` is none of them: it is passed on, and clients show it their way. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: '[COMMAND]', does: 'tells what can be typed', read: (words) => ({ do: 'help', about: words.word() }) },
  who: { usage: '', does: 'tells who is here', read: () => ({ do: 'who' }) },
  me: { usage: 'DOES', does: 'says what you do', read: () => undefined },
  nick: {
    usage: 'NAME',
    does: 'sets your nickname',
    read: (words) => {
      const nickname = words.rest();
      return nickname === undefined ? undefined : { do: 'nickname', nickname };
    },
  },
  msg: {
    usage: 'WHO TEXT',
    does: 'writes to one participant',
    read: about((to, words) => {
      const text = words.rest();
      return text === undefined ? undefined : { do: 'whisper', to, text };
    }),
  },
  topic: {
    usage: '[TEXT]',
    does: 'tells or sets what is talked about',
    read: (words) => ({ do: 'subject', subject: words.rest() }),
  },
  invite: { usage: 'URI', does: 'calls somebody into the room', read: about((uri) => ({ do: 'invite', uri })) },
  leave: { usage: '', does: 'leaves the room', read: () => ({ do: 'leave' }) },
  kick: {
    usage: 'WHO [REASON]',
    does: 'removes somebody',
    moderators: true,
    read: about((target, words) => moderate({ act: 'kick', target, reason: words.rest() })),
  },
  ban: {
    usage: 'WHO [MINUTES] [REASON]',
    does: 'removes somebody, who may not come back',
    moderators: true,
    read: about((target, words) => {
      const minutes = words.number();
      return moderate({ act: 'ban', target, reason: words.rest() }, minutes);
    }),
  },
  unban: {
    usage: 'URI',
    does: 'lets somebody come back',
    moderators: true,
    read: about((target) => moderate({ act: 'unban', target })),
  },
  mute: {
    usage: 'WHO [MINUTES]',
    does: 'lets somebody only read',
    moderators: true,
    read: about((target, words) => moderate({ act: 'mute', target }, words.number())),
  },
  unmute: {
    usage: 'WHO',
    does: 'lets somebody write again',
    moderators: true,
    read: about((target) => moderate({ act: 'unmute', target })),
  },
  lock: { usage: '', does: 'lets nobody in', moderators: true, read: () => moderate({ act: 'lock', locked: true }) },
  unlock: {
    usage: '',
    does: 'lets others in again',
    moderators: true,
    read: () => moderate({ act: 'lock', locked: false }),
  },
  role: {
    usage: `WHO ${ROLES.join('|')}`,
    does: 'makes somebody that',
    moderators: true,
    read: about((target, words) => {
      const role = words.word()?.toLowerCase();
      return isRole(role) ? moderate({ act: 'role', target, role }) : undefined;
    }),
  },
};

/** The command of that name; undefined when there is none. */
export const commandNamed = (name: string): Command | undefined =>
  Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

/** `/kick WHO [REASON]` */
export const synopsis = (name: string, { usage }: Command): string => `/${name} ${usage}`.trimEnd();

/** `--limit NAME=VALUE`, whatever part of the program it is for. */
import type { EmbeddedLimits } from '../../lib/embedded-drachtio/index.js';
import type { ChatroomsOptions } from '../options.js';
import { limitFields } from '../limits/options.js';
import { UsageError } from './usage-error.js';

export const LIMIT_HELP = `\
  --limit NAME=VALUE      one of docs/limits.md, e.g. messagesPerSecond=50; may be repeated; =off takes a rate away
`;

/** What the flags come to, by what they are given to. */
export interface LimitFlags {
  /** Of `chatrooms()`. */
  limits: NonNullable<ChatroomsOptions['limits']>;
  /** Of users who have people invited. */
  invitations: Pick<NonNullable<ChatroomsOptions['invitations']>, 'maxListEntries' | 'perMinute'>;
  /** Options of every room. */
  rooms: { nicknameChangesPerMinute?: number };
  /** Of the embedded endpoint. */
  sip: Partial<EmbeddedLimits>;
}

const NUMBERS: ReadonlySet<string> = new Set([
  ...Object.keys(limitFields),
  'maxRooms',
  'maxParticipants',
  'maxBans',
  'maxMessageSize',
  'maxPendingBytes',
  'largeMessage',
  'maxLoopDelay',
  'congestionTimeout',
  'maxSpoolBytes',
  'maxDocumentSize',
]);

const INVITATIONS: Readonly<Record<string, keyof LimitFlags['invitations']>> = {
  'invitations.maxListEntries': 'maxListEntries',
  'invitations.perMinute': 'perMinute',
};

const SIP: Readonly<Record<string, keyof EmbeddedLimits>> = {
  maxSipConnections: 'maxConnections',
  maxSipConnectionsPerAddress: 'maxConnectionsPerAddress',
  maxSipTransactions: 'maxTransactions',
};

/**
 * Reads what stands behind `--limit`. Whether a number is one that its option can have, the option says.
 *
 * @param endpoint the SIP side is ours, rather than that of a drachtio-server
 * @throws UsageError
 */
export function readLimits(flags: readonly string[], endpoint: boolean): LimitFlags {
  const limits: Record<string, number | false> = {};
  const read: LimitFlags = { limits, invitations: {}, rooms: {}, sip: {} };
  for (const flag of flags) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/.exec(flag) ?? [];
    const sip = Object.hasOwn(SIP, name) ? SIP[name] : undefined;
    const invitations = Object.hasOwn(INVITATIONS, name) ? INVITATIONS[name] : undefined;
    if (invitations) read.invitations[invitations] = positive(flag, text);
    else if (sip) {
      if (!endpoint) throw new UsageError(`--limit ${name} is for the embedded endpoint; drachtio-server has its own`);
      read.sip[sip] = positive(flag, text);
    } else if (name === 'nicknameChangesPerMinute') read.rooms[name] = positive(flag, text);
    else if (NUMBERS.has(name)) limits[name] = text === 'off' ? false : number(flag, text);
    else throw new UsageError(`--limit ${flag} is not known; write NAME=VALUE, with a name of docs/limits.md`);
  }
  return read;
}

function number(flag: string, text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`--limit ${flag}: ${JSON.stringify(text)} is no number`);
}

function positive(flag: string, text: string): number {
  const value = number(flag, text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`--limit ${flag}: has to be a whole number above 0`);
}

/** `--limit NAME=VALUE`, whatever part of the configuration it is in. */
import { limitsFields } from '../options/option-fields.js';
import { didYouMean } from './nearest.js';
import type { Reader } from './readers.js';

/** Of `limits`, those that are numbers; the largest memory has a flag of its own. */
const NUMBERS = Object.keys(limitsFields).filter(
  (name) => !['slowReader', 'spoolDirectory', 'maxMemory'].includes(name),
);

const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'invitations.maxListEntries': ['invitations', 'maxListEntries'],
  'invitations.perMinute': ['invitations', 'perMinute'],
  nicknameChangesPerMinute: ['rooms', 'defaults', 'nicknameChangesPerMinute'],
  maxSipConnections: ['sip', 'limits', 'maxConnections'],
  maxSipConnectionsPerAddress: ['sip', 'limits', 'maxConnectionsPerAddress'],
  maxSipTransactions: ['sip', 'limits', 'maxTransactions'],
};

/** Names that `--limit` knows. */
export const LIMIT_NAMES: readonly string[] = [...NUMBERS, ...Object.keys(ELSEWHERE)];

/** Whether a number is one that its option can have, the schema says. */
export const readLimit: Reader = (given) => {
  const [, name = '', text = ''] = /^([^=]*)=(.*)$/.exec(given) ?? [];
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  if (!elsewhere && !NUMBERS.includes(name)) {
    return `is not known; write NAME=VALUE, with a name of docs/limits.md${didYouMean(name || given, LIMIT_NAMES)}`;
  }
  const path = elsewhere ?? ['limits', name];
  if (text === 'off' && !elsewhere) return [[path, false]];
  if (/^\d+(?:\.\d+)?$/.test(text)) return [[path, Number(text)]];
  return `${JSON.stringify(text)} is no number`;
};

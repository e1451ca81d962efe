/** Everything a script can say, in the order in which a line is compared. */
import type { Sentence } from '../script.js';
import { CHUNKS } from './chunks.js';
import { JOINING } from './joining.js';
import { MESSAGES } from './messages.js';
import { NICKNAMES } from './nicknames.js';
import { RAW } from './raw.js';
import { ROOM } from './room.js';
import { ROSTER } from './roster.js';
import { TIME } from './time.js';

export const SENTENCES: readonly Sentence[] = [
  ...JOINING,
  ...RAW,
  ...MESSAGES,
  ...CHUNKS,
  ...NICKNAMES,
  ...ROOM,
  ...TIME,
  ...ROSTER,
];

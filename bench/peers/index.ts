import type { Contender } from '../harness/contender.js';
import { broadcasts } from './broadcast.js';
import { daemons } from './daemon.js';

/** What others use instead of this server; each is in the rows of its kind once it is here. */
export const peers: readonly Contender[] = [...daemons, ...broadcasts];

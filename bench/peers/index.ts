import type { Contender } from '../harness/contender.js';

/** What others use instead of this server; each is in the rows of its kind once it is here. */
export const peers: readonly Contender[] = [];

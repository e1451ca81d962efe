import type { Contender } from './harness/contender.js';
import { cFloor, nodeFloor } from './harness/floor.js';
import { ourServer } from './harness/server.js';
import { peers } from './peers/index.js';

/** Everything that fans out, in the order of the tables: what is possible, this server, what others use. */
export const contenders: readonly Contender[] = [cFloor, nodeFloor, ourServer('server'), ...peers];

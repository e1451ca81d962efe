import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileC } from '../harness/compile-c.js';
import { DRIVER } from './peer-room.js';

const SHARED = join(__dirname, '..', 'driver');
/** Of the driver of MSRP; the others speak MSRP. */
const MODULES = ['buffer.c', 'latency.c', 'link.c', 'load.c', 'stamp.c', 'tls.c'];

/** Compiles the driver of the peers when it is missing or older than its source. */
export function prepareDriver(): 'ready' {
  const headers = readdirSync(SHARED).filter((name) => name.endsWith('.h'));
  compileC(DRIVER, [join(__dirname, 'driver'), ...[...MODULES, ...headers].map((name) => join(SHARED, name))]);
  return 'ready';
}

/**
 * Writes the vectors of this folder: `npx tsx test/vectors-own/make.ts`. What is expected is written down in the lists
 * beside this file, from the requirements and the RFCs; here it only gets the lengths and hashes of its bytes.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './frames.js';
import { cpimVectors } from './cpim.js';
import { framingVectors } from './framing.js';
import { headVectors } from './heads.js';
import { sessionVectors } from './sessions.js';
import { roomVectors } from './room.js';
import { sdpVectors } from './sdp.js';
import type { OwnVector } from './vector.js';

const folder = __dirname;
for (const name of readdirSync(folder)) if (/\.(?:msrp|sdp|json)$/.test(name)) rmSync(join(folder, name));

const seen = new Set<string>();
for (const vector of [
  ...headVectors,
  ...framingVectors,
  ...sessionVectors,
  ...cpimVectors,
  ...roomVectors,
  ...sdpVectors,
])
  write(vector);
process.stdout.write(`${seen.size} vectors\n`);

function write({ name, bytes, ...rest }: OwnVector): void {
  if (seen.has(name)) throw new Error(`two vectors are called ${name}`);
  seen.add(name);
  const file = `${name}.${rest.kind}`;
  writeFileSync(join(folder, file), bytes);
  const json = { schema: 1, name, file, ...rest, dissect: false, bytes: bytes.length, sha256: digest(bytes) };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
}

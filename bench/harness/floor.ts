import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { freePort, Subject } from './process.js';
import { System } from './system.js';

const SOURCES = join(__dirname, '..', 'floor');
const OUTPUT = join('.tmp', 'bench', 'floor');

const sessionId = (length: number): string => randomBytes(length).toString('hex').slice(0, length);

/** The floor runs as plain JavaScript: a loader in its process would show in its memory. */
export function compileFloor(): void {
  mkdirSync(OUTPUT, { recursive: true });
  for (const name of readdirSync(SOURCES)) {
    const { code } = transformFileSync(join(SOURCES, name), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    writeFileSync(join(OUTPUT, name.replace(/ts$/, 'js')), code);
  }
}

/**
 * `sessionIdLength` is that of the server, so that the paths of both are equally long and both move the same octets.
 */
export async function startFloor(sessionIdLength: number): Promise<System> {
  const port = await freePort();
  const subject = await Subject.start('the floor', [join(OUTPUT, 'main.js'), String(port)], [port]);
  const joinOne = (index: number) =>
    Promise.resolve({
      host: '127.0.0.1',
      port,
      ownPath: `msrp://127.0.0.1:9/${sessionId(32)};tcp`,
      peerPath: `msrp://127.0.0.1:${port}/${sessionId(sessionIdLength)};tcp`,
      room: 'sip:bench@localhost',
      from: `sip:p${index}@bench.invalid`,
    });
  return new System('floor', subject, joinOne, () => {});
}

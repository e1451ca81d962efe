import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';

const SOURCES = join(__dirname, '..');
const OUTPUT = join('.tmp', 'bench');

/** A program of this folder that is measured, compiled by `compile`. */
export type Program =
  | 'floor'
  | 'parser'
  | 'probe'
  | 'configured-server'
  | 'switch-server'
  | 'nickname-server'
  | 'peers/socket-io'
  | 'peers/ws-broadcast';

/** Where its main file is. */
export const program = (name: Program): string => join(OUTPUT, name, 'main.js');

/** What is measured runs as plain JavaScript: a loader in its process would show in its memory. */
export function compile(name: Program): void {
  mkdirSync(join(OUTPUT, name), { recursive: true });
  for (const file of readdirSync(join(SOURCES, name)).filter((file) => file.endsWith('.ts'))) {
    const { code } = transformFileSync(join(SOURCES, name, file), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    writeFileSync(join(OUTPUT, name, file.replace(/ts$/, 'js')), code);
  }
}

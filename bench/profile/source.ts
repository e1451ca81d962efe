import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SelfTime } from './cpu-profile.js';

const maps = new Map<string, SourceMap | undefined>();

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) {
    const path = `${file}.map`;
    const map = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : undefined;
    maps.set(file, map && new SourceMap(map));
  }
  return maps.get(file);
}

const here = (file: string): string => relative(process.cwd(), file);

/** `file:line` of the TypeScript a function was compiled from, of a file without a map, of Node; else what V8 calls it. */
export function location({ column, line, url }: SelfTime): string {
  if (url === '') return 'native';
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  if (!file.startsWith('/')) return `${file}:${line}`;
  const entry = mapOf(file)?.findEntry(line - 1, column);
  if (!entry || !('originalSource' in entry)) return `${here(file)}:${line}`;
  return `${here(resolve(dirname(file), entry.originalSource))}:${entry.originalLine + 1}`;
}

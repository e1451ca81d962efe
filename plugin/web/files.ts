/** The built pages, in memory: they are few, and as long as the program runs they do not change. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Coding = 'br' | 'gzip' | 'identity';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.map': 'application/json',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};
const COMPRESSED = new Set(['.png', '.ico', '.woff2']);
/** Octets below which it is not worth it. */
const WORTH_COMPRESSING = 1024;
/** The best, 11, takes seconds for the scripts and saves 3 % more. */
const BROTLI_QUALITY = 9;

const compressors: Readonly<Record<Exclude<Coding, 'identity'>, (content: Buffer) => Promise<Buffer>>> = {
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (content) => promisify(gzip)(content, { level: 9 }),
};

export class WebFile {
  readonly type: string;
  readonly #content: Buffer;
  readonly #hash: string;
  readonly #compressible: boolean;
  /** Begun when it is first asked for. */
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  constructor(name: string, content: Buffer) {
    const extension = extname(name);
    this.type = TYPES[extension] ?? 'application/octet-stream';
    this.#content = content;
    this.#hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    this.#compressible = !COMPRESSED.has(extension) && content.length >= WORTH_COMPRESSING;
  }

  /** The best of what a browser takes, as its Accept-Encoding says. */
  codingFor(accepted: string): Coding {
    if (!this.#compressible) return 'identity';
    return (['br', 'gzip'] as const).find((coding) => takes(accepted, coding)) ?? 'identity';
  }

  /** RFC 9110 §8.8.3: a strong one differs between the codings of one file. */
  etag(coding: Coding): string {
    return `"${this.#hash}${coding === 'identity' ? '' : `-${coding}`}"`;
  }

  async content(coding: Coding): Promise<Buffer> {
    if (coding === 'identity') return this.#content;
    const compressed = this.#compressed.get(coding) ?? compressors[coding](this.#content);
    this.#compressed.set(coding, compressed);
    return compressed;
  }
}

/** RFC 9110 §12.5.3, as far as browsers write it: `gzip, deflate, br;q=0.5`. */
const takes = (accepted: string, coding: Coding): boolean =>
  accepted
    .toLowerCase()
    .split(',')
    .map((entry) => entry.replaceAll(' ', ''))
    .some((entry) => entry.split(';', 1)[0] === coding && !/;q=0(?:\.0*)?$/.test(entry));

/**
 * All files below `directory`, by their path in it, with `/`; none where there is no such directory.
 *
 * @throws Node's error for what cannot be read
 */
export function readFiles(directory: string): Map<string, WebFile> {
  const files = new Map<string, WebFile>();
  for (const entry of entriesBelow(directory)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(directory, path).replaceAll(sep, '/');
    files.set(name, new WebFile(name, readFileSync(path)));
  }
  return files;
}

function entriesBelow(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

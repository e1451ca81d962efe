import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of this package; package.json is two folders above the source and three above the build. */
export function version(): string {
  for (const up of ['../..', '../../..']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(join(__dirname, up, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'drachtio-chatroom' && found !== undefined) return found;
    } catch {
      // Not there.
    }
  }
  return 'unknown';
}

// Bundles lib/client/browser.ts into one ES module that a page can load as it is: dist/lib/client/browser.mjs,
// and its types into browser.d.mts.
import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { rollTypes } from './roll-types.mjs';

await build({
  entryPoints: ['lib/client/browser.ts'],
  outfile: 'dist/lib/client/browser.mjs',
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022'],
  // Those who bundle it anew minify it then; others can read it.
  minify: false,
  legalComments: 'eof',
  inject: ['plugin/web/pages/shared/buffer.ts'],
  logLevel: 'warning',
});
// What is a Buffer in Node is a Uint8Array there, with the methods of one.
writeFileSync(
  'dist/lib/client/browser.d.mts',
  rollTypes('dist/lib/client/browser.d.ts').replaceAll(': Buffer;', ': Uint8Array;'),
);

// Bundles the pages of plugin/web/pages/, each a folder with index.html, main.ts and what else it shows, into
// dist/plugin/web/public/: one script a page, nothing from elsewhere. Sizes are printed with --sizes.
import { build } from 'esbuild';
import { cpSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const SOURCE = 'plugin/web/pages';
const TARGET = 'dist/plugin/web/public';
const PAGES = ['chat', 'admin'];
/** What the codecs of lib/ need, which only the chat page has. */
const INJECTED = { chat: [`${SOURCE}/shared/buffer.ts`], admin: [] };
const onlySizes = process.argv.includes('--sizes');

const bundles = await Promise.all(
  PAGES.map((page) =>
    build({
      entryPoints: [`${SOURCE}/${page}/main.ts`],
      outbase: SOURCE,
      outdir: TARGET,
      bundle: true,
      minify: true,
      sourcemap: 'linked',
      format: 'esm',
      platform: 'browser',
      target: ['es2022'],
      // Licences of what is bundled.
      legalComments: 'linked',
      inject: INJECTED[page],
      logLevel: 'warning',
      metafile: false,
      write: !onlySizes,
    }),
  ),
);
if (onlySizes) {
  const outputFiles = bundles.flatMap((bundle) => bundle.outputFiles);
  for (const { path, contents } of outputFiles.filter(({ path }) => path.endsWith('.js'))) {
    console.log(`${path}: ${contents.length} octets, ${gzipSync(contents).length} compressed`);
  }
} else {
  for (const page of PAGES) {
    // Each has its own copy of what they share: a proxy may let through one page and not the other.
    for (const folder of [page, 'shared']) {
      for (const entry of readdirSync(`${SOURCE}/${folder}`, { withFileTypes: true })) {
        if (!entry.isFile() || /\.tsx?$/.test(entry.name)) continue;
        cpSync(`${SOURCE}/${folder}/${entry.name}`, `${TARGET}/${page}/${entry.name}`);
      }
    }
  }
}

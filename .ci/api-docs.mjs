// Writes docs/api.md, from the types and the comments of what the package exports; with --check only says whether it is up to
// date. Fails on a name without a comment, and on one that an exported type is made of and nobody can import.
import { readFileSync, writeFileSync } from 'node:fs';
import { Project } from 'ts-morph';
import { describe } from './api-docs/describe.mjs';
import { undocumented, unexported, usedBy } from './api-docs/gaps.mjs';
import { readingOrder } from './api-docs/order.mjs';
import { Anchors, commentAbove } from './api-docs/text.mjs';

const TARGET = 'docs/api.md';

const project = new Project({ tsConfigFilePath: 'tsconfig.json' });
const { name: packageName, exports: paths } = JSON.parse(readFileSync('package.json', 'utf8'));

/** In the order of package.json: the name to import, the source, and what it exports. */
const entries = Object.entries(paths)
  .filter(([, target]) => typeof target !== 'string')
  .map(([path, target]) => {
    const built = target.require?.default ?? target.default;
    const source = built.replace(/^\.\/dist\//, '').replace(/\.m?js$/, '.ts');
    const file = project.getSourceFileOrThrow(source);
    const names = [...file.getExportedDeclarations()].filter(([name]) => name !== 'default');
    return {
      name: packageName + path.slice(1),
      about: commentAbove(file),
      exported: new Map(readingOrder(names)),
    };
  });

const gaps = [...undocumented(entries), ...unexported(entries)];
if (gaps.length > 0) {
  console.error(gaps.join('\n'));
  process.exit(1);
}

const text = document();
if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== text) {
    console.error(`${TARGET} is not what the sources say; run npm run docs:api`);
    process.exit(1);
  }
} else writeFileSync(TARGET, text);

function document() {
  /** By declaration: the heading that describes it, so that what two entries export is described once. */
  const described = new Map();
  const anchors = new Anchors();
  anchors.of('Programming interface');
  /** By declaration: the name under which it is described. */
  const names = new Map(
    entries.toReversed().flatMap(({ exported }) => [...exported].map(([name, [first]]) => [first, name])),
  );
  const sections = entries.map((entry) => {
    const parts = [];
    const own = [];
    const link = anchors.of(entry.name);
    const elsewhere = [];
    for (const [name, declarations] of entry.exported) {
      const known = described.get(declarations[0]);
      if (known) {
        elsewhere.push(`[\`${name}\`](#${known})`);
        continue;
      }
      const heading = `${entry.name}: ${name}`;
      described.set(declarations[0], anchors.of(heading));
      own.push(name);
      parts.push({ heading, name, declarations });
    }
    const links = elsewhere.length > 0 ? [`Also: ${elsewhere.join(', ')}.`] : [];
    return { link, entry, own, links, parts };
  });
  /** Types that a declaration is made of are a click away. */
  const linksTo = (declarations) => {
    const used = new Set(declarations.flatMap((declaration) => [...usedBy(declaration)]));
    const known = [...used].filter((type) => described.has(type) && !declarations.includes(type));
    return known.map((type) => `[\`${names.get(type)}\`](#${described.get(type)})`).join(', ');
  };
  const section = ({ entry, own, links, parts }) => {
    const index = own
      .toSorted((a, b) => a.localeCompare(b, 'en'))
      .map((name) => {
        const [first] = entry.exported.get(name);
        return `[\`${name}\`](#${described.get(first)})`;
      });
    const blocks = parts.map(({ heading, name, declarations }) => {
      const types = linksTo(declarations);
      return `### ${heading}\n\n${describe(name, declarations)}${types === '' ? '' : `\n\nMade of: ${types}.`}`;
    });
    return [`## ${entry.name}`, entry.about, index.join(' · '), ...links, ...blocks]
      .filter((part) => part !== '')
      .join('\n\n');
  };
  const head = [
    '# Programming interface',
    '<!-- Written by .ci/api-docs.mjs from the sources: change those, and run npm run docs:api. -->',
    'What the package exports, by entry: first what is called or made, then what that takes and gives, in the order in which it is met. Errors have a `code`; [errors.md](errors.md) lists them all. A first program is in [examples](../examples/README.md), options with what they are for are in [options.md](options.md), a test in [testing.md](testing.md).',
    entries
      .map(({ name, about }, index) => `- [\`${name}\`](#${sections[index].link}): ${firstSentence(about)}`)
      .join('\n'),
  ];
  return `${[...head, ...sections.map(section)].join('\n\n')}\n`;
}

function firstSentence(text) {
  return text.split(/(?<=\.)\s/)[0].replace(/[.:]?$/, '.');
}

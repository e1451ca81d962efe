// Writes lib/focus/confusables-data.ts from the confusables.txt of UTS #39, which is at
// https://www.unicode.org/Public/security/latest/confusables.txt and in the sources of ICU (source/data/unidata).
// Usage: node .ci/confusables.mjs FILE
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OUTPUT = fileURLToPath(new URL('../lib/focus/confusables-data.ts', import.meta.url));
const WIDTH = 114;

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node .ci/confusables.mjs FILE, the confusables.txt of the Unicode Consortium');
  process.exit(2);
}
const text = readFileSync(file, 'utf8');
const version = /^# Version: (\S+)/m.exec(text)?.[1];
if (version === undefined) throw new Error(`${file} is no confusables.txt: it names no version`);

/** What can be in the decomposition of a nickname: no ignorable character, and nothing that NFKC takes away. */
const inNicknames = (character) =>
  /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character) &&
  character.normalize('NFKC').normalize('NFD') === character;

/** Sources by target, both in hexadecimal. */
const sources = new Map();
for (const [, source, target] of text.matchAll(/^\uFEFF?([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;/gm)) {
  if (!inNicknames(String.fromCodePoint(Number.parseInt(source, 16)))) continue;
  const key = target.replaceAll(' ', '+');
  sources.set(key, [...(sources.get(key) ?? []), source]);
}

const lines = [''];
for (const [target, from] of sources) {
  for (const word of [`${target}=${from[0]}`, ...from.slice(1)].map((part, i) => (i === 0 ? ` ${part}` : `,${part}`))) {
    // A list of sources that goes on in the next line begins again with its target.
    if (lines.at(-1).length + word.length <= WIDTH) lines.push(lines.pop() + word);
    else lines.push(word.startsWith(' ') ? word : ` ${target}=${word.slice(1)}`);
  }
}

writeFileSync(
  OUTPUT,
  `/**
 * Written by .ci/confusables.mjs from confusables.txt of UTS #39, version ${version}, of which it has what can be in a
 * nickname: \`target=source,source\`, hexadecimal code points; the target may be several, joined by \`+\`.
 *
 * © 2025 Unicode®, Inc. Licence and permission notice: docs/unicode-license.txt.
 */
export const CONFUSABLES: readonly string[] = [
${lines.map((line) => `  '${line.trim()}',`).join('\n')}
];
`,
);

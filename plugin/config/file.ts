/** Reads a configuration file: YAML, or JSON, which is YAML too. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLParseError,
} from 'yaml';
import { isSection } from './json-schema.js';
import type { Origin, Problem } from './problems.js';
import type { Layer } from './sources.js';
import { filesIn } from './special-keys.js';
import { isTree, type Path, type Tree, valueAt, withValue } from './tree.js';
import { whyUnreadable } from './unreadable.js';

/**
 * What a file says; relative paths in it count from where it is.
 *
 * @param by the flag or variable that names it. @defaultValue its name stands alone
 */
export function readConfigFile(file: string, by?: string): { layer: Layer; problems: Problem[] } {
  const nothing: Layer = { tree: {}, origins: [] };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const hint = by === undefined ? '' : `; see ${by}`;
    return { layer: nothing, problems: [{ message: `${file} cannot be read: ${whyUnreadable(error)}${hint}` }] };
  }
  const lines = new LineCounter();
  const at = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', file, line, column: col };
  };
  const wrong = (message: string, offset: number): Problem => {
    const origin = at(offset);
    const { line, col } = lines.linePos(offset);
    return { message: `${file}:${line}:${col}: ${message}`, origin };
  };
  const documents = [parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true })].flat();
  const [first, second] = documents as Document.Parsed[];
  if (first === undefined) return { layer: nothing, problems: [] };
  if (second) return { layer: nothing, problems: [wrong('there is a second document; write one', second.range[0])] };
  const faults = first.errors.map((error) => wrong(faultOf(error, text), error.pos[0]));
  if (faults.length > 0) return { layer: nothing, problems: faults };
  try {
    return readDocument(first, { folder: dirname(file), at, wrong });
  } catch (error) {
    // Aliases that would grow without end.
    return { layer: nothing, problems: [wrong(oneLine((error as Error).message), 0)] };
  }
}

interface Place {
  folder: string;
  at: (offset: number) => Origin;
  wrong: (message: string, offset: number) => Problem;
}

function readDocument(document: Document.Parsed, { folder, at, wrong }: Place): { layer: Layer; problems: Problem[] } {
  const said: unknown = document.toJS();
  const origins = [...originsOf(document.contents, [], at)];
  if (said === null) return { layer: { tree: {}, origins: [] }, problems: [] };
  if (!isTree(said)) {
    return { layer: { tree: {}, origins: [] }, problems: [wrong('is no list of options; write KEY: VALUE', 0)] };
  }
  let tree = said;
  // A section of which everything is commented out says nothing.
  for (const [path] of origins) {
    if (valueAt(tree, path) === null && isSection(path)) tree = withValue(tree, path, {}) as Tree;
  }
  for (const path of filesIn(tree)) {
    const name = valueAt(tree, path);
    const isPath = typeof name === 'string' && name !== '' && !(path[0] === 'data' && name === 'memory');
    if (isPath) tree = withValue(tree, path, resolve(folder, name)) as Tree;
  }
  return { layer: { tree, origins }, problems: [] };
}

/** Where each key and each item begins. */
function* originsOf(node: unknown, path: Path, at: (offset: number) => Origin): Generator<readonly [Path, Origin]> {
  // What an alias stands for is told where the alias is.
  if (isAlias(node)) return;
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      const offset = (key as Node).range?.[0];
      if (name === undefined || offset === undefined) continue;
      yield [[...path, name], at(offset)];
      yield* originsOf(value, [...path, name], at);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const offset = (item as Node).range?.[0];
      if (offset !== undefined) yield [[...path, index], at(offset)];
      yield* originsOf(item, [...path, index], at);
    }
  }
}

/** The words of the parser, but for what people often do. */
function faultOf({ code, message, pos: [offset] }: YAMLParseError, text: string): string {
  if (code === 'DUPLICATE_KEY') {
    const [key] = /^(?:"[^"]*"|'[^']*'|[^:\s]*)/.exec(text.slice(offset)) ?? [''];
    return `${key} is there twice; put what belongs to it in one place`;
  }
  const before = text.slice(0, text.indexOf('\n', offset) + 1 || undefined);
  const hint = /(?:^|[\s,{[])\/[/*]/.test(before) ? '; comments begin with #' : '';
  return oneLine(message) + hint;
}

const oneLine = (text: string): string => text.split('\n', 1)[0];

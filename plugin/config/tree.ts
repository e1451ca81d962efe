/** Configurations as the sources have them, before anybody has looked whether they make sense. */

export type Tree = { readonly [key: string]: unknown };
export type Path = readonly PropertyKey[];

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands there; undefined where nothing does. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A copy in which `value` stands at `path`; undefined takes away what stood there. */
export function withValue(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const deeper = withValue(valueAt(tree, [key]), rest, value);
  if (Array.isArray(tree)) return tree.map((item: unknown, index) => (String(index) === String(key) ? deeper : item));
  const others = isTree(tree) ? Object.entries(tree).filter(([name]) => name !== key) : [];
  // fromEntries makes own properties, also of a name like __proto__.
  return Object.fromEntries(deeper === undefined ? others : [...others, [String(key), deeper]]);
}

/** Of these only one counts: who says one, says that the others of a weaker source do not. */
const ALTERNATIVES = [
  ['secret', 'secretFile'],
  ['token', 'tokenFile'],
  ['password', 'passwordFile'],
  ['url', 'urlFile'],
  ['file', 'sql'],
];

/** What both say; where both say something, `stronger` counts. Lists are taken whole. */
export function merge(weaker: unknown, stronger: unknown): unknown {
  if (!isTree(weaker) || !isTree(stronger)) return stronger;
  const said = (name: string): boolean => Object.hasOwn(stronger, name);
  const lost = new Set(ALTERNATIVES.filter((names) => names.some(said)).flat());
  const merged = new Map(Object.entries(weaker).filter(([key]) => said(key) || !lost.has(key)));
  for (const [key, value] of Object.entries(stronger)) {
    const before = Object.hasOwn(weaker, key) ? weaker[key] : undefined;
    merged.set(key, merge(before, value));
  }
  return Object.fromEntries(merged);
}

/** The paths in `tree` that a pattern means, in which `*` is every key. */
export function expand(tree: unknown, [key, ...rest]: readonly string[], before: Path = []): Path[] {
  if (key === undefined) return [before];
  if (typeof tree !== 'object' || tree === null) return [];
  const keys = key === '*' ? Object.keys(tree) : [key];
  return keys.flatMap((name) => expand(valueAt(tree, [name]), rest, [...before, name]));
}

/** As it is written about: `rooms.static.lobby.password`. */
export const dotted = (path: Path): string => path.map(String).join('.');

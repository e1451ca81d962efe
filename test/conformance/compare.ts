import { isDeepStrictEqual } from 'node:util';

/** Where and how `actual` differs from `expected`; null when it does not. Members `expected` lacks are not looked at. */
export function difference(expected: unknown, actual: unknown, path = ''): string | null {
  if (isDeepStrictEqual(expected, actual)) return null;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return `${path || 'list'}: ${actual.length} entries instead of ${expected.length}: ${show(actual)}`;
    }
    return first(expected.keys(), (i) => difference(expected[i], actual[i], `${path}[${i}]`));
  }
  if (isRecord(expected) && isRecord(actual)) {
    return first(Object.keys(expected), (key) => difference(expected[key], actual[key], path ? `${path}.${key}` : key));
  }
  return `${path || 'value'}: ${show(actual)} instead of ${show(expected)}`;
}

function first<T>(items: Iterable<T>, check: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = check(item);
    if (found !== null) return found;
  }
  return null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

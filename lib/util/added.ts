/** Figures of several, added number by number: also those in objects and arrays inside, and those that only one of them has. */
export function added<T extends object>(one: T, other: T): T {
  if (Array.isArray(one) && Array.isArray(other)) {
    const longer = one.length > other.length ? one : other;
    return longer.map((_, index) => total(one[index], other[index])) as T;
  }
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, total(Reflect.get(one, name), Reflect.get(other, name))]),
  ) as T;
}

function total(one: unknown, other: unknown): unknown {
  if (isObject(one) || isObject(other)) {
    if (!isObject(one)) return other;
    return isObject(other) ? added(one, other) : one;
  }
  return Number(one ?? 0) + Number(other ?? 0);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

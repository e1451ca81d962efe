import { cpimUriKey } from '../cpim/index.js';
import type { Identity } from './types.js';

/**
 * Key of the participant an identity is, unique within a room. The same person with and without a name is two
 * participants: one entry would tell who hides. The blank keeps the keys apart from those of URIs.
 */
export function participantKey(identity: Identity): string {
  const key = cpimUriKey(identity.uri) ?? '';
  return identity.anonymous ? `anonymous ${key}` : key;
}

/** Keys under which somebody may come. */
export const keysOf = (identity: Identity): string[] =>
  [identity.uri, ...identity.aliases].map((uri) => participantKey({ ...identity, uri }));

/** Keys of somebody's URIs: they are asked for with each NOTIFY, and for everybody with each version of a roster. */
const knownKeys = new WeakMap<Identity, readonly string[]>();

/** Keys (`cpimUriKey`) of all URIs of somebody, anonymous or not. */
export function addressKeys(identity: Identity): readonly string[] {
  const known = knownKeys.get(identity);
  if (known) return known;
  const keys = [identity.uri, ...identity.aliases].map((uri) => cpimUriKey(uri) ?? '');
  knownKeys.set(identity, keys);
  return keys;
}

/** Whether one of somebody's URIs is among these keys (`cpimUriKey`). */
export const isAmong = (keys: ReadonlySet<string>, identity: Identity): boolean =>
  keys.size > 0 && addressKeys(identity).some((key) => keys.has(key));

/** The keys of URIs; what is no URI has none. */
export const uriKeys = (uris: readonly string[]): ReadonlySet<string> =>
  new Set(uris.map(cpimUriKey).filter((key) => key !== null));

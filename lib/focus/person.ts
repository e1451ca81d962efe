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

/** Whether one of somebody's URIs is among these keys (`cpimUriKey`). */
export const isAmong = (keys: ReadonlySet<string>, { uri, aliases }: Identity): boolean =>
  [uri, ...aliases].some((own) => keys.has(cpimUriKey(own) ?? ''));

/** The keys of URIs; what is no URI has none. */
export const uriKeys = (uris: readonly string[]): ReadonlySet<string> =>
  new Set(uris.map(cpimUriKey).filter((key) => key !== null));

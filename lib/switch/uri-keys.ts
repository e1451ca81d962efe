import { cpimUriKey } from '../cpim/index.js';

/** Keys (`cpimUriKey`) of those that could name somebody. */
export function uriKeys(uris: readonly string[]): ReadonlySet<string> {
  return new Set(uris.map(cpimUriKey).filter((key) => key !== null));
}

import type { Secret } from '../../options/options.js';

/** The secret that an HA1 of unknown kind is, by its length; null when it is no hash. */
export function hashed(ha1: string): Secret | null {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i.test(ha1)) return null;
  return { algorithm: ha1.length === 32 ? 'MD5' : 'SHA-256', ha1: ha1.toLowerCase() };
}

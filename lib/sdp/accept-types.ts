/** Media types a peer takes, from `a=accept-types` and `a=accept-wrapped-types` (RFC 4975 §8.6). */
import { ownText } from '../util/own-text.js';
import { Recent } from '../util/recent.js';

/** `type/subtype` in lower case, without parameters. */
export function bareType(type: string): string {
  const semicolon = type.indexOf(';');
  return (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
}

/**
 * Does the list take this type? Entries are `type/subtype`, `type/*` or `*`; parameters do not count
 * (4975-8.6-02: "An entry with parameters matches the type without them").
 */
export function listTakes(list: readonly string[], type: string): boolean {
  const wanted = bareType(type);
  const family = `${wanted.slice(0, wanted.indexOf('/') + 1)}*`;
  return list.some((entry) => {
    const bare = bareType(entry);
    return bare === '*' || bare === '*/*' || bare === wanted || bare === family;
  });
}

/** Lists of types for which what they take is kept: clients differ in few. */
const REMEMBERED = 64;
const known = new Recent<WrappedTypes>(REMEMBERED);

/** `new WrappedTypes`, the same for all peers with the same lists. */
export function wrappedTypes(
  acceptTypes: readonly string[],
  acceptWrappedTypes: readonly string[] | null,
): WrappedTypes {
  const lists = `${acceptTypes.join(' ')}\n${acceptWrappedTypes?.join(' ') ?? ''}`;
  const found = known.get(lists);
  if (found) return found;
  const types = new WrappedTypes(acceptTypes, acceptWrappedTypes);
  known.set(ownText(lists), types);
  return types;
}

/** Answers for one peer whether a wrapped type may be sent to it; made once from its SDP, asked for each message. */
export class WrappedTypes {
  readonly #all: boolean;
  readonly #types = new Set<string>();
  readonly #families = new Set<string>();

  /**
   * 4975-8.6-03: the types of accept-types are implicitly allowed inside containers too.
   *
   * @param acceptWrappedTypes null when the attribute is absent
   */
  constructor(acceptTypes: readonly string[], acceptWrappedTypes: readonly string[] | null) {
    const entries = [...acceptTypes, ...(acceptWrappedTypes ?? [])].map((entry) => ownText(bareType(entry)));
    this.#all = entries.includes('*') || entries.includes('*/*');
    for (const entry of entries) {
      if (entry.endsWith('/*')) this.#families.add(entry.slice(0, -2));
      else this.#types.add(entry);
    }
  }

  /** 7701-6.1-07: MUST NOT deliver what the recipient is known not to accept. */
  takes(type: string): boolean {
    if (this.#all) return true;
    const bare = bareType(type);
    return this.#types.has(bare) || this.#families.has(bare.slice(0, Math.max(0, bare.indexOf('/'))));
  }
}

/**
 * Local URI → session: which session a request is for (RFC 4975 §7.3, compared by §6.1). Only the URI of our path counts,
 * also where a middlebox was given another address (6714-5-01).
 */
import { Announced } from './announced.js';
import type { Session } from './session.js';
import { parseMsrpUri, uriKey } from './uri.js';

/** How a To-Path finds its session. */
export type SessionMatch =
  /** By the whole URI, as RFC 4975 §6.1 compares. */
  | 'uri'
  /** By the session-id alone, for peers behind a middlebox that rewrites the host in `a=path` ("sessmatch", D14). */
  | 'session-id';

/** The sessions there are, by the URI that a To-Path names. */
export class Sessions {
  /** Peers nearly always write our URI as we did. */
  readonly #exact = new Map<string, Session>();
  readonly #byKey = new Map<string, Session>();
  readonly #match: SessionMatch;
  readonly #announced = new Announced();

  /** @param match how to find sessions; by default as the RFC says */
  constructor(match: SessionMatch = 'uri') {
    this.#match = match;
  }

  add(session: Session): void {
    const key = this.#keyOf(session.localUri);
    this.#exact.set(session.localUri, session);
    this.#byKey.set(key, session);
    this.#announced.settle(key);
  }

  delete(session: Session): void {
    this.#exact.delete(session.localUri);
    this.#byKey.delete(this.#keyOf(session.localUri));
  }

  /**
   * 4975-7.3-01: exactly one URI, and one that names a session: we are no relay (4976-6.2-01). 4975-6-05: one without
   * session-id names none.
   */
  find(toPath: readonly string[]): Session | undefined {
    if (toPath.length !== 1) return undefined;
    const uri = toPath[0];
    return this.#exact.get(uri) ?? this.#byKey.get(this.#keyOf(uri));
  }

  /**
   * The session `localUri` is being offered: requests for it may wait until it is added. Returns what withdraws it; then,
   * as when it was added, nobody waits any more.
   */
  announce(localUri: string): () => void {
    return this.#announced.announce(this.#keyOf(localUri));
  }

  /** Sessions are announced. */
  get expecting(): boolean {
    return this.#announced.size > 0;
  }

  /**
   * Calls `settled` once, when the session was added or withdrawn, unless what is returned is called before. Null when
   * none is announced that `toPath` finds, or too many wait.
   */
  expect(toPath: readonly string[], settled: () => void): (() => void) | null {
    return toPath.length === 1 ? this.#announced.wait(this.#keyOf(toPath[0]), settled) : null;
  }

  get size(): number {
    return this.#exact.size;
  }

  #keyOf(uri: string): string {
    const parsed = parseMsrpUri(uri);
    if (!parsed) return uri;
    return (this.#match === 'session-id' ? parsed.sessionId : null) ?? uriKey(parsed);
  }
}

/**
 * Local URI → session: which session a request is for (RFC 4975 §7.3, compared by §6.1). Only the URI of our path counts,
 * also where a middlebox was given another address (6714-5-01).
 */
import type { Session } from './session.js';
import { parseMsrpUri, uriKey } from './uri.js';

/** How a To-Path finds its session. */
export type SessionMatch =
  /** By the whole URI, as RFC 4975 §6.1 compares. */
  | 'uri'
  /** By the session-id alone, for peers behind a middlebox that rewrites the host in `a=path` ("sessmatch", D14). */
  | 'session-id';

export class Sessions {
  /** Peers nearly always write our URI as we did. */
  readonly #exact = new Map<string, Session>();
  readonly #byKey = new Map<string, Session>();
  readonly #match: SessionMatch;

  /** @param match how to find sessions; by default as the RFC says */
  constructor(match: SessionMatch = 'uri') {
    this.#match = match;
  }

  add(session: Session): void {
    this.#exact.set(session.localUri, session);
    this.#byKey.set(this.#keyOf(session.localUri), session);
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

  get size(): number {
    return this.#exact.size;
  }

  #keyOf(uri: string): string {
    const parsed = parseMsrpUri(uri);
    if (!parsed) return uri;
    return (this.#match === 'session-id' ? parsed.sessionId : null) ?? uriKey(parsed);
  }
}

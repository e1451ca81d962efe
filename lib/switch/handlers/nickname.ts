/** NICKNAME (RFC 7701 §7): the switch checks the request, the focus decides about the name. */
import { parseUseNickname, type Request, type Session } from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Traffic } from '../traffic.js';

/** Requests of one session that wait for the focus; a further one is refused as one too many is. */
const MAX_WAITING = 8;
/** Milliseconds for the focus: who asks gives up after 30 s (4975-7.1.1-17). */
const PATIENCE = 25_000;

export interface NicknameHost {
  readonly clock: Clock;
  readonly session: Session;
  readonly traffic: Pick<Traffic, 'nicknames'>;
  /** The room permits nicknames. */
  permitted(): boolean;
  /** Take a value without quotes (P-NICK-01). */
  lenient(): boolean;
  /** 200, 403, 424 or 425; '' removes. */
  reserve(nickname: string): number | Promise<number>;
  /** It was not to be had. */
  nicknameRefused(status: number): void;
}

export class NicknameHandler {
  readonly #host: NicknameHost;
  /** Made with the first one that waits. */
  #waiting: Set<Timer> | undefined;

  constructor(host: NicknameHost) {
    this.#host = host;
  }

  end(request: Request): void {
    const status = this.#status(request);
    if (typeof status === 'number') this.#respond(request, status);
    else this.#await(request, status);
  }

  /** The session is over: nobody waits for an answer. */
  close(): void {
    for (const timer of this.#waiting ?? []) timer.cancel();
    this.#waiting?.clear();
  }

  /** Each is answered when its answer is known (4975-7.1.1-19): the focus was asked in the order in which they came. */
  #await(request: Request, answer: Promise<number>): void {
    const { session, clock } = this.#host;
    const { connection } = session;
    const settle = (status: number): void => {
      // It was late, or the session is over.
      if (!this.#waiting?.delete(timer)) return;
      timer.cancel();
      // 4975-7.2-06: on the connection that carried the request or not at all.
      if (session.connection === connection) this.#respond(request, status);
    };
    const timer = clock.after(PATIENCE, () => settle(408));
    (this.#waiting ??= new Set()).add(timer);
    answer.then(settle, () => settle(408));
  }

  #respond(request: Request, status: number): void {
    this.#host.traffic.nicknames.count(String(status));
    this.#host.session.respond(request, status);
    if (status !== 200) this.#host.nicknameRefused(status);
  }

  #status(request: Request): number | Promise<number> {
    // 7701-7.1-05: checked first.
    if (!this.#host.permitted()) return 403;
    // 7701-7.1-04, A-44: a NICKNAME MUST NOT carry report headers; 7701-7.1-07: Use-Nickname is missing.
    if (request.hasReportHeaders || request.useNickname === null) return 400;
    const nickname = parseUseNickname(request.useNickname, this.#host.lenient());
    // 7701-7.1-06: present but malformed.
    if (nickname === null) return 424;
    if ((this.#waiting?.size ?? 0) >= MAX_WAITING) return 403;
    // 7701-7.1-09: 200 when the focus takes it. 7701-7.1-15: asking shows support, whatever the SDP said.
    return this.#host.reserve(nickname);
  }
}

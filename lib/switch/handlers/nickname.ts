/** NICKNAME (RFC 7701 §7): the switch checks the request, the focus decides about the name. */
import { parseUseNickname, type Request, type Session } from '../../msrp/index.js';

export interface NicknameHost {
  readonly session: Session;
  /** The room permits nicknames. */
  permitted(): boolean;
  /** Take a value without quotes (P-NICK-01). */
  lenient(): boolean;
  /** 200, 403, 424 or 425; '' removes. */
  reserve(nickname: string): number;
}

export class NicknameHandler {
  readonly #host: NicknameHost;

  constructor(host: NicknameHost) {
    this.#host = host;
  }

  end(request: Request): void {
    this.#host.session.respond(request, this.#status(request));
  }

  #status(request: Request): number {
    // 7701-7.1-05: checked first.
    if (!this.#host.permitted()) return 403;
    // 7701-7.1-04, A-44: a NICKNAME MUST NOT carry report headers; 7701-7.1-07: Use-Nickname is missing.
    if (request.hasReportHeaders || request.useNickname === null) return 400;
    const nickname = parseUseNickname(request.useNickname, this.#host.lenient());
    // 7701-7.1-06: present but malformed.
    if (nickname === null) return 424;
    // 7701-7.1-09: 200 when the focus takes it. 7701-7.1-15: asking shows support, whatever the SDP said.
    return this.#host.reserve(nickname);
  }
}

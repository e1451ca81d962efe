import { type DigestHash, parseMsrpUri, RelayAuth } from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type { MsrpLink } from './link.js';

/** An MSRP relay of ours, and who we are there (RFC 4976 §5.1). */
export interface RelayAccount {
  /** `msrps://relay.example.com;tcp`; without a port the relay is looked up in DNS. */
  uri: string;
  username: string;
  password: string;
  /** Seconds to ask for. @defaultValue what the relay grants */
  expires?: number;
}

export interface RelayAccessOptions {
  /** The innermost relay, to which we connect, first. */
  accounts: readonly RelayAccount[];
  hash: DigestHash;
  clock: Clock;
  link: MsrpLink;
  /** The path changed; what was negotiated with the former one has to be offered anew. */
  onRenewed(usePath: readonly string[]): void;
}

/** Seconds a renewal may take. */
const RENEWAL_TIME = 60;
/** Largest delay a timer takes, in ms. */
const MAX_DELAY = 2 ** 31 - 1;

/** @throws ChatroomsError `CHAT_ERR_USAGE` when one of them is no relay */
export function checkRelays(accounts: readonly RelayAccount[]): void {
  for (const { uri, username } of accounts) {
    // 4976-5.1-03: "AUTH goes only over TLS"
    if (parseMsrpUri(uri)?.scheme !== 'msrps') {
      const text = `"${uri}" is not the address of a relay; write it like msrps://relay.example.com;tcp`;
      throw new ChatroomsError('CHAT_ERR_USAGE', text);
    }
    if (/\p{Cc}/u.test(username)) throw new ChatroomsError('CHAT_ERR_USAGE', 'a control character in a user name');
  }
}

/** What our relays granted for one session, and its renewal. */
export class RelayAccess {
  readonly #options: RelayAccessOptions;
  readonly #auths = new Map<RelayAccount, RelayAuth>();
  #usePath: readonly string[] = [];
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: RelayAccessOptions) {
    this.#options = options;
  }

  /** URIs in front of the peer's path, next hop first (4976-5.1-01). */
  get usePath(): readonly string[] {
    return this.#usePath;
  }

  /**
   * Asks every relay, each through those in front of it.
   * @throws ChatroomsError `CHAT_ERR_RELAY_REFUSED` (`msrpStatus`), `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED`
   */
  async open(): Promise<void> {
    let usePath: readonly string[] = [];
    let shortest = Number.POSITIVE_INFINITY;
    for (const account of this.#options.accounts) {
      const granted = await this.#authenticate(account, usePath);
      ({ usePath } = granted);
      shortest = Math.min(shortest, granted.expires);
    }
    if (this.#closed) return;
    this.#usePath = usePath;
    this.#renewIn(shortest, shortest);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #authenticate(
    account: RelayAccount,
    through: readonly string[],
  ): Promise<{ usePath: readonly string[]; expires: number }> {
    const { hash, link } = this.#options;
    // behind another relay a nonce is only good as long as the way there stays the same
    const known = through.length === 0 ? this.#auths.get(account) : undefined;
    const auth = known ?? new RelayAuth({ ...account, relay: account.uri, through, hash });
    this.#auths.set(account, auth);
    for (;;) {
      const verdict = auth.receive(await link.request('AUTH', auth.toPath, auth.next()));
      if (verdict.kind === 'granted') return verdict;
      if (verdict.kind === 'refused') {
        const text = `the relay ${account.uri} refused: ${verdict.status} ${verdict.reason}`;
        throw new ChatroomsError('CHAT_ERR_RELAY_REFUSED', text, { msrpStatus: verdict.status });
      }
    }
  }

  /** 4976-5.1-05: "renew and re-offer before expiry"; what fails is tried again while there is time. */
  #renewIn(left: number, granted: number): void {
    const seconds = left > 2 * RENEWAL_TIME ? left - RENEWAL_TIME : left / 2;
    const began = this.#options.clock.now();
    this.#timer = this.#options.clock.after(Math.min(seconds * 1000, MAX_DELAY), () => {
      const remaining = left - (this.#options.clock.now() - began) / 1000;
      void this.#renew(remaining, granted);
    });
  }

  async #renew(left: number, granted: number): Promise<void> {
    const before = this.#usePath.join(' ');
    try {
      await this.open();
      if (!this.#closed && this.#usePath.join(' ') !== before) this.#options.onRenewed(this.#usePath);
    } catch (error) {
      if (this.#closed) return;
      if (left > 2) this.#renewIn(left, granted);
      else
        this.#options.link.fail(
          `the relay no longer serves us: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
  }
}

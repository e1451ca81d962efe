import { lookalikesOf } from './confusables.js';
import { type Nickname, nicknameOf } from './nickname.js';

/** Nicknames nobody gets (7701-7.1-08: "a reserved word (not to be used as a nickname by any user)"). */
export class ReservedNicknames {
  /** As configured. */
  readonly words: readonly string[];
  readonly #keys: ReadonlySet<string>;
  /** Made when first asked for. */
  #lookalikes: ReadonlySet<string> | null = null;

  /** @param words those that could be no nickname anyway are left out */
  constructor(words: readonly string[]) {
    this.words = words;
    this.#keys = new Set(words.map((word) => nicknameOf(word)?.key).filter((key) => key !== undefined));
  }

  has({ key }: Nickname): boolean {
    return this.#keys.has(key);
  }

  /** Does the nickname look like one of them, in lower or in upper case (`ADMlN`)? */
  resembles(nickname: Nickname): boolean {
    this.#lookalikes ??= new Set([...this.#keys].flatMap((key) => lookalikesOf({ key, shown: key.toUpperCase() })));
    return lookalikesOf(nickname).some((form) => this.#lookalikes?.has(form));
  }
}

import { randomId } from '../../../../lib/msrp/index.js';

/** What is used of `localStorage`. */
export interface Kept {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

/** What a browser remembers for the next visit; where it may not, the page alone does. */
export class Preferences {
  readonly #storage: Kept | undefined;
  /** Written by this page, in case nothing is kept. */
  readonly #own = new Map<string, string>();

  constructor(storage: () => Kept) {
    try {
      this.#storage = storage();
    } catch {
      // Refused by a setting of the browser.
      this.#storage = undefined;
    }
  }

  get(name: 'nickname' | 'room' | 'user'): string | undefined {
    return this.#read(name);
  }

  set(name: 'nickname' | 'room' | 'user', value: string): void {
    this.#write(name, value);
  }

  /** Makes the address of this browser one of a kind, the same at each visit, so that its nickname is kept for it. */
  guestId(): string {
    const known = this.#read('guest');
    if (known !== undefined && /^[a-z0-9]{6,20}$/.test(known)) return known;
    const id = randomId(10)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '0');
    this.#write('guest', id);
    return id;
  }

  /**
   * The name that the address of a guest is made of: he who renames himself keeps his address, and so his nickname is kept
   * for that one, not for one made of the nickname.
   */
  guestName(nickname: string): string {
    return (nickname === this.get('nickname') ? this.#read('name') : undefined) ?? nickname;
  }

  /**
   * The guest whose address is made of `name` has this nickname now. Both are written, as somebody else may have joined in
   * another tab meanwhile.
   */
  called(nickname: string, name: string): void {
    this.set('nickname', nickname);
    this.#write('name', name);
  }

  #read(name: string): string | undefined {
    try {
      return this.#storage?.getItem(`chatroom.${name}`) ?? this.#own.get(name);
    } catch {
      return this.#own.get(name);
    }
  }

  #write(name: string, value: string): void {
    this.#own.set(name, value);
    try {
      this.#storage?.setItem(`chatroom.${name}`, value);
    } catch {
      // Full, or refused: it is a convenience.
    }
  }
}

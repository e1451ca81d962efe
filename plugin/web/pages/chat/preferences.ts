import { randomId } from '../../../../lib/msrp/index.js';

/** What a browser remembers for the next visit; nothing, where it may not. */
export class Preferences {
  readonly #storage: Storage | undefined;

  constructor(storage: () => Storage) {
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

  #read(name: string): string | undefined {
    try {
      return this.#storage?.getItem(`chatroom.${name}`) ?? undefined;
    } catch {
      return undefined;
    }
  }

  #write(name: string, value: string): void {
    try {
      this.#storage?.setItem(`chatroom.${name}`, value);
    } catch {
      // Full, or refused: it is a convenience.
    }
  }
}

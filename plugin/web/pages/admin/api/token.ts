/** The token of the HTTP API, for as long as the tab is open and nowhere else. */
const KEY = 'chatroom.token';

/** As much of a `Storage` of the browser as is needed. */
export interface TokenStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Token {
  readonly #storage: TokenStorage | undefined;
  #value: string | undefined;

  /** @param storage throws where the browser keeps nothing; then the token lasts until the page is loaded anew */
  constructor(storage: () => TokenStorage) {
    try {
      this.#storage = storage();
      this.#value = this.#storage.getItem(KEY) ?? undefined;
    } catch {
      this.#storage = undefined;
    }
  }

  get value(): string | undefined {
    return this.#value;
  }

  set(value: string): void {
    this.#value = value;
    try {
      this.#storage?.setItem(KEY, value);
    } catch {
      // Full, or refused: it is asked for again.
    }
  }

  forget(): void {
    this.#value = undefined;
    try {
      this.#storage?.removeItem(KEY);
    } catch {
      // It was not kept either.
    }
  }
}

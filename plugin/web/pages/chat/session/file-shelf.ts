/** Makes the URL of content, and takes it back: `URL.createObjectURL` in a page. */
export interface Urls {
  create(content: Blob): string;
  revoke(url: string): void;
}

export interface FileShelfOptions {
  urls: Urls;
  /** Octets kept at most; the oldest files go first. @defaultValue 256 MB */
  capacity?: number;
  /** Content of that line is kept no longer. */
  onExpired: (line: number) => void;
}

/** Content of files that were sent or received, as long as there is room for it. */
export class FileShelf {
  readonly #urls: Urls;
  readonly #capacity: number;
  readonly #onExpired: (line: number) => void;
  readonly #files = new Map<number, { url: string; size: number }>();
  #size = 0;

  constructor({ urls, capacity = 256_000_000, onExpired }: FileShelfOptions) {
    this.#urls = urls;
    this.#capacity = capacity;
    this.#onExpired = onExpired;
  }

  /** @returns URL of the content, good until `drop` or `onExpired` */
  keep(line: number, content: Blob): string {
    this.drop(line);
    const url = this.#urls.create(content);
    this.#files.set(line, { url, size: content.size });
    this.#size += content.size;
    for (const oldest of this.#files.keys()) {
      if (this.#size <= this.#capacity || oldest === line) break;
      this.drop(oldest);
      this.#onExpired(oldest);
    }
    return url;
  }

  drop(line: number): void {
    const file = this.#files.get(line);
    if (!file) return;
    this.#files.delete(line);
    this.#size -= file.size;
    this.#urls.revoke(file.url);
  }

  clear(): void {
    for (const line of this.#files.keys()) this.drop(line);
  }
}

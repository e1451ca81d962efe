/** Values by key, bounded: the one set longest ago is forgotten first. */
export class Recent<V> {
  #values: Map<string, V> | undefined;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    return this.#values?.get(key);
  }

  has(key: string): boolean {
    return this.#values?.has(key) ?? false;
  }

  set(key: string, value: V): void {
    const values = (this.#values ??= new Map());
    values.delete(key);
    values.set(key, value);
    if (values.size <= this.#limit) return;
    for (const oldest of values.keys()) {
      values.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.#values?.delete(key);
  }
}

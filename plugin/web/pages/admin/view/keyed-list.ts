export interface Row<T> {
  readonly element: Element;
  update(item: T): void;
}

/** Children of an element, one for each item: changed where items change, not made anew, so that focus stays where it is. */
export class KeyedList<T> {
  readonly #rows = new Map<string, Row<T>>();

  constructor(
    private readonly container: Element,
    private readonly key: (item: T) => string,
    /** It is updated right afterwards. */
    private readonly create: (item: T) => Row<T>,
    /** The row that had the focus is gone. */
    private readonly lost: () => void = () => undefined,
  ) {}

  update(items: readonly T[]): void {
    const focused = this.container.contains(document.activeElement) ? document.activeElement : null;
    const wanted = new Set(items.map((item) => this.key(item)));
    for (const [key, { element }] of this.#rows) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#rows.delete(key);
    }
    let at = this.container.firstElementChild;
    for (const item of items) {
      const row = this.#rowOf(item);
      row.update(item);
      if (row.element === at) at = at.nextElementSibling;
      else this.container.insertBefore(row.element, at);
    }
    if (focused === null || focused === document.activeElement) return;
    // Who is moved loses it.
    if (focused.isConnected && focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    else this.lost();
  }

  #rowOf(item: T): Row<T> {
    const key = this.key(item);
    const row = this.#rows.get(key) ?? this.create(item);
    this.#rows.set(key, row);
    return row;
  }
}

type Listener<A extends unknown[]> = (...args: A) => void;

/** A typed event emitter without Node: `Events` maps a name to its arguments. Shared by server and browser code. */
export class Emitter<Events extends { [K in keyof Events]: unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never[]>>>();

  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): this {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener as Listener<never[]>);
    this.#listeners.set(name, listeners);
    return this;
  }

  once<K extends keyof Events>(name: K, listener: Listener<Events[K]>): this {
    const wrapped = (...args: Events[K]): void => {
      this.off(name, wrapped);
      listener(...args);
    };
    return this.on(name, wrapped);
  }

  off<K extends keyof Events>(name: K, listener: Listener<Events[K]>): this {
    this.#listeners.get(name)?.delete(listener as Listener<never[]>);
    return this;
  }

  /** Listeners are called in the order they were added; returns whether there was any. */
  protected emit<K extends keyof Events>(name: K, ...args: Events[K]): boolean {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.size === 0) return false;
    for (const listener of [...listeners]) (listener as unknown as Listener<Events[K]>)(...args);
    return true;
  }
}

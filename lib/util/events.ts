type Listener<A extends unknown[]> = (...args: A) => void;

/** By what stands in its place until it was called once: a listener. */
const originals = new WeakMap<object, unknown>();

/** A typed event emitter without Node: `Events` maps a name to its arguments. Shared by server and browser code. */
export class Emitter<Events extends { [K in keyof Events]: unknown[] }> {
  /** Only `on` adds to a name's set, so every member of it takes that name's arguments. */
  readonly #listeners = new Map<keyof Events, Set<unknown>>();

  on<K extends keyof Events>(name: K, listener: (...args: Events[K]) => void): this {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(name, listeners);
    return this;
  }

  once<K extends keyof Events>(name: K, listener: (...args: Events[K]) => void): this {
    const wrapped = (...args: Events[K]): void => {
      this.off(name, wrapped);
      listener(...args);
    };
    originals.set(wrapped, listener);
    return this.on(name, wrapped);
  }

  off<K extends keyof Events>(name: K, listener: (...args: Events[K]) => void): this {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.delete(listener)) return this;
    // Perhaps it was to be called once.
    for (const each of listeners) if (originals.get(each as object) === listener) listeners.delete(each);
    return this;
  }

  /** Calls the listeners in the order they were added; returns whether there was any. */
  protected emit<K extends keyof Events>(name: K, ...args: Events[K]): boolean {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.size === 0) return false;
    // A listener may remove itself, or add others for the next time.
    for (const listener of Array.from(listeners)) {
      try {
        (listener as Listener<Events[K]>)(...args);
      } catch (error) {
        this.listenerFailed(name, error);
      }
    }
    return true;
  }

  /** A listener threw. The matter of who told of the event, unless a class has something better: then the others are told. */
  protected listenerFailed(_name: keyof Events, error: unknown): void {
    throw error;
  }
}

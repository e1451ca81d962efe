import { EventEmitter } from 'node:events';
import { inspect, types } from 'node:util';
import type { Logger } from '../lib/util/log.js';

/**
 * What a program does when it is told of an event is its own matter: a listener that throws, or whose promise rejects, is
 * logged, and neither the others nor the rooms notice. Node alone would tell nobody after the first that throws, and end the
 * process for a rejection.
 */
export function guardListeners(emitter: EventEmitter, log: Logger): void {
  const emit = (name: string | symbol, ...args: unknown[]): boolean => {
    // Of these Node has its own opinion when nobody listens; none are ours.
    if (name === 'error') return EventEmitter.prototype.emit.call(emitter, name, ...args);
    const failed = (error: unknown): void =>
      log.error({ who: `listener of ${String(name)}`, error: inspect(error) }, 'a listener failed');
    // With those of `once` still wrapped, as it is the wrapper that takes them away.
    const listeners = emitter.rawListeners(name);
    for (const listener of listeners) {
      try {
        const result: unknown = Reflect.apply(listener, emitter, args);
        if (types.isPromise(result)) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
    return listeners.length > 0;
  };
  Object.defineProperty(emitter, 'emit', { value: emit, configurable: true, writable: true });
}

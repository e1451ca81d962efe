import { EventEmitter } from 'node:events';

/**
 * Calls `action` with true before a listener of `event` is added and with false after one was removed. Node's events of
 * that kind stand in no map of events, so the type of the emitter does not know them.
 */
export function onListenersChange(emitter: object, event: string, action: (added: boolean) => void): void {
  const on = (name: string, listener: (name: string | symbol) => void): void => {
    EventEmitter.prototype.on.call(emitter, name, listener);
  };
  const adding = (name: string | symbol): void => {
    if (name === event) action(true);
  };
  const removed = (name: string | symbol): void => {
    if (name === event) action(false);
    // removeAllListeners() takes these away too, and itself last.
    if (name === 'newListener') queueMicrotask(install);
  };
  const install = (): void => {
    on('newListener', adding);
    on('removeListener', removed);
    action(false);
  };
  install();
}

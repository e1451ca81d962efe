import type { ChatServer } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';
import type { Logger } from '../lib/util/log.js';
import type { InviteDialog } from './dialog.js';
import type { ChatroomSettings } from './options.js';
import type { SrfAdapter } from './srf-adapter.js';
import type { Subscriptions } from './subscribe.js';

/** What the handlers of the SIP methods share. */
export interface Face {
  readonly settings: ChatroomSettings;
  readonly chat: ChatServer;
  readonly adapter: SrfAdapter;
  readonly clock: Clock;
  readonly log: Logger;
  /** The dialogs of joined endpoints, until their BYE was answered. */
  readonly dialogs: Dialogs;
  readonly subscriptions: Subscriptions;
  /** The server stops: no new participants. */
  readonly draining: boolean;
}

/** The INVITE dialogs alive; knows when the last one is gone. */
export class Dialogs {
  readonly #dialogs = new Set<InviteDialog>();
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#dialogs.size;
  }

  [Symbol.iterator](): Iterator<InviteDialog> {
    return [...this.#dialogs][Symbol.iterator]();
  }

  add(dialog: InviteDialog): void {
    this.#dialogs.add(dialog);
  }

  delete(dialog: InviteDialog): void {
    this.#dialogs.delete(dialog);
    if (this.#dialogs.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when there is none left, at the latest after `timeout` milliseconds. */
  gone(clock: Clock, timeout: number): Promise<void> {
    if (this.#dialogs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(timeout, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

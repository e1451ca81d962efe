import type { ChatServer } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';
import type { Logger } from '../lib/util/log.js';
import type { InviteDialog } from './dialog.js';
import type { ChatroomSettings } from './options.js';
import type { Pending } from './pending.js';
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
  readonly dialogs: Pending<InviteDialog>;
  readonly subscriptions: Subscriptions;
  /** The server stops: no new participants. */
  readonly draining: boolean;
}

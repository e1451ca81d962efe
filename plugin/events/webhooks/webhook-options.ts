import { ChatroomsError } from '../../../lib/util/errors.js';
import { percentDecoded } from '../../../lib/util/percent-decoded.js';
import type { FeedEventType } from '../../api/schemas/feed.js';
import { didYouMean } from '../../config/nearest.js';
import { type EventChoice, EventFilter } from '../event-filter.js';
import { keyOf } from './signature.js';

/** Where events are sent, and which. */
export interface WebhookOptions {
  /** `http` or `https`; a user and a password in it are sent as `Authorization: Basic`. */
  url: string;
  /** What deliveries are signed with: `whsec_` and Base64, or any text. */
  secret: string;
  /** Types of events, `'*'` for all. @defaultValue all but `message` */
  events?: readonly (FeedEventType | '*')[];
  /** Only what is about these rooms, by name or URI. @defaultValue everything */
  rooms?: readonly string[];
  /** With messages that participants write to each other, when `events` has messages. @defaultValue `false` */
  privateMessages?: boolean;
}

/** The same, checked. */
export interface WebhookSettings {
  /** Without user and password. */
  url: string;
  /** As people may see it. */
  shown: string;
  authorization: string | undefined;
  key: Buffer;
  filter: EventFilter;
}

const NAMES: readonly (keyof WebhookOptions)[] = ['url', 'secret', 'events', 'rooms', 'privateMessages'];

/** @throws ChatroomsError `CHAT_ERR_OPTION` */
export function webhookSettings({
  url,
  secret,
  events,
  rooms,
  privateMessages,
  ...others
}: Partial<WebhookOptions>): WebhookSettings {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const text = `There is no option webhooks.${unknown}${didYouMean(unknown, NAMES) || '.'}`;
    throw new ChatroomsError('CHAT_ERR_OPTION', text);
  }
  const target = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  if (!target || !/^https?:$/.test(target.protocol)) {
    // Not shown: it may have a password in it.
    throw new ChatroomsError('CHAT_ERR_OPTION', 'Option webhooks.url: is no http or https URL.');
  }
  const shown = shownUrl(target);
  const key = keyOf(secret ?? '');
  if (key.length === 0) {
    throw new ChatroomsError(
      'CHAT_ERR_OPTION',
      `Option webhooks.secret: is missing; what is sent to ${shown} is signed with it.`,
    );
  }
  const { username, password } = target;
  const credentials = `${percentDecoded(username)}:${percentDecoded(password)}`;
  target.username = '';
  target.password = '';
  target.hash = '';
  const choice: EventChoice = {
    ...(events && { types: events }),
    ...(rooms && { rooms }),
    ...(privateMessages !== undefined && { privateMessages }),
  };
  return {
    url: target.href,
    shown,
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
    key,
    filter: new EventFilter(choice),
  };
}

/** Without what may be a secret: user and password, values of the query. */
export function shownUrl({ protocol, username, password, host, pathname, searchParams }: URL): string {
  const user = username || password ? '***@' : '';
  const names = [...searchParams.keys()].map((name) => `${encodeURIComponent(name)}=***`);
  return `${protocol}//${user}${host}${pathname}${names.length > 0 ? `?${names.join('&')}` : ''}`;
}

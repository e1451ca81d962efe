/** What of the options of `chatrooms()` can change, and what of other ones changes. */
import { CHANGE_RULES, type ChangeRules, type Changes, compare, inForce } from '../config/changes.js';
import type { Tree } from '../config/tree.js';
import type { ChatroomSettings, ChatroomsOptions } from '../options/options.js';
import { parseOptions } from '../options/parse-options.js';

const HANDLER = 'for requests and messages from now on';

/** What a program says in code alone; the rest is as in a file. */
const LIBRARY_RULES: ChangeRules = [
  ['authenticate', 'now', HANDLER],
  ['authorizeJoin', 'now', HANDLER],
  ['resolveRoom', 'now', HANDLER],
  ['authorizeMessage', 'now', HANDLER],
  ['preMessage', 'now', HANDLER],
  ['onAudit', 'now', HANDLER],
  ['logger', 'restart', 'all parts have it'],
  ['msrp.sharedWs', 'restart', 'sessions that are up were negotiated with it'],
  ...CHANGE_RULES,
];

/** What a reload did. */
export interface ReloadResult {
  /** Options that hold now, like `limits.messagesPerSecond` or `rooms.static.lobby`. */
  applied: string[];
  /** Options that hold from the next start on, and why. */
  restart: { option: string; why: string }[];
}

export const resultOf = ({ apply, restart }: Changes): ReloadResult => ({
  applied: apply.map(({ key }) => key),
  restart: restart.map(({ key: option, why }) => ({ option, why })),
});

/** Options as they were given, and what they come to. */
export interface InForce {
  options: ChatroomsOptions;
  settings: ChatroomSettings;
}

/**
 * What holds when `wanted` comes after `now`: of what needs a restart, what held before.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION` for what is wrong with `wanted`, by itself or with what cannot change
 */
export function changed(now: InForce, wanted: ChatroomsOptions): { next: InForce; result: ReloadResult } {
  const changes = compare(comparable(now.settings), comparable(parseOptions(wanted)), LIBRARY_RULES);
  const options = inForce(now.options, wanted, changes);
  return { next: { options, settings: parseOptions(options) }, result: resultOf(changes) };
}

/** Settings by the names that options have, without what every reading makes anew. */
function comparable({ msrp, ...others }: ChatroomSettings): Tree {
  const { tls, ws, wss, sharedWs, ...media } = msrp;
  const { files, ...listener } = tls ?? {};
  const shared = sharedWs && { host: sharedWs.host, plain: sharedWs.plain, origins: sharedWs.origins };
  return {
    ...others,
    msrp: {
      ...media,
      tls: tls ? { ...listener, ...files } : false,
      ws: ws ?? false,
      wss: wss ?? false,
      sharedWs: shared,
    },
  };
}

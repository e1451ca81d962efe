/** What a configuration read anew changes of the one that holds, and what of that can change while the program runs. */
import { isDeepStrictEqual } from 'node:util';
import { dotted, expand, isTree, type Path, type Tree, valueAt, withValue } from './tree.js';

export interface Change {
  path: Path;
  /** `limits.maxRooms`, `rooms.static.lobby`. */
  key: string;
  kind: 'added' | 'changed' | 'removed';
  /** For whom it holds, or why it cannot. */
  why: string;
}

export interface Changes {
  /** Holds as soon as somebody applies it. */
  apply: readonly Change[];
  /** Holds from the next start on. */
  restart: readonly Change[];
}

type When = 'now' | 'restart';

export type ChangeRules = readonly (readonly [pattern: string, when: When, why: string])[];

const SOCKETS = 'its sockets are open';
const DIALOGS = 'dialogs that are up were made with it';
const AT_START = 'it is built in at start';

/**
 * The first that fits counts. `*` is any key; a pattern stands for all below it, as one change.
 */
export const CHANGE_RULES: ChangeRules = [
  ['log.*', 'now', 'from the next line on'],
  ['rooms.defaults.*', 'now', 'for rooms that do not say otherwise'],
  ['rooms.static.*', 'now', 'rooms are made and configured; none is closed'],
  ['rooms.create', 'now', 'for who joins from now on'],
  ['limits.*', 'now', 'for what comes from now on; nobody who is in is sent away'],
  ['trustedPeers', 'now', 'for requests from now on'],
  ['digest.realm', 'restart', 'who is in was recognised by it'],
  ['digest.*', 'now', 'for requests from now on; nobody who is in is asked again'],
  ['msrp.tls.cert', 'now', 'for connections from now on'],
  ['msrp.tls.key', 'now', 'for connections from now on'],
  ['msrp.connect.*', 'now', 'for connections from now on'],
  ['msrp.tls.*', 'restart', SOCKETS],
  ['msrp.tls', 'restart', SOCKETS],
  ['msrp.ws', 'restart', SOCKETS],
  ['msrp.wss', 'restart', SOCKETS],
  ['msrp.listen', 'restart', SOCKETS],
  ['msrp.*', 'restart', 'sessions that are up were negotiated with it'],
  ['invitations.*', 'now', 'for invitations from now on'],
  ['http.token', 'now', 'for requests from now on; streams of events end'],
  ['http.web.title', 'now', 'for pages loaded from now on'],
  ['http.*', 'restart', SOCKETS],
  ['webhooks', 'now', 'for events from now on; what waits for the same URL stays'],
  ['trace.*', 'now', 'for traces from now on'],
  ['drainTimeout', 'now', 'when the program stops'],
  ['sip.limits', 'restart', AT_START],
  ['sip.*', 'restart', SOCKETS],
  ['drachtio', 'restart', 'the connection is up, and dialogs are in it'],
  ['domain', 'restart', 'the rooms that there are have it in their URIs'],
  ['workers', 'restart', 'the threads run'],
  ['workerPortStep', 'restart', SOCKETS],
  ['auth', 'restart', 'who is in was recognised by it'],
  ['data', 'restart', 'the file is open'],
  ['profile', 'restart', DIALOGS],
  ['registrations', 'restart', 'who is online is known by it'],
  ['factory', 'restart', 'groups have their names from it'],
  ['outboundProxy', 'restart', DIALOGS],
  ['directDial', 'restart', DIALOGS],
  ['contactHost', 'restart', DIALOGS],
  ['interop.strict', 'restart', 'sessions that are up are found by it'],
  ['interop.*', 'now', 'for who joins from now on'],
  ['audio', 'restart', 'calls are up at the rtpengine'],
];

/** What of `before` is otherwise in `after`. */
export function compare(before: Tree, after: Tree, rules: ChangeRules = CHANGE_RULES): Changes {
  const [apply, restart]: [Change[], Change[]] = [[], []];
  const seen = new Set<string>();
  for (const [pattern, when, why] of rules) {
    const segments = pattern.split('.');
    for (const path of [...expand(before, segments), ...expand(after, segments)]) {
      const id = JSON.stringify(path);
      const section = path.slice(0, -1);
      // A section that came or went is one change.
      if (seen.has(id) || !isTree(valueAt(before, section)) || !isTree(valueAt(after, section))) continue;
      seen.add(id);
      const [old, now] = [without(before, path, seen), without(after, path, seen)];
      if (isDeepStrictEqual(old, now)) continue;
      (when === 'now' ? apply : restart).push({ path, key: dotted(path), kind: kindOf(old, now), why });
    }
  }
  return { apply, restart };
}

/** `after`, with what needs a restart as it was `before`. */
export function inForce<T extends object>(before: T, after: T, { restart }: Changes): T {
  let settings: unknown = after;
  for (const { path } of restart) settings = withValue(settings, path, valueAt(before, path));
  return settings as T;
}

/** What stands there, but for what was looked at already. */
function without(settings: Tree, path: Path, seen: ReadonlySet<string>): unknown {
  const value = valueAt(settings, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const rest = Object.entries(value).filter(
    ([key, inside]) => inside !== undefined && !seen.has(JSON.stringify([...path, key])),
  );
  return Object.fromEntries(rest);
}

function kindOf(before: unknown, after: unknown): Change['kind'] {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

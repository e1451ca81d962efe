import { shownUrl } from '../events/webhooks/webhook-options.js';
import type { Settings } from './schema.js';
import { SECRETS, WEB_ADDRESSES } from './special-keys.js';
import { expand, isTree, type Tree, valueAt, withValue } from './tree.js';
import { MASK, withoutPasswords } from './uri-password.js';

/** Settings as they may be shown: each secret that is there, as a mask; of URLs and other URIs what is none. */
export function masked(settings: Settings): Tree {
  let tree: unknown = settings;
  for (const path of SECRETS.flatMap((secret) => expand(settings, secret))) {
    if (typeof valueAt(tree, path) === 'string') tree = withValue(tree, path, MASK);
  }
  for (const path of WEB_ADDRESSES.flatMap((address) => expand(settings, address))) {
    const url = valueAt(tree, path);
    if (typeof url === 'string') tree = withValue(tree, path, shownUrl(new URL(url)));
  }
  return everyText(tree, withoutPasswords) as Tree;
}

/** A copy with each of its texts as `shown` has it, names too. */
function everyText(value: unknown, shown: (text: string) => string): unknown {
  if (typeof value === 'string') return shown(value);
  if (Array.isArray(value)) return value.map((item) => everyText(item, shown));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [shown(name), everyText(item, shown)]));
}

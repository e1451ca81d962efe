import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as channels from '../../../lib/util/channels.js';

const page = readFileSync(join(__dirname, '../../../docs/diagnostics.md'), 'utf8');

const isHotspot = (value: unknown): value is channels.Hotspot<unknown> =>
  typeof value === 'object' && value !== null && 'hasSubscribers' in value;

test('docs/diagnostics.md lists every channel by the name under which it is subscribed to', () => {
  const listed = [...page.matchAll(/^\| `((?:tracing:)?drachtio-chatroom:[\w:]+)`/gm)].map(([, name]) => name);
  const own = Object.values(channels).filter(isHotspot);
  const names = own.map(({ name }) => String(name)).filter((name) => !name.startsWith('tracing:'));
  const join = ['start', 'end', 'error'].map((step) => `tracing:drachtio-chatroom:join:${step}`);
  expect(listed.toSorted()).toEqual([...join, ...names].toSorted());
});

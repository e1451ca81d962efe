import { percentDecoded } from '../../../../../lib/util/percent-decoded.js';

/** Where in the dashboard one is; it stands in the address after `#`, so that Back works and a room can be sent to others. */
export type Route =
  | { view: 'overview' | 'rooms' | 'activity' }
  /** URI or name. */
  | { view: 'room'; room: string };

export function routeOf(hash: string): Route {
  const [view = '', room] = hash.replace(/^#\/?/, '').split('/', 2);
  if (view === 'rooms' && room) return { view: 'room', room: percentDecoded(room) };
  return view === 'rooms' || view === 'activity' ? { view } : { view: 'overview' };
}

export const roomHash = (uri: string): string => `#/rooms/${encodeURIComponent(uri)}`;

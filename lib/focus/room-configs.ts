import { cpimUriKey } from '../cpim/index.js';
import type { FocusOptions } from './options.js';
import { configured, ROOM_DEFAULTS, type RoomConfig, type RoomConfigChange } from './policy.js';

/** Of rooms that were not made by somebody who joined: they do not end with those who are in them. */
export const ALWAYS_THERE: RoomConfigChange = { deletion: 'never' };

/** With which configuration a room begins. */
export class RoomConfigs {
  /** URIs of the rooms that exist from the start, as they were written. */
  readonly uris: readonly string[];
  readonly #defaults: RoomConfigChange | undefined;
  readonly #static: ReadonlyMap<string, RoomConfigChange>;

  constructor({ defaults, static: rooms = {} }: NonNullable<FocusOptions['rooms']> = {}) {
    this.uris = Object.keys(rooms);
    this.#defaults = defaults;
    this.#static = new Map(Object.entries(rooms).map(([uri, config]) => [cpimUriKey(uri) ?? uri, config]));
  }

  /** What the configuration says of the room at that URI; undefined when it does not name it. */
  named(uri: string): RoomConfigChange | undefined {
    return this.#static.get(cpimUriKey(uri) ?? uri);
  }

  /** Later ones win: defaults of the library, of the focus, of the way the room comes about, of its URI, and `config`. */
  of(uri: string, way: RoomConfigChange = {}, config: RoomConfigChange = {}): RoomConfig {
    return configured(ROOM_DEFAULTS, this.#defaults, way, this.#static.get(cpimUriKey(uri) ?? uri), config);
  }
}

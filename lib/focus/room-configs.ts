import { cpimUriKey } from '../cpim/index.js';
import type { FocusOptions } from './options.js';
import { configured, ROOM_DEFAULTS, type RoomConfig, type RoomConfigChange } from './policy.js';

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

  /** Later ones win: defaults of the library, of the focus, of the way the room comes about, of its URI, and `config`. */
  of(uri: string, way: RoomConfigChange = {}, config: RoomConfigChange = {}): RoomConfig {
    return configured(ROOM_DEFAULTS, this.#defaults, way, this.#static.get(cpimUriKey(uri) ?? uri), config);
  }
}

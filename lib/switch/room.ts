/** A room as the media plane sees it: its members, and whom a URI addresses. */
import { cpimUriKey } from '../cpim/index.js';
import type { RoomMedia, RoomRules } from '../focus-switch.js';
import { WrappedTypes } from '../sdp/index.js';
import type { SwitchEndpoint } from './endpoint.js';
import type { RoutedRoom } from './route.js';

export class SwitchRoom implements RoutedRoom<SwitchEndpoint> {
  readonly uri: string;
  readonly key: string;
  rules: RoomRules;
  members: readonly SwitchEndpoint[] = [];
  readonly #byUri = new Map<string, SwitchEndpoint[]>();
  #types: WrappedTypes;

  constructor({ uri, rules }: RoomMedia) {
    this.uri = uri;
    this.key = cpimUriKey(uri) ?? uri;
    this.rules = rules;
    this.#types = new WrappedTypes([], rules.acceptWrappedTypes);
  }

  update(rules: RoomRules): void {
    this.rules = rules;
    this.#types = new WrappedTypes([], rules.acceptWrappedTypes);
  }

  permits(wrappedType: string): boolean {
    return this.#types.takes(wrappedType);
  }

  resolve(uriKey: string): readonly SwitchEndpoint[] | undefined {
    return this.#byUri.get(uriKey);
  }

  add(endpoint: SwitchEndpoint): void {
    // A message in flight iterates over the list it began with.
    this.members = [...this.members, endpoint];
    for (const key of endpoint.toKeys) {
      const addressed = this.#byUri.get(key);
      if (addressed) addressed.push(endpoint);
      else this.#byUri.set(key, [endpoint]);
    }
  }

  remove(endpoint: SwitchEndpoint): void {
    this.members = this.members.filter((member) => member !== endpoint);
    for (const key of endpoint.toKeys) {
      const rest = (this.#byUri.get(key) ?? []).filter((member) => member !== endpoint);
      if (rest.length === 0) this.#byUri.delete(key);
      else this.#byUri.set(key, rest);
    }
  }
}

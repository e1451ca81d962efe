/** A room as the media plane sees it: its members, and whom a URI addresses. */
import { cpimUriKey } from '../cpim/index.js';
import type { RoomMedia, RoomRules } from '../focus-switch.js';
import { WrappedTypes } from '../sdp/index.js';
import type { SwitchEndpoint } from './endpoint.js';
import { type Elsewhere, elsewhere, NOWHERE } from './others/elsewhere.js';
import type { Link } from './others/link.js';
import { Reach } from './others/reach.js';
import type { RemoteMember } from './others/remote-member.js';
import { hearersAmong, type RoutedRoom } from './route.js';

/** Types of content whose hearers are remembered: text, is-composing, notifications, and some more. */
const REMEMBERED = 8;

export class SwitchRoom implements RoutedRoom<SwitchEndpoint> {
  readonly uri: string;
  readonly key: string;
  rules: RoomRules;
  members: readonly SwitchEndpoint[] = [];
  /** Members at other switches. */
  elsewhere: Elsewhere = NOWHERE;
  readonly #byUri = new Map<string, (SwitchEndpoint | RemoteMember)[]>();
  #types: WrappedTypes;
  /** By type, of the members there are; their SDP changes only between `remove` and `add`. */
  readonly #hearers = new Map<string, readonly SwitchEndpoint[]>();

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

  hearers(type: string): readonly SwitchEndpoint[] {
    let hearers = this.#hearers.get(type);
    if (!hearers) {
      if (this.#hearers.size >= REMEMBERED) this.#hearers.clear();
      hearers = hearersAmong(this.members, type);
      this.#hearers.set(type, hearers);
    }
    return hearers;
  }

  resolve(uriKey: string): readonly (SwitchEndpoint | RemoteMember)[] | undefined {
    return this.#byUri.get(uriKey);
  }

  add(endpoint: SwitchEndpoint): void {
    // A message in flight iterates over the list it began with.
    this.members = [...this.members, endpoint];
    this.#hearers.clear();
    this.#address(endpoint);
  }

  remove(endpoint: SwitchEndpoint): void {
    this.members = this.members.filter((member) => member !== endpoint);
    this.#hearers.clear();
    this.#unaddress(endpoint);
  }

  /** The switch behind this link, as far as the room is concerned: one object as long as somebody is there. */
  reach(link: Link): Reach {
    return this.elsewhere.reaches.find((reach) => reach.link === link) ?? new Reach(link, this.uri);
  }

  addRemote(member: RemoteMember): void {
    this.elsewhere = elsewhere([...this.elsewhere.members, member]);
    this.#address(member);
  }

  removeRemote(gone: RemoteMember): void {
    this.elsewhere = elsewhere(this.elsewhere.members.filter((member) => member !== gone));
    this.#unaddress(gone);
  }

  #address(member: SwitchEndpoint | RemoteMember): void {
    for (const key of member.toKeys) {
      const addressed = this.#byUri.get(key);
      if (addressed) addressed.push(member);
      else this.#byUri.set(key, [member]);
    }
  }

  #unaddress(gone: SwitchEndpoint | RemoteMember): void {
    for (const key of gone.toKeys) {
      const rest = (this.#byUri.get(key) ?? []).filter((member) => member !== gone);
      if (rest.length === 0) this.#byUri.delete(key);
      else this.#byUri.set(key, rest);
    }
  }
}

/** A subscriber's view of a room, made of full and partial documents by the rules of RFC 4575 §4.4 and §4.6. */
import { child, children, type Element, readXml } from './xml.js';

/** `<user>`, as far as scripts look at it. */
export interface Seen {
  uri: string;
  /** `<display-text>` */
  name: string | undefined;
  nickname: string | undefined;
  roles: readonly string[];
  /** `<associated-aors>` */
  others: readonly string[];
  /** By entity: connected ones. */
  devices: Map<string, { media: string | undefined }>;
}

export class RosterView {
  readonly #users = new Map<string, Seen>();
  /** Texts of `conference-description` and `conference-state`, by name of the element. */
  readonly facts = new Map<string, string>();
  /** NOTIFYs so far. */
  documents = 0;
  /** `state` of the last document. */
  state = '';
  /** Reason of the `Subscription-State: terminated` that came. */
  ended: string | undefined;
  /** The first document that broke a rule, and which. */
  violation: string | undefined;
  /** The last document, for error messages. */
  text = '';
  #version = -1;

  /** Those with a device that is connected. */
  get present(): Seen[] {
    return [...this.#users.values()].filter(({ devices }) => devices.size > 0);
  }

  /** A NOTIFY. */
  take(subscriptionState: string, body: string): void {
    this.documents++;
    this.ended = /^terminated(?:;reason=(\S+))?/.exec(subscriptionState)?.[1];
    if (body === '') return;
    this.text = body;
    try {
      this.#merge(readXml(body));
    } catch (error) {
      this.violation ??= `${String(error)} in ${body}`;
    }
  }

  /** In the order of their URIs, for error messages. */
  toString(): string {
    const users = this.present.map(
      ({ uri, name, nickname, devices }) =>
        `${uri}${name === undefined ? '' : ` as ${JSON.stringify(name)}`}${nickname === undefined ? '' : ` nicknamed ${JSON.stringify(nickname)}`} on ${devices.size}`,
    );
    return users.toSorted().join(', ') || 'nobody';
  }

  #merge(root: Element): void {
    const { state, version } = root.attributes;
    this.state = state ?? 'full';
    // 4575-4.3-01: "version" grows by exactly 1 for each partial document; 4575-4.4-01: the first is full.
    if (state === 'partial' && Number(version) !== this.#version + 1) {
      this.violation ??= `a partial document of version ${version} after ${this.#version}`;
    }
    this.#version = Number(version);
    if (state === 'full') {
      this.#users.clear();
      this.facts.clear();
    }
    for (const part of ['conference-description', 'conference-state']) {
      for (const { name, text } of child(root, part)?.children ?? []) this.facts.set(name, text);
    }
    const users = child(root, 'users');
    if (users && users.attributes.state !== 'partial' && state !== 'full') this.#users.clear();
    for (const user of children(users, 'user')) this.#user(user);
  }

  #user(user: Element): void {
    const { entity: uri = '', state } = user.attributes;
    if (state === 'deleted') {
      this.#users.delete(uri);
      return;
    }
    const known = state === 'partial' ? this.#users.get(uri) : undefined;
    const name = child(user, 'display-text')?.text;
    const nickname = user.attributes['xcon:nickname'];
    const roles = child(user, 'roles');
    const devices = new Map(known?.devices);
    for (const { attributes, children: details } of children(user, 'endpoint')) {
      const status = details.find((detail) => detail.name === 'status')?.text;
      const gone = attributes.state === 'deleted' || (status !== undefined && status !== 'connected');
      const media = details.find((detail) => detail.name === 'media');
      if (gone) devices.delete(attributes.entity);
      else devices.set(attributes.entity, { media: child(media, 'status')?.text });
    }
    this.#users.set(uri, {
      uri,
      name: name ?? known?.name,
      nickname: nickname ?? known?.nickname,
      roles: roles ? children(roles, 'entry').map(({ text }) => text) : (known?.roles ?? []),
      others: children(child(user, 'associated-aors'), 'entry').map((entry) => child(entry, 'uri')?.text ?? ''),
      devices,
    });
  }
}

import type { Endpoint, Participant } from '../../../../api/schemas/index.js';
import { oneLine } from '../../shared/text.js';
import { el, setAttribute, setText } from '../../shared/dom.js';
import { clockTime, octets } from '../model/format.js';
import { strings } from '../strings.js';
import type { Row } from './keyed-list.js';
import { button, said, tag } from './parts.js';

export interface PersonActions {
  mute(person: Participant): void;
  role(person: Participant): void;
  kick(person: Participant): void;
  ban(person: Participant): void;
}

/** By what a person is called in sentences. */
export const personName = ({ nickname, displayName, uri }: Participant): string =>
  oneLine(nickname ?? displayName ?? '', 60) || uri;

/** Somebody in a room, his devices, and what can be done about him. */
export class PersonRow implements Row<Participant> {
  readonly element: HTMLLIElement;
  readonly #name = el('span', { class: 'person-name', dir: 'auto' });
  readonly #uri = el('span', { class: 'person-uri' });
  readonly #tags = el('span', { class: 'tags' });
  readonly #devices = el('ul', { class: 'devices' });
  readonly #actions: HTMLElement;
  readonly #mute: HTMLButtonElement;
  #person: Participant;
  #shown = '';

  constructor(
    person: Participant,
    actions: PersonActions,
    private readonly today: () => Date,
  ) {
    const words = strings.person;
    this.#person = person;
    this.#mute = button(words.mute, () => actions.mute(this.#person), 'mute');
    this.#actions = el(
      'div',
      { class: 'person-actions', role: 'group' },
      this.#mute,
      button(words.role, () => actions.role(this.#person)),
      button(words.kick, () => actions.kick(this.#person)),
      button(words.ban, () => actions.ban(this.#person), 'danger-quiet'),
    );
    this.element = el(
      'li',
      { class: 'person' },
      el('div', { class: 'person-head' }, this.#name, this.#tags, this.#uri),
      this.#devices,
      this.#actions,
    );
  }

  update(person: Participant): void {
    this.#person = person;
    const today = this.today();
    const shown = JSON.stringify([today.toDateString(), person]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const words = strings.person;
    const { role, muted, anonymous, uri, joinedAt, endpoints, nickname, displayName } = person;
    setText(this.#name, oneLine(nickname ?? displayName ?? '') || uri);
    this.#uri.replaceChildren(said(uri), ` · ${words.joined(clockTime(joinedAt, today))}`);
    this.#tags.replaceChildren(
      tag(words.roles[role], role === 'owner' || role === 'moderator' ? 'good' : 'plain'),
      ...(muted ? [tag(words.muted, 'warn')] : []),
      ...(anonymous ? [tag(words.anonymous)] : []),
    );
    setText(this.#mute, muted ? words.unmute : words.mute);
    setAttribute(this.#actions, 'aria-label', words.actions(personName(person)));
    this.#devices.replaceChildren(...endpoints.map(deviceItem));
  }
}

function deviceItem({ id, transport, remote, userAgent, bound, congested, pendingBytes }: Endpoint): HTMLElement {
  const words = strings.person;
  const waiting = pendingBytes > 0 ? words.waiting(octets(pendingBytes)) : '';
  return el(
    'li',
    { class: 'device' },
    tag(transport.toUpperCase()),
    // What is wrong comes first.
    !bound && tag(words.unbound, 'warn'),
    (congested || waiting !== '') &&
      tag([congested ? words.congested : '', waiting].filter(Boolean).join(', '), congested ? 'bad' : 'plain'),
    said(userAgent ?? words.unknownAgent, 80),
    el('span', { class: 'device-facts' }, [id, remote ?? ''].filter(Boolean).join(' · ')),
  );
}

import { el, newId, setAttribute, setText, spoken } from '../../shared/dom.js';
import { icon, type IconName } from '../../shared/icons.js';
import { findLinks } from '../model/links.js';
import type { Delivery, Line, MessageLine, NoticeLine } from '../model/line.js';
import { strings } from '../strings.js';
import { avatar, renameAvatar } from './avatar.js';
import { FileView } from './file.js';

export interface LineActions {
  /** Send a message again. */
  retry(id: number): void;
  /** Write to somebody privately. */
  whisper(peer: { uri: string; name: string }): void;
}

const ICONS: Readonly<Record<Delivery, IconName>> = {
  queued: 'clock',
  sending: 'clock',
  sent: 'check',
  delivered: 'checks',
  displayed: 'checks',
  failed: 'alert',
};

/** One line of the conversation, and how it changes. */
export interface LineView {
  readonly element: HTMLElement;
  update(line: MessageLine): void;
}

export function lineView(line: Line, grouped: boolean, actions: LineActions): LineView {
  return line.kind === 'notice' ? noticeView(line) : new MessageView(line, grouped, actions);
}

function noticeView({ text, tone, at }: NoticeLine): LineView {
  const element = el(
    'div',
    { class: `notice ${tone}` },
    el('span', { class: 'notice-text' }, ...linked(text)),
    ' ',
    timeOf(at),
  );
  return { element, update: () => {} };
}

export const dayView = (at: Date): HTMLElement =>
  el('div', { class: 'day' }, el('time', { datetime: at.toISOString() }, strings.day(at)));

class MessageView implements LineView {
  readonly element: HTMLElement;
  readonly #bubble: HTMLElement;
  readonly #meta: HTMLElement;
  readonly #failure: HTMLElement;
  readonly #actions: LineActions;
  /** Of somebody else, above the first of his messages. */
  #name: HTMLElement | undefined;
  #avatar: HTMLElement | undefined;
  #file: FileView | undefined;
  #shown: Delivery | undefined;

  constructor(line: MessageLine, grouped: boolean, actions: LineActions) {
    this.#actions = actions;
    const { own, peer, text } = line;
    this.#meta = el('span', { class: 'meta' }, timeOf(line.at));
    this.#failure = el('div', { class: 'failure', hidden: true });
    this.#bubble = el('div', { class: 'bubble' });
    if (text !== undefined) this.#bubble.append(el('p', { class: 'text', dir: 'auto' }, ...linked(text)));
    if (line.file) {
      this.#file = new FileView(line.file, own);
      this.#bubble.append(this.#file.element);
    }
    this.#bubble.append(this.#meta);
    const classes = [
      'message',
      own ? 'own' : 'other',
      peer ? 'private' : '',
      grouped ? 'grouped' : '',
      line.file ? 'with-file' : '',
    ];
    if (!own && !grouped) this.#avatar = avatar(line.from, line.name);
    this.element = el(
      'article',
      { class: classes.filter(Boolean).join(' ') },
      !own && (this.#avatar ?? el('span', { class: 'avatar-gap' })),
      el('div', { class: 'column' }, this.#head(line, grouped), this.#bubble, this.#failure),
    );
    this.update(line);
  }

  update(line: MessageLine): void {
    if (line.file) this.#file?.update(line.file);
    this.#call(line.name);
    const { delivery } = line;
    if (delivery === undefined || delivery === this.#shown) return;
    this.#shown = delivery;
    const mark = el('span', { class: `delivery ${delivery}`, title: strings.delivery[delivery] });
    mark.append(icon(ICONS[delivery]), spoken(strings.delivery[delivery]));
    this.#meta.querySelector('.delivery')?.remove();
    this.#meta.append(mark);
    setAttribute(this.element, 'data-delivery', delivery);
    this.#failed(line);
  }

  /** Whoever was known by his address only has a name now. */
  #call(name: string): void {
    if (!this.#name || this.#name.textContent === name) return;
    setText(this.#name, name);
    this.#name.title = strings.log.reply(name);
    if (this.#avatar) renameAvatar(this.#avatar, name);
  }

  #head(line: MessageLine, grouped: boolean): HTMLElement {
    const { name, own, peer, from, at } = line;
    const who = own ? strings.log.you : name;
    if (grouped) return spoken(`${who}, ${strings.time(at)}${peer ? `, ${privacy(own, peer.name)}` : ''}`);
    const head = el('div', { class: 'head' });
    if (own) head.append(spoken(who));
    else {
      const label = strings.log.reply(name);
      const button = el('button', { class: 'name', type: 'button', title: label, dir: 'auto' }, name);
      button.addEventListener('click', () => this.#actions.whisper({ uri: from, name: line.name }));
      this.#name = button;
      head.append(button);
    }
    if (peer) head.append(el('span', { class: 'privacy' }, icon('lock'), privacy(own, peer.name)));
    return head;
  }

  #failed({ id, delivery, failure }: MessageLine): void {
    this.#failure.hidden = delivery !== 'failed';
    if (delivery !== 'failed') return this.#failure.replaceChildren();
    const words = el('span', { id: newId('failure') }, `${strings.delivery.failed}. ${failure ?? ''} `);
    const button = el('button', { class: 'link', type: 'button', 'aria-describedby': words.id }, strings.log.retry);
    button.addEventListener('click', () => this.#actions.retry(id));
    return this.#failure.replaceChildren(words, button);
  }
}

const privacy = (own: boolean, name: string): string => (own ? strings.log.privateTo(name) : strings.log.privateFrom);

const timeOf = (at: Date): HTMLTimeElement => {
  const time = el('time', { datetime: at.toISOString(), title: at.toLocaleString() });
  setText(time, strings.time(at));
  return time;
};

/** Text with its links; a page behind a link learns nothing of us (noreferrer) and has no hold on us (noopener). */
function linked(text: string): (Node | string)[] {
  return findLinks(text).map(({ text: shown, href }) =>
    href === undefined ? shown : el('a', { href, rel: 'noreferrer noopener nofollow', target: '_blank' }, shown),
  );
}

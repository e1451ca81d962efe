import { el, setAttribute, setText } from '../../shared/dom.js';
import { icon } from '../../shared/icons.js';
import type { Conversation } from '../model/conversation.js';
import { continues, type Line, startsDay } from '../model/line.js';
import { strings } from '../strings.js';
import { dayView, type LineActions, type LineView, lineView } from './line.js';

/** Pixels from the end within which one is taken to read the end. */
const NEAR = 80;

interface Shown {
  view: LineView;
  day: HTMLElement | undefined;
}

/** Not in every browser do lines stay where they are when others above them go. */
const ANCHORS = CSS.supports('overflow-anchor', 'auto');

/** The conversation; stays at its end as long as one reads there. */
export class LogView {
  readonly element: HTMLElement;
  readonly #log = el('div', {
    class: 'log',
    role: 'log',
    'aria-live': 'polite',
    'aria-relevant': 'additions',
    'aria-label': strings.log.label,
    tabindex: 0,
  });
  readonly #lines = el('div', { class: 'lines' });
  /** Until somebody says something. */
  readonly #empty: HTMLElement;
  readonly #latest: HTMLButtonElement;
  readonly #latestText = el('span');
  readonly #actions: LineActions;
  readonly #shown = new Map<number, Shown>();
  /** Lines not shown yet, with the one before each. */
  readonly #pending = new Map<number, { line: Line; before: Line | undefined }>();
  #frame = 0;
  #missed = 0;
  #atEnd = true;
  /** Where it was scrolled to last. */
  #top = 0;

  /** @param room name of the room */
  constructor(conversation: Conversation, room: string, actions: LineActions) {
    this.#actions = actions;
    const { log } = strings;
    this.#empty = el('div', { class: 'log-empty' }, el('strong', { dir: 'auto' }, `#${room}`), el('p', {}, log.empty));
    this.#latest = el('button', { class: 'latest', type: 'button', hidden: true }, icon('down'), this.#latestText);
    this.#latest.addEventListener('click', () => {
      this.toEnd();
      this.#log.focus();
    });
    this.#lines.append(this.#empty);
    this.#log.append(this.#lines);
    this.#log.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    // Pictures grow when they are there, and the window may shrink: whoever read the end goes on to.
    const resized = new ResizeObserver(() => this.#atEnd && this.toEnd());
    resized.observe(this.#log);
    resized.observe(this.#lines);
    this.element = el('div', { class: 'log-area' }, this.#log, this.#latest);
    conversation
      .on('added', (line, { before }) => {
        this.#pending.set(line.id, { line, before });
        if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#show());
      })
      .on('changed', (line) => this.#shown.get(line.id)?.view.update(line))
      .on('removed', (lines) => this.#remove(lines));
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#atEnd = true;
    this.#missed = 0;
    this.#latest.hidden = true;
  }

  /** All lines of one turn at once: one layout, however many there are. */
  #show(): void {
    this.#frame = 0;
    const lines = document.createDocumentFragment();
    let own = false;
    let missed = 0;
    let spoken = false;
    for (const { line, before } of this.#pending.values()) {
      const day = startsDay(line, before) ? dayView(line.at) : undefined;
      const view = lineView(line, continues(line, before), this.#actions);
      if (day) lines.append(day);
      lines.append(view.element);
      this.#shown.set(line.id, { view, day });
      spoken ||= line.kind === 'message' || line.tone === 'announcement';
      if (line.kind === 'message') {
        own ||= line.own;
        missed += 1;
      }
    }
    if (spoken) this.#empty.remove();
    this.#pending.clear();
    this.#lines.append(lines);
    if (this.#atEnd || own) return this.toEnd();
    this.#missed += missed;
    this.#offer();
  }

  #remove(lines: readonly Line[]): void {
    const before = this.#atEnd || ANCHORS ? 0 : this.#log.scrollHeight;
    for (const { id } of lines) {
      this.#pending.delete(id);
      const shown = this.#shown.get(id);
      shown?.view.element.remove();
      shown?.day?.remove();
      this.#shown.delete(id);
    }
    if (before > 0) this.#log.scrollTop -= before - this.#log.scrollHeight;
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollHeight - scrollTop - clientHeight < NEAR) {
      this.#atEnd = true;
      this.#missed = 0;
    } else if (scrollTop < this.#top) {
      // Who scrolls up leaves the end; nobody does because something grew below.
      this.#atEnd = false;
    }
    this.#top = scrollTop;
    this.#offer();
  }

  #offer(): void {
    this.#latest.hidden = this.#atEnd;
    const { log } = strings;
    const missed = this.#missed > 0;
    setText(this.#latestText, missed ? log.unread(this.#missed) : '');
    setAttribute(this.#latest, 'aria-label', missed ? undefined : log.latest);
    setAttribute(this.#latest, 'title', log.latest);
    this.#latest.classList.toggle('missed', missed);
  }
}

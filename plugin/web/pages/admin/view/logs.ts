/** What happened last, as lists: acts of moderation, and what was refused. */
import type { AuditEntry, ErrorEntry } from '../../../../api/schemas/index.js';
import { el } from '../../shared/dom.js';
import type { ErrorGroup } from '../model/errors.js';
import { clockTime } from '../model/format.js';
import { roomHash } from '../model/route.js';
import { nameOf } from '../model/room-list.js';
import { strings } from '../strings.js';
import { said, tag } from './parts.js';

/** A list that is drawn anew only when something in it is another than before. */
export class LogList<T> {
  readonly element = el('div', { class: 'log' });
  #shown = '';

  constructor(
    private readonly none: string,
    private readonly item: (entry: T, today: Date) => HTMLElement,
  ) {}

  update(entries: readonly T[], today: Date): void {
    const shown = JSON.stringify([today.toDateString(), entries]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.replaceChildren(
      entries.length === 0
        ? el('p', { class: 'none' }, this.none)
        : el('ul', {}, ...entries.map((entry) => this.item(entry, today))),
    );
  }
}

const time = (text: string, today: Date): HTMLElement => el('time', { datetime: text }, clockTime(text, today));

const roomLink = (room: string): HTMLElement =>
  el('a', { href: roomHash(room), title: room }, said(`#${nameOf(room)}`, 60));

export function auditItem(entry: AuditEntry, today: Date): HTMLElement {
  const { act, actor, allowed, detail, room, target } = entry;
  const { activity } = strings;
  const facts = detail ? factsOf(detail) : '';
  return el(
    'li',
    {},
    el(
      'p',
      { class: 'log-head' },
      time(entry.time, today),
      tag(act, allowed ? 'plain' : 'warn'),
      !allowed && tag(activity.refused, 'bad'),
      target !== undefined && said(target, 120),
      roomLink(room),
    ),
    el(
      'p',
      { class: 'log-text' },
      said(activity.by(actor ?? activity.program), 160),
      facts !== '' && ' · ',
      facts !== '' && said(facts, 300),
    ),
  );
}

export const errorItem = (entry: ErrorEntry, today: Date): HTMLElement =>
  errorGroupItem({ latest: entry, count: 1, first: entry.time }, today);

/** Several of one kind. */
export function errorGroupItem({ latest: entry, count, first }: ErrorGroup, today: Date): HTMLElement {
  const { callId, code, detail, method, participant, room, source, status } = entry;
  return el(
    'li',
    {},
    el(
      'p',
      { class: 'log-head' },
      time(entry.time, today),
      tag(`${method} ${status}`, status >= 500 ? 'bad' : 'warn'),
      code !== null && el('code', {}, code),
      participant !== null && said(participant, 120),
      room !== null && roomLink(room),
      count > 1 && tag(strings.activity.repeated(count, clockTime(first, today))),
    ),
    el('p', { class: 'log-text' }, said(detail, 500)),
    el(
      'p',
      { class: 'log-note' },
      source !== null && said(strings.activity.from(source), 80),
      source !== null && callId !== null && ' · ',
      callId !== null && said(`Call-ID ${callId}`, 120),
    ),
  );
}

/** `role: moderator, options: locked, subject` */
const factsOf = (detail: Readonly<Record<string, unknown>>): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${wordOf(value)}`)
    .join(', ');

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordOf).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

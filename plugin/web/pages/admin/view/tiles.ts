import type { Status } from '../../../../api/schemas/index.js';
import { el, setText } from '../../shared/dom.js';
import { milliseconds, number, octets } from '../model/format.js';
import { strings } from '../strings.js';
import type { Tone } from './parts.js';

/** One number with its name. */
interface Figure {
  name: string;
  value: string;
  note: string;
  tone: Tone;
}

/** Milliseconds by which the event loop is late when people begin to feel it, and when it is bad. */
const LATE = 100;
const VERY_LATE = 500;

/** Limits that are named: those that were reached most often. */
const LIMITS = 3;

export function figuresOf({ drachtio, stats }: Status): Figure[] {
  const { overview } = strings;
  const { load, limited } = stats;
  const plain = 'plain' as const;
  const limits = Object.entries(limited).toSorted(([, a], [, b]) => b - a);
  const reached = limits.reduce((sum, [, count]) => sum + count, 0);
  const unsaved = overview.unsaved(stats.saveFailures, stats.historyFailures);
  return [
    { name: overview.rooms, value: number(stats.rooms), note: '', tone: plain },
    {
      name: overview.people,
      value: number(stats.participants),
      note: overview.devices(stats.endpoints, stats.connections),
      tone: plain,
    },
    {
      name: overview.slow,
      value: number(stats.congested),
      note: overview.waiting(octets(stats.pendingOctets)),
      tone: stats.congested > 0 ? 'warn' : plain,
    },
    {
      name: overview.trouble,
      value: number(reached),
      note: joined(
        unsaved,
        limits.length === 0
          ? overview.noTrouble
          : limits
              .slice(0, LIMITS)
              .map(([name, count]) => `${name}: ${number(count)}`)
              .join(', '),
        limits.length > LIMITS ? overview.otherLimits(limits.length - LIMITS) : '',
      ),
      tone: unsaved === '' ? plain : 'bad',
    },
    {
      name: overview.sip,
      value: drachtio.connected ? overview.connected : overview.disconnected,
      note: drachtio.embedded ? overview.embedded : overview.drachtio,
      tone: drachtio.connected ? 'good' : 'bad',
    },
    {
      name: overview.load,
      value: overview.levels[load.level],
      note: joined(overview.levelNotes[load.level], overview.overloads(stats.overloads)),
      tone: ({ none: 'good', shedding: 'warn', full: 'bad' } as const)[load.level],
    },
    lateness(load.delay),
    { name: overview.memory, value: octets(load.rss), note: overview.needed(octets(load.needed)), tone: plain },
  ];
}

function lateness({ mean, p99, max }: Status['stats']['load']['delay']): Figure {
  const { overview } = strings;
  const tone = p99 >= LATE ? 'warn' : 'plain';
  const word = p99 >= VERY_LATE ? overview.veryLate : overview.late;
  return {
    name: overview.loop,
    value: milliseconds(p99),
    note: joined(tone === 'plain' ? '' : word, overview.loopNote(milliseconds(mean), milliseconds(max))),
    tone: p99 >= VERY_LATE ? 'bad' : tone,
  };
}

const joined = (...notes: readonly string[]): string => notes.filter(Boolean).join('; ');

/** How the server is, at a glance. */
export class Tiles {
  readonly element = el('dl', { class: 'tiles' });
  readonly #values: { tile: HTMLElement; value: HTMLElement; note: HTMLElement }[] = [];

  update(status: Status): void {
    figuresOf(status).forEach(({ name, value, note, tone }, index) => {
      const tile = (this.#values[index] ??= this.#add(name));
      setText(tile.value, value);
      setText(tile.note, note);
      tile.tile.className = `tile ${tone}`;
    });
  }

  #add(name: string): { tile: HTMLElement; value: HTMLElement; note: HTMLElement } {
    const value = el('dd', { class: 'tile-value' });
    const note = el('dd', { class: 'tile-note' });
    const tile = el('div', {}, el('dt', {}, name), value, note);
    this.element.append(tile);
    return { tile, value, note };
  }
}

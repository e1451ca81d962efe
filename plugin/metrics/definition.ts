/** One metric: what it is called, and where its value is. */
import type { HistogramData } from '../../lib/util/histogram.js';
import type { Figures } from './figures.js';

/** A value with its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Common {
  /** `chatroom_`, what, its unit, and `_total` for a counter: https://prometheus.io/docs/practices/naming/. */
  readonly name: string;
  readonly help: string;
}

interface Plain extends Common {
  readonly type: 'gauge' | 'counter';
  /** @defaultValue none */
  readonly labels?: readonly string[];
  /** A number for a metric without labels. */
  readonly read: (figures: Figures) => number | readonly Sample[];
}

interface Distribution extends Common {
  readonly type: 'histogram';
  /** Upper bounds of the buckets. */
  readonly bounds: readonly number[];
  readonly read: (figures: Figures) => HistogramData;
}

export type Definition = Plain | Distribution;

type Value = Plain['read'];

export const gauge = (name: string, help: string, read: Value, ...labels: string[]): Definition => ({
  type: 'gauge',
  name,
  help,
  labels,
  read,
});

export const counter = (name: string, help: string, read: Value, ...labels: string[]): Definition => ({
  type: 'counter',
  name,
  help,
  labels,
  read,
});

/** A sample for each name, which becomes the value of `label`. */
export const byName = (counts: Readonly<Record<string, number>>, label: string): Sample[] =>
  Object.entries(counts).map(([name, count]) => [{ [label]: name }, count]);

/** A sample for each name, whose words become the values of the labels. */
export const byWords = (counts: Readonly<Record<string, number>>, ...labels: string[]): Sample[] =>
  Object.entries(counts).map(([name, count]) => {
    const words = name.split(' ');
    return [Object.fromEntries(labels.map((label, index) => [label, words[index] ?? 'other'])), count];
  });

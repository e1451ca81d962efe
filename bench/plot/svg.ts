import type { Measured } from '../rows/fanout.js';
import { SMALL } from '../scenarios.js';
import { logScale, type Scale, spread } from './scale.js';

interface Point {
  participants: number;
  micros: number;
}

interface Series {
  name: string;
  points: Point[];
}

const PANEL = { width: 520, height: 440, left: 52, right: 120, top: 52, bottom: 46 } as const;
const LABEL_GAP = 15;
const SERVER = 'server';

/** Told apart on white and on black alike, and by those who see no red or no green. */
const COLOURS = ['#8a8a8a', '#4c8dd6', '#e07b00', '#2aa198', '#c061cb', '#d64550', '#7d9a2c', '#b58900'] as const;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: #999; stroke-opacity: 0.25; }
  .line { fill: none; stroke-width: 1.6; }
  .own { stroke-width: 3; }
  @media (prefers-color-scheme: dark) { text { fill: #ddd; } }
`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const at = (value: number): string => value.toFixed(1);

/** The cost per copy by participants of each system: one room, small confirmed messages over TCP. */
function seriesOf(measured: readonly Measured[], load: Measured['point']): Series[] {
  const rows = measured.filter(
    ({ confirm, link, point, rooms, textOctets }) =>
      point === load && link === 'tcp' && rooms === 1 && confirm === 'always' && textOctets === SMALL,
  );
  return [...new Set(rows.map(({ system }) => system))].map((name) => ({
    name,
    points: rows
      .filter(({ system }) => system === name)
      .map(({ cpuMicrosPerCopy, participants }) => ({ participants, micros: cpuMicrosPerCopy.median }))
      .toSorted((a, b) => a.participants - b.participants),
  }));
}

function axes(title: string, sizes: readonly number[], x: Scale, y: Scale): string[] {
  const { bottom, height, left, right, top, width } = PANEL;
  const base = height - bottom;
  return [
    `<text class="title" x="${left}" y="22">${escaped(title)}</text>`,
    `<text x="${left}" y="40">CPU µs per delivered copy</text>`,
    ...y.ticks.flatMap((tick) => [
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${at(y.place(tick))}" y2="${at(y.place(tick))}"/>`,
      `<text x="${left - 6}" y="${at(y.place(tick) + 4)}" text-anchor="end">${tick}</text>`,
    ]),
    ...sizes.flatMap((size) => [
      `<line class="grid" x1="${at(x.place(size))}" x2="${at(x.place(size))}" y1="${top}" y2="${base}"/>`,
      `<text x="${at(x.place(size))}" y="${base + 18}" text-anchor="middle">${size}</text>`,
    ]),
    `<text x="${(left + width - right) / 2}" y="${base + 36}" text-anchor="middle">participants of the room</text>`,
  ];
}

function lines(series: readonly Series[], colours: ReadonlyMap<string, string>, x: Scale, y: Scale): string[] {
  return series.flatMap(({ name, points }) => {
    const colour = colours.get(name) ?? COLOURS[0];
    const places = points.map(({ micros, participants }) => [at(x.place(participants)), at(y.place(micros))] as const);
    const path = places.map((place) => place.join(',')).join(' ');
    const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    return [`<polyline class="line${name === SERVER ? ' own' : ''}" stroke="${colour}" points="${path}"/>`, ...dots];
  });
}

/** The names, beside the last point of each line, none over another. */
function names(series: readonly Series[], colours: ReadonlyMap<string, string>, y: Scale): string[] {
  const last = series
    .map(({ name, points }) => ({ name, place: y.place(points.at(-1)?.micros ?? 1) }))
    .toSorted((a, b) => a.place - b.place);
  const places = spread(
    last.map(({ place }) => place),
    LABEL_GAP,
  );
  return last.map(({ name }, i) => {
    const weight = name === SERVER ? ' font-weight="700"' : '';
    const style = `style="fill:${colours.get(name) ?? COLOURS[0]}"`;
    return `<text x="${PANEL.width - PANEL.right + 10}" y="${at((places[i] ?? 0) + 4)}"${weight} ${style}>${escaped(name)}</text>`;
  });
}

function panel(title: string, series: readonly Series[], colours: ReadonlyMap<string, string>): string[] {
  const { bottom, height, left, right, top, width } = PANEL;
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return [];
  const sizes = [...new Set(points.map(({ participants }) => participants))].toSorted((a, b) => a - b);
  const micros = points.map((point) => point.micros);
  const x = logScale(sizes[0] ?? 1, sizes.at(-1) ?? 1, left, width - right, true);
  const y = logScale(Math.min(...micros), Math.max(...micros), height - bottom, top);
  return [...axes(title, sizes, x, y), ...lines(series, colours, x, y), ...names(series, colours, y)];
}

/** CPU per copy by the size of the room, saturated and with one message in flight, both axes logarithmic. */
export function plot(measured: readonly Measured[]): string {
  const panels = [
    { title: 'Saturated', series: seriesOf(measured, 'sat') },
    { title: 'One message in flight', series: seriesOf(measured, 'serial') },
  ];
  const systems = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const colours = new Map(systems.map((name, i) => [name, COLOURS[i % COLOURS.length] ?? COLOURS[0]]));
  const { height, width } = PANEL;
  const body = panels.flatMap(({ series, title }, i) => [
    `<g transform="translate(${i * width} 0)">`,
    ...panel(title, series, colours),
    '</g>',
  ]);
  const size = `width="${width * panels.length}" height="${height}" viewBox="0 0 ${width * panels.length} ${height}"`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`;
  return `${[open, '<title>CPU per delivered copy</title>', `<style>${STYLE}</style>`, ...body, '</svg>'].join('\n')}\n`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Reassembler, type Reassembly } from '../../../lib/msrp/reassembly.js';
import { parseByteRange } from '../../../lib/msrp/index.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Row {
  range: string | null;
  data: string;
  flag: '$' | '+' | '#';
}

interface Table {
  rows: [name: string, chunks: Row[], result: { complete?: string; pending?: true; aborted?: true; error?: number }][];
}

const table = JSON.parse(readFileSync(join(__dirname, '../../vectors/tables/reassembly.json'), 'utf8')) as Table;

function show(result: Reassembly | undefined): unknown {
  if (result?.kind === 'complete') return { complete: Buffer.from(result.bytes).toString() };
  if (result?.kind === 'refused') return { error: result.status };
  return { [result?.kind ?? 'nothing']: true };
}

const chunk = (start: number | undefined, data: string, flag: Row['flag']) => ({
  start,
  bytes: Buffer.from(data),
  flag,
});

describe('reassembly (4975-7.3.1-03 to -07, -13)', () => {
  test.each(table.rows)('%s', (_name, chunks, expected) => {
    const reassembler = new Reassembler({ clock: new ManualClock() });
    let last: Reassembly | undefined;
    for (const { range, data, flag } of chunks) {
      last = reassembler.add('m1', chunk(range === null ? undefined : parseByteRange(range)?.start, data, flag));
    }
    expect(show(last)).toEqual(expected);
  });

  test('any order and any cut gives the message', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.nat(199), { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (body, cuts, order) => {
          const reassembler = new Reassembler({ clock: new ManualClock() });
          const borders = [...new Set([0, ...cuts.filter((cut) => cut < body.length), body.length])].toSorted(
            (a, b) => a - b,
          );
          const chunks = borders.slice(1).map((to, i) => ({
            start: (borders[i] ?? 0) + 1,
            bytes: body.subarray(borders[i], to),
            flag: to === body.length ? ('$' as const) : ('+' as const),
          }));
          const shuffled = chunks.map((c) => ({ c, key: order.next().value })).toSorted((a, b) => a.key - b.key);
          const results = shuffled.map(({ c }) => reassembler.add('m', c));
          expect(results.at(-1)).toEqual({ kind: 'complete', bytes: new Uint8Array(body) });
          expect(results.slice(0, -1).every((result) => result.kind === 'pending')).toBe(true);
        },
      ),
    );
  });

  test('4975-5.4-11 a message seen complete before is a duplicate', () => {
    const reassembler = new Reassembler({ clock: new ManualClock() });
    expect(reassembler.add('m1', chunk(1, 'hi', '$')).kind).toBe('complete');
    expect(reassembler.add('m1', chunk(1, 'hi', '$')).kind).toBe('duplicate');
  });

  test('P-LIM-06 a message above the limit is refused, and so are its later chunks', () => {
    const reassembler = new Reassembler({ clock: new ManualClock(), maxSize: 4 });
    expect(reassembler.add('m1', chunk(1, 'abcde', '$'))).toEqual({ kind: 'refused', status: 413 });
    expect(reassembler.add('m2', chunk(1, 'abc', '+')).kind).toBe('pending');
    expect(reassembler.add('m2', chunk(4, 'de', '+'))).toEqual({ kind: 'refused', status: 413 });
    expect(reassembler.add('m2', chunk(6, 'f', '$'))).toEqual({ kind: 'refused', status: 413 });
    expect(reassembler.size).toBe(0);
  });

  test('P-RX-02 the number of messages under way is bounded', () => {
    const clock = new ManualClock();
    const reassembler = new Reassembler({ clock, maxPartial: 2 });
    for (const id of ['m1', 'm2']) expect(reassembler.add(id, chunk(1, 'a', '+')).kind).toBe('pending');
    expect(reassembler.add('m3', chunk(1, 'a', '+'))).toEqual({ kind: 'refused', status: 413 });
    expect(reassembler.add('m4', chunk(1, 'whole', '$')).kind).toBe('complete');
    reassembler.close();
    expect(clock.pending).toBe(0);
  });

  test('a message without further chunks is given up after the chunk time', () => {
    const clock = new ManualClock();
    const reassembler = new Reassembler({ clock });
    reassembler.add('m1', chunk(1, 'a', '+'));
    clock.advance(539_999);
    reassembler.add('m1', chunk(2, 'b', '+'));
    clock.advance(539_999);
    expect(reassembler.size).toBe(1);
    clock.advance(1);
    expect(reassembler.size).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

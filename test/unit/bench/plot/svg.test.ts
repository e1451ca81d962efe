import { SaxesParser } from 'saxes';
import { plot } from '../../../../bench/plot/svg.js';
import { measured } from '../measured.js';

/** Names of elements in an SVG that is well-formed, and its texts. */
function read(svg: string): { elements: string[]; texts: string[] } {
  const elements: string[] = [];
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => elements.push(name));
  parser.on('text', (text) => texts.push(text.trim()));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(svg).close();
  return { elements, texts: texts.filter((text) => text !== '') };
}

test('a line and a name for each system, a dot for each size of room', () => {
  const rows = [10, 100, 1000].flatMap((size) => [measured('server', size, [2]), measured('floor', size, [1])]);
  const { elements, texts } = read(plot(rows));
  expect(elements.filter((name) => name === 'polyline')).toHaveLength(2);
  expect(elements.filter((name) => name === 'circle')).toHaveLength(6);
  expect(texts).toEqual(expect.arrayContaining(['Saturated', 'server', 'floor', '10', '100', '1000']));
  expect(texts).not.toContain('One message in flight');
});

test('both loads have a panel', () => {
  const { texts } = read(plot([measured('server', 10, [2]), measured('server', 10, [5], { point: 'serial' })]));
  expect(texts).toEqual(expect.arrayContaining(['Saturated', 'One message in flight']));
});

test('only what can be compared is in it', () => {
  const other = [{ rooms: 5 }, { link: 'tls' as const }, { textOctets: 4096 }, { confirm: 'never' as const }];
  const { elements } = read(plot(other.map((more) => measured('server', 10, [2], more))));
  expect(elements).not.toContain('polyline');
});

test('a name is no markup', () => {
  expect(read(plot([measured('<server> & co', 10, [2])])).texts).toContain('<server> & co');
});

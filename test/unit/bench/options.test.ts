import { type Options, parseOptions } from '../../../bench/options.js';

const NAMES = ['c-floor', 'floor', 'server', 'peer'];

function parsed(...args: string[]): Options {
  const options = parseOptions(args, NAMES);
  if (options === 'help') throw new Error('help was not asked for');
  return options;
}

test('without a flag everything is measured', () => {
  const { parts, paced, roster, rounds, sizes, systems, texts } = parsed();
  expect(systems).toEqual(NAMES);
  const fanout = ['fanout', 'size', 'unconfirmed', 'rooms', 'tls', 'ws'];
  expect(parts).toEqual([...fanout, 'idle', 'roster', 'workers', 'stall', 'stream', 'parser', 'nicknames']);
  expect(roster).toEqual([100, 200, 1000]);
  expect({ sizes, texts, rounds, paced }).toEqual({ sizes: [10, 100, 1000, 5000], texts: [], rounds: 5, paced: true });
});

test('--quick is one round of one size', () => {
  expect(parsed('--quick')).toMatchObject({
    quick: true,
    sizes: [100],
    roster: [100],
    rounds: 1,
    paced: false,
  });
});

test('--only takes contenders, parts and sizes in any order', () => {
  expect(parsed('--only', '100,tls,peer,7')).toMatchObject({ systems: ['peer'], parts: ['tls'], sizes: [100, 7] });
});

test('--only with a size is one of the roster too', () => {
  expect(parsed('--only', 'roster,200')).toMatchObject({ parts: ['roster'], roster: [200] });
});

test('sizes in octets', () => {
  expect(parsed('--text', '4096', '--stream', '2')).toMatchObject({ texts: [4096], streamOctets: 2_097_152 });
});

test('--compare is about the fan-out of two sizes, unless more is asked for', () => {
  expect(parsed('--compare', 'main')).toMatchObject({
    compare: 'main',
    systems: ['floor', 'server'],
    parts: ['fanout'],
    sizes: [100, 1000],
  });
  expect(parsed('--compare', 'main', '--only', 'tls,10')).toMatchObject({ parts: ['tls'], sizes: [10] });
});

test.each([
  [['--only', 'sever'], /--only sever: give c-floor, floor, server, peer, fanout/],
  [['--only', '1'], /--only 1/],
  [['--rounds', '0'], /--rounds 0: give a whole number/],
  [['--stream', '1.5'], /--stream 1\.5/],
  [['--text', 'long'], /--text long/],
  [['--fast'], /--fast/],
])('%j is refused by name', (args, message) => {
  expect(() => parseOptions(args, NAMES)).toThrow(message);
});

test('--help', () => {
  expect(parseOptions(['--help'], NAMES)).toBe('help');
});

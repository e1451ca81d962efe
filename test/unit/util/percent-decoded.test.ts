import { percentDecoded } from '../../../lib/util/percent-decoded.js';

test.each([
  ['a%20b', 'a b'],
  ['%C3%A9t%C3%A9', 'été'],
  ['100%', '100%'],
  ['%C3', '%C3'],
])('%s is read as %s', (text, meant) => {
  expect(percentDecoded(text)).toBe(meant);
});

import { findLinks } from '../../../../../../../plugin/web/pages/chat/model/links.js';

const linkIn = (text: string): string | undefined => findLinks(text).find(({ href }) => href !== undefined)?.text;

test.each([
  ['see https://a.example/b.', 'https://a.example/b'],
  ['(https://a.example/b)', 'https://a.example/b'],
  ['https://a.example/b_(c)', 'https://a.example/b_(c)'],
  ['https://a.example/b_(c)).]!', 'https://a.example/b_(c)'],
  ['[{https://a.example/}].', 'https://a.example/'],
])('a link in %p ends where a person would end it', (text, link) => {
  expect(linkIn(text)).toBe(link);
});

test.each([')', ').', ')]}'])('of a link with thousands of %p behind it each character is counted once', (closing) => {
  const split = jest.spyOn(String.prototype, 'split');
  try {
    expect(linkIn(`https://a.example/${closing.repeat(2000)}`)).toBe('https://a.example/');
    expect(split.mock.calls.length).toBeLessThan(10);
  } finally {
    split.mockRestore();
  }
});

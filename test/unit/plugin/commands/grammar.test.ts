import * as fc from 'fast-check';
import { MAX_COMMAND, readTyped, Words } from '../../../../plugin/commands/grammar.js';

function all(rest: string): (string | undefined)[] {
  const words = new Words(rest);
  return [words.word(), words.word(), words.rest()];
}

const command = (name: string, rest = ''): object => ({ is: 'command', name, rest });

describe('what is typed', () => {
  test.each<[string, unknown]>([
    ['hello', null],
    ['', null],
    [' /who', null],
    ['/who', command('who')],
    ['/WHO ', command('who')],
    ['/topic  the cheese ', command('topic', 'the cheese')],
    ['/msg bob one\ntwo', command('msg', 'bob one\ntwo')],
    ['/kick\tbob', command('kick', 'bob')],
    ['/', command('')],
    ['/ who', command('')],
    ['/etc/passwd is a file', command('etc/passwd')],
    ['//who', { is: 'said', text: '/who' }],
    ['//', { is: 'said', text: '/' }],
    ['///', { is: 'said', text: '//' }],
    [`/topic ${'x'.repeat(MAX_COMMAND)}`, { is: 'too-long' }],
  ])('%j', (text, expected) => {
    expect(readTyped(text)).toEqual(expected);
  });

  test('any text is one of them, and only what begins with a slash is not said as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(readTyped(text)).toBeNull();
        expect(readTyped(`/ ${text}`)).toMatchObject({ is: 'command' });
        expect(readTyped(`//${text}`)).toEqual({ is: 'said', text: `/${text}` });
      }),
      { examples: [['constructor']] },
    );
  });
});

describe('words', () => {
  test.each<[string, (string | undefined)[]]>([
    ['', [undefined, undefined, undefined]],
    ['bob', ['bob', undefined, undefined]],
    [' bob  carla  and others ', ['bob', 'carla', 'and others']],
    ['"Bob B" loud', ['Bob B', 'loud', undefined]],
    ['\u201cBob B\u201d loud', ['Bob B', 'loud', undefined]],
    ['"Bob \\"B\\" \\\\" x', ['Bob "B" \\', 'x', undefined]],
    ['"Bob B', ['Bob B', undefined, undefined]],
    ['"" x', [undefined, 'x', undefined]],
    ['"Bob"B x', ['Bob', 'B', 'x']],
    ['"\\', ['\\', undefined, undefined]],
  ])('%j', (rest, expected) => {
    expect(all(rest)).toEqual(expected);
  });

  test.each<[string, number | undefined, string | undefined]>([
    ['10 loud', 10, 'loud'],
    ['10', 10, undefined],
    ['10th time', undefined, '10th time'],
    ['-1', undefined, '-1'],
    ['99999999999', undefined, '99999999999'],
    ['loud', undefined, 'loud'],
  ])('a number: %j', (rest, number, left) => {
    const words = new Words(rest);
    expect([words.number(), words.rest()]).toEqual([number, left]);
  });

  test('a name in quotes is read as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), (name, rest) => {
        const words = new Words(`"${name.replace(/["\\]/g, '\\$&')}" ${rest}`);
        expect(words.word()).toBe(name);
        expect(words.rest() ?? '').toBe(rest.trim());
      }),
    );
  });

  test('nothing is read for ever', () => {
    fc.assert(
      fc.property(fc.string(), (rest) => {
        const words = new Words(rest);
        for (let i = 0; i <= rest.length; i++) words.word();
        expect(words.rest()).toBeUndefined();
      }),
    );
  });
});

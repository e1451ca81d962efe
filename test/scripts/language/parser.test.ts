import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from './options.js';
import { parseScript } from './parser.js';
import type { Script } from './script.js';
import { SENTENCES } from './sentences/index.js';
import { atCommas, fill, matches, unquote } from './text.js';

const HEAD = ['# what it shows', 'room lobby', 'Ana is sip:ana@example.com', ''];

const parse = (...lines: string[]): Script => parseScript('x.script', [...HEAD, ...lines].join('\n'), SENTENCES);

test('a script: title, room, actors, steps with their places', () => {
  const script = parseScript(
    'x.script',
    [
      '# 7701-6.1-05: a title',
      '# of two lines',
      '',
      '# a comment',
      'room lobby in conf.example.com nicknameScope=domain',
      '  roster.full: 3',
      '  reservedNicknames: [staff, "The Host"]',
      'room kitchen on demand',
      'server limits.maxPendingBytes=200000',
      'Ana is sip:ana@example.com, without private messages, accepts text/plain image/*, anonymous (Privacy: id;critical)',
      'Phone is another device of Ana, over udp, named "Ana, at home"',
      'lobby is also sip:8000@pbx.example.com',
      '',
      'Ana and Phone join lobby -> 403',
    ].join('\r\n'),
    SENTENCES,
  );
  expect(script.title).toBe('7701-6.1-05: a title of two lines');
  const options = { nicknameScope: 'domain', roster: { full: 3 }, reservedNicknames: ['staff', 'The Host'] };
  expect(script.rooms).toEqual([
    { name: 'lobby', domain: 'conf.example.com', onDemand: false, options },
    { name: 'kitchen', domain: 'localhost', onDemand: true, options: {} },
  ]);
  expect(script.server).toEqual({ limits: { maxPendingBytes: 200_000 } });
  expect(script.actors).toMatchObject([
    {
      name: 'Ana',
      uri: 'sip:ana@example.com',
      client: { chatroom: ['nickname'], lines: ['a=accept-wrapped-types:text/plain image/*'], sip: 'tcp' },
    },
    { name: 'Phone', uri: 'sip:ana@example.com', client: { sip: 'udp', displayName: 'Ana, at home' } },
  ]);
  expect(script.actors[0]?.client.headers).toEqual(new Map([['Privacy', 'id;critical']]));
  expect(script.aliases).toEqual(new Map([['sip:8000@pbx.example.com', 'lobby']]));
  const [step] = script.steps;
  expect(step?.place).toEqual({ file: 'x.script', line: 14, text: 'Ana and Phone join lobby -> 403' });
  expect([step?.slots.must('actors'), step?.slots.get('status')]).toEqual(['Ana and Phone', '403']);
});

test('the example of the README', () => {
  const page = readFileSync(join(__dirname, '../README.md'), 'utf8');
  const [, example = ''] = /^```\n([^]*?)^```/m.exec(page) ?? [];
  expect(parseScript('README.md', example, SENTENCES).steps).toHaveLength(3);
});

test('a block keeps blank lines and inner indentation, and ends with the last indented line', () => {
  const { steps } = parse('Ana sends CPIM:', '  From: <{Ana}>', '', '    deeper', '', '# a comment', 'Ana leaves');
  expect(steps.map(({ slots }) => slots.block)).toEqual([['From: <{Ana}>', '', '  deeper'], []]);
});

describe('what cannot be read names file, line and what is wrong', () => {
  test.each([
    ['nobody of that name', ['Bob joins lobby'], 'x.script:5: nobody is called Bob\n    Bob joins lobby'],
    ['nobody of that name inside', ['Ana whispers to Bob "x"'], 'x.script:5: nobody is called Bob'],
    ['one of several', ['Ana and Bob join lobby'], 'x.script:5: nobody is called Bob'],
    ['no such room', ['Ana joins kitchen'], 'x.script:5: nobody is called kitchen'],
    ['no such sentence', ['Ana dances'], 'x.script:5: no sentence reads so'],
    ['a quote left open', ['Ana says "hello'], 'x.script:5: no sentence reads so'],
    ['no such status', ['Ana joins lobby -> 40'], 'x.script:5: no sentence reads so'],
    ['a block that is missing', ['Ana gets:'], 'x.script:5: a colon and indented lines below it belong together'],
    ['a block too much', ['Ana leaves', '  now'], 'x.script:5: a colon and indented lines below it belong together'],
    ['an actor twice', ['Ana is sip:ana@example.com'], 'x.script:5: there is an actor Ana already'],
    ['a room twice', ['room lobby'], 'x.script:5: there is a room lobby already'],
    ['no such clause', ['Bob is sip:bob@example.com, upside down'], 'no client is described by "upside down"'],
    ['a device of nobody', ['Phone is another device of Bob'], 'x.script:5: nobody is called Bob'],
    ['an option without value', ['room kitchen locked='], 'x.script:5: write OPTION=VALUE instead of "locked="'],
    ['an option below it', ['room kitchen', '  locked'], 'x.script:5: write OPTION=VALUE instead of "locked"'],
    ['options of a room on demand', ['room kitchen on demand locked=true'], 'x.script:5: a room on demand has the'],
    ['a room in capitals', ['room Kitchen'], 'x.script:5: write: room NAME'],
    ['an alias of nobody', ['Bob is also tel:+34600000001'], 'x.script:5: nobody is called Bob'],
  ])('%s', (_title, lines, message) => {
    expect(() => parse(...lines, 'Ana leaves')).toThrow(message);
  });

  test('no title', () => {
    expect(() => parseScript('x.script', 'room lobby\n', SENTENCES)).toThrow('x.script:1: a script begins with');
  });

  test('nothing happens', () => {
    expect(() => parse()).toThrow('nothing happens in this script');
  });

  test('an indented line under nothing', () => {
    expect(() => parseScript('x.script', '# title\n  indented', SENTENCES)).toThrow('x.script:2: an indented line');
  });
});

test('texts: escapes, placeholders, {any}', () => {
  expect(unquote(String.raw`"a\"b\\c\n\u{1F355}"`)).toBe('a"b\\c\n🍕');
  expect(fill('{Ana} {any} {my path}', (name) => (name === 'Ana' ? 'sip:ana@x' : undefined))).toBe(
    'sip:ana@x {any} {my path}',
  );
  expect(matches('{any} was (not) delivered', '3\r\nwas (not) delivered')).toBe(false);
  expect(matches('{any}was (not) delivered', '3\r\nwas (not) delivered')).toBe(true);
  expect(matches('a.c', 'abc')).toBe(false);
  expect(atCommas('a, b "x, y", c (d, e), [f, g]')).toEqual(['a', 'b "x, y"', 'c (d, e)', '[f, g]']);
});

test('options: words, numbers, texts, lists, nested', () => {
  expect(readOptions('a=1 b=true c=null d=word e="two words" f=[x, "y z"] g.h=2')).toEqual({
    a: 1,
    b: true,
    c: null,
    d: 'word',
    e: 'two words',
    f: ['x', 'y z'],
    g: { h: 2 },
  });
  expect(readOptions('key: value')).toEqual({ key: 'value' });
  expect(readOptions('what?')).toBeUndefined();
});

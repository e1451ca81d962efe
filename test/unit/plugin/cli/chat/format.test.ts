import * as fc from 'fast-check';
import {
  clockTime,
  describeContent,
  formatError,
  formatMessage,
  formatNotice,
  harmless,
  harmlessLines,
  listNames,
  palette,
} from '../../../../../plugin/cli/chat/format.js';

const at = new Date(2026, 10, 21, 9, 5);
const plain = palette(false);
const ESCAPE = '\u001B';
/** C0, DEL, C1 and what changes the direction of text. */
const CONTROLS = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

describe('lines of the chat command', () => {
  test('messages', () => {
    expect(clockTime(at)).toBe('09:05');
    expect(formatMessage({ at, from: 'bob', text: 'hi' }, plain)).toBe('09:05 bob: hi');
    expect(formatMessage({ at, from: undefined, text: 'hi' }, plain)).toBe('09:05 you: hi');
    expect(formatMessage({ at, from: 'bob', privateTo: '', text: 'psst' }, plain)).toBe(
      '09:05 bob -> you (private): psst',
    );
    expect(formatMessage({ at, from: undefined, privateTo: 'bob', text: 'psst' }, plain)).toBe(
      '09:05 you -> bob (private): psst',
    );
  });

  test('notices and errors', () => {
    expect(formatNotice(at, 'bob joined', plain)).toBe('09:05 * bob joined');
    expect(formatError('taken', plain)).toBe('! taken');
  });

  test('colours are there only when asked for', () => {
    expect(formatMessage({ at, from: 'bob', text: 'hi' }, palette(true))).toContain(`${ESCAPE}[`);
    expect(formatError('x', palette(true))).toBe(`${ESCAPE}[31m! x${ESCAPE}[0m`);
  });

  test('lists', () => {
    expect(listNames(['a'])).toBe('a');
    expect(listNames(['a', 'b'])).toBe('a and b');
    expect(listNames(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listNames(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
    expect(listNames([])).toBe('');
  });

  test('content that is not text', () => {
    expect(describeContent('image/png', 512)).toBe('[image/png, 512 bytes]');
    expect(describeContent('image/png', 200 * 1024)).toBe('[image/png, 200 kB]');
    expect(describeContent('image/png', 3.5 * 1024 * 1024)).toBe('[image/png, 3.5 MB]');
  });
});

describe('what came from the network cannot steer the terminal', () => {
  test('controls become visible or vanish', () => {
    expect(harmless(`a${ESCAPE}[2Jb\u0007c\u007Fd\u009Be\tf`)).toBe('a\u241B[2Jb\u2407c\u2421d\uFFFDe f');
    expect(harmless('\u202Eevil\u2066\u200F')).toBe('evil');
    expect(harmless('grüße 👋🏽')).toBe('grüße 👋🏽');
  });

  test('a second line cannot pose as another message', () => {
    expect(formatMessage({ at, from: 'eve', text: 'hi\r\n09:05 bob: I agree\n' }, plain)).toBe(
      '09:05 eve: hi\n      | 09:05 bob: I agree',
    );
  });

  test('a name cannot either', () => {
    expect(formatNotice(at, `eve\n09:05 bob: hi${ESCAPE}[0m joined`, plain)).not.toMatch(CONTROLS);
  });

  test('no control character survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(harmlessLines(text).replaceAll('\n      | ', '')).not.toMatch(CONTROLS);
      }),
    );
  });
});

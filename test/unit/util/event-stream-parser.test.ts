import { array, assert, constantFrom, property, string } from 'fast-check';
import { EventStreamParser, type StreamedEvent } from '../../../lib/util/event-stream-parser.js';

const parse = (...pieces: string[]): StreamedEvent[] => {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

const STREAM =
  'retry: 2000\nid: 1\n\n:\n\nid: 2\nevent: audit\ndata: {"a":\ndata: 1}\n\r\ndata:  x\rid\r\n\r\r\nnonsense\n\n';
const EVENTS = [
  { id: '2', type: 'audit', data: '{"a":\n1}' },
  { id: '', type: 'message', data: ' x' },
];

test('events, comments, ids without data, and every kind of line end', () => {
  expect(parse(STREAM)).toEqual(EVENTS);
});

test('the same wherever the stream is cut', () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    expect(parse(STREAM.slice(0, at), STREAM.slice(at))).toEqual(EVENTS);
  }
  expect(parse(...STREAM.split(''))).toEqual(EVENTS);
});

test('a CRLF that is cut in two ends one line', () => {
  expect(parse('data: a\r', '\ndata: b\n\n')).toEqual([{ id: undefined, type: 'message', data: 'a\nb' }]);
});

test('an id without an event is where to go on', () => {
  const parser = new EventStreamParser();
  expect(parser.lastId).toBeUndefined();
  expect(parser.push('id: 7\n\n')).toEqual([]);
  expect(parser.lastId).toBe('7');
});

test('an event that is not over yet is none', () => {
  expect(parse('data: half\n')).toEqual([]);
  expect(parse('data: half')).toEqual([]);
});

test('what never ends is given up', () => {
  expect(() => parse('x'.repeat(2 << 20))).toThrow(RangeError);
  const lines = Array.from({ length: 40 }, () => `data: ${'x'.repeat(50_000)}\n`);
  expect(() => parse(...lines)).toThrow(RangeError);
});

test('anything at all may come', () => {
  assert(
    property(array(string({ unit: constantFrom('\r', '\n', ':', ' ', 'data', 'id', 'x') })), (pieces) => {
      expect(parse(...pieces)).toEqual(parse(pieces.join('')));
    }),
  );
});

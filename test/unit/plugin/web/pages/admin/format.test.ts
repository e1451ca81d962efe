import { clockTime, milliseconds, octets, rate, span } from '../../../../../../plugin/web/pages/admin/model/format.js';
import { roomHash, routeOf } from '../../../../../../plugin/web/pages/admin/model/route.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_999, '1.0 MB'],
  [1_000_000, '1.0 MB'],
  [3_400_000_000, '3.4 GB'],
  [5e15, '5000 TB'],
])('%d octets are %s', (count, text) => {
  expect(octets(count)).toBe(text);
});

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [7500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test('rates and milliseconds', () => {
  expect([0, 0.44, 12.55, 1234.5].map(rate)).toEqual(['0', '0.4', '12.6', '1,235']);
  expect([0.25, 12.3, 1400].map(milliseconds)).toEqual(['0.3 ms', '12 ms', '1.4 s']);
});

test('a time is shown with its date where that is not of today', () => {
  const time = new Date(2026, 4, 3, 14, 3, 22);
  expect(clockTime(time.toISOString(), new Date(2026, 4, 3, 1))).toBe('14:03:22');
  expect(clockTime(time.toISOString(), new Date(2026, 4, 4, 1))).toBe('2026-05-03 14:03:22');
  expect(clockTime('nonsense', time)).toBe('nonsense');
});

test('the address leads to views, and to rooms of any name', () => {
  expect(routeOf('')).toEqual({ view: 'overview' });
  expect(routeOf('#/rooms')).toEqual({ view: 'rooms' });
  expect(routeOf('#/rooms/')).toEqual({ view: 'rooms' });
  expect(routeOf('#/activity')).toEqual({ view: 'activity' });
  expect(routeOf('#/elsewhere')).toEqual({ view: 'overview' });
  for (const room of ['sip:a/b@localhost', 'sip:100%@x', 'lobby']) {
    expect(routeOf(roomHash(room))).toEqual({ view: 'room', room });
  }
  expect(routeOf('#/rooms/100%')).toEqual({ view: 'room', room: '100%' });
});

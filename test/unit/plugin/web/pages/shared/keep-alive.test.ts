import { SipKeepAlive } from '../../../../../../plugin/web/pages/shared/sip/keep-alive.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

const PONG = '\r\n';

let clock: ManualClock;
let pings: string[];
let dead: number;
let keepAlive: SipKeepAlive;

beforeEach(() => {
  clock = new ManualClock();
  pings = [];
  dead = 0;
  keepAlive = new SipKeepAlive({ clock, send: (ping) => pings.push(ping), onDead: () => dead++ });
});
afterEach(() => {
  keepAlive.stop();
  expect(clock.pending).toBe(0);
});

test('RFC 7118 §6: a ping at once and 15 s after each sign of life', () => {
  expect(pings).toEqual(['\r\n\r\n']);
  keepAlive.heard(PONG);
  clock.advance(14_999);
  keepAlive.heard('NOTIFY sip:alice@example.com SIP/2.0');
  clock.advance(14_999);
  expect(pings).toHaveLength(1);
  clock.advance(1);
  expect(pings).toHaveLength(2);
  expect(dead).toBe(0);
});

test('RFC 7118 §6: a server that has answered and answers no more is gone, 25 s after it was heard last', () => {
  keepAlive.heard(PONG);
  clock.advance(24_999);
  expect(dead).toBe(0);
  clock.advance(1);
  expect(dead).toBe(1);
  keepAlive.heard(PONG);
  clock.advance(120_000);
  expect({ dead, pings: pings.length }).toEqual({ dead: 1, pings: 2 });
});

test('whatever comes after a ping answers it', () => {
  keepAlive.heard(PONG);
  clock.advance(15_000);
  clock.advance(9999);
  keepAlive.heard('SIP/2.0 200 OK');
  clock.advance(24_999);
  expect(dead).toBe(0);
});

test('a server that has never answered a ping gets them, and is not judged', () => {
  keepAlive.heard('SIP/2.0 200 OK');
  clock.advance(120_000);
  expect(pings.length).toBeGreaterThan(4);
  expect(dead).toBe(0);
});

test('in doubt it is asked at once, and has 5 s', () => {
  keepAlive.heard(PONG);
  keepAlive.check();
  keepAlive.check();
  expect(pings).toHaveLength(2);
  clock.advance(4999);
  expect(dead).toBe(0);
  clock.advance(1);
  expect(dead).toBe(1);
  keepAlive.check();
  expect(pings).toHaveLength(2);
});

import { sessionTimer } from '../../../../plugin/invite/session-timer.js';
import type { SipRequest } from '../../../../plugin/drachtio/srf-types.js';

const timer = (headers: Record<string, string>) => {
  const req: Pick<SipRequest, 'get'> = { get: (name) => headers[name] };
  return sessionTimer(req);
};

const TIMER = { Supported: 'replaces, timer' };

test.each([
  ['what was asked', { ...TIMER, 'Session-Expires': '600;refresher=uac' }, '600;refresher=uac'],
  ['TMR-07 the peer refreshes where it is left to us', { ...TIMER, 'Session-Expires': '600' }, '600;refresher=uac'],
  ['the refresher it chose', { ...TIMER, 'Session-Expires': '600;refresher=uas' }, '600;refresher=uas'],
  ['TMR-03 milliseconds come down to the maximum', { ...TIMER, 'Session-Expires': '3600000' }, '7200;refresher=uac'],
  ['where it named none', TIMER, '1800;refresher=uac'],
])('TMR-01 %s', (_name, headers, expected) => {
  const { refresher } = /;(?<refresher>.*)/.exec(expected)?.groups ?? {};
  const required = refresher === 'refresher=uac' ? { Require: 'timer' } : {};
  expect(timer(headers)).toEqual({ headers: { 'Session-Expires': expected, ...required } });
});

test('TMR-02 below 90 s: 422 with Min-SE', () => {
  expect(timer({ ...TIMER, 'Session-Expires': '89' })).toEqual({ tooShort: { 'Min-SE': '90' } });
});

test('TMR-01 no timer for who knows none', () => {
  expect(timer({})).toEqual({ headers: {} });
});

import * as fc from 'fast-check';
import { endedBy, sipCause } from '../../../../plugin/invite/bye-reason.js';

test.each([
  ['SIP;cause=200;text="Call completed"', 200, 'Call completed'],
  ['sip ; TEXT="a, b; cause=480" ; Cause = 200', 200, 'a, b; cause=480'],
  ['Q.850;cause=16;text="x", SIP;cause=480', 480, ''],
  ['SIP;text="no cause", SIP;cause="503"', 503, ''],
])('BYE-04: %s', (reason, status, text) => {
  expect(sipCause(reason)).toEqual({ status, reason: text });
});

test.each([undefined, '', 'SIP', 'SIP;cause', 'SIP;cause=abc', 'SIP;cause=2000', 'Q.850;cause=16', '"SIP;cause=200"'])(
  'BYE-04: %s tells no cause',
  (reason) => {
    expect(sipCause(reason)).toBeNull();
  },
);

test('BYE-04: no value throws', () => {
  const piece = fc.constantFrom('SIP', 'Q.850', ';', ',', '=', '"', '\\', 'cause', 'text', '200', ' ');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const cause = sipCause(pieces.join(''));
      return cause === null || (cause.status >= 0 && cause.status <= 999);
    }),
  );
});

test.each([
  [{ status: 200, reason: '' }, true, 'departed'],
  [null, true, 'disconnected'],
  ...[408, 480, 500, 503].map((status) => [{ status, reason: '' }, true, 'disconnected'] as const),
  [null, false, 'departed'],
  [{ status: 480, reason: '' }, false, 'departed'],
] as const)('BYE-01, BYE-02, BYE-03: %j, members stay %s: %s', (cause, lasting, how) => {
  expect(endedBy(cause, lasting)).toBe(how);
});

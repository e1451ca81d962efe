import * as fc from 'fast-check';
import { parseReasons, partingOf } from '../../../../plugin/invite/reason.js';

const bye = (reason: string | undefined, source: 'network' | 'application' = 'network') => ({
  source,
  get: (name: string) => (name === 'Reason' ? reason : undefined),
});

test.each([
  ['SIP;cause=200;text="Call completed"', 200, 'Call completed'],
  ['sip ; TEXT="a, b; cause=480" ; Cause = 200', 200, 'a, b; cause=480'],
  ['Q.850;cause=16;text="x", SIP;cause=480', 480, null],
  ['SIP;text="no cause"', null, 'no cause'],
])('BYE-04: %s', (reason, cause, text) => {
  expect(parseReasons(reason).get('sip')).toEqual({ protocol: 'sip', cause, text });
});

test('BYE-04: no value throws', () => {
  const piece = fc.constantFrom('SIP', 'Q.850', ';', ',', '=', '"', '\\', 'cause', 'text', '200', ' ');
  fc.assert(fc.property(fc.array(piece), (pieces) => parseReasons(pieces.join('')).size >= 0));
});

test.each([
  ['SIP;cause=200', true, 'departed'],
  [undefined, true, 'disconnected'],
  ['SIP;cause=408', true, 'disconnected'],
  ['SIP;cause=480;text="Bearer Unavailable"', true, 'disconnected'],
  ['SIP;cause=503', true, 'disconnected'],
  [undefined, false, 'departed'],
  ['SIP;cause=480', false, 'departed'],
])('BYE-01, BYE-02, BYE-03: Reason %s, members stay %s: %s', (reason, membership, how) => {
  expect(partingOf(bye(reason), membership).how).toBe(how);
});

test('BYE-02: what the stack itself sends is no leaving, whatever cause it says', () => {
  expect(partingOf(bye('SIP;cause=200;text="Session timer expired"', 'application'), true)).toEqual({ how: 'failed' });
});

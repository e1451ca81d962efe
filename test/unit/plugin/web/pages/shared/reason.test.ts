import * as fc from 'fast-check';
import { readReason } from '../../../../../../plugin/web/pages/shared/sip/reason.js';

test.each([
  [['SIP;cause=403;text="too much cheese"'], { cause: 403, text: 'too much cheese' }],
  [['Q.850 ;cause=16 ;text="Terminated", SIP ; text="it; ends" ; cause=200'], { cause: 200, text: 'it; ends' }],
  [['Q.850;cause=16', 'sip;cause=480'], { cause: 480 }],
  [['SIP;text="a \\"quoted\\" word"'], { text: 'a "quoted" word' }],
  [['SIP'], {}],
  [['Q.850;cause=16'], {}],
  [[], {}],
])('RFC 3326: %j', (values, expected) => {
  expect(readReason(values)).toEqual(expected);
});

test('what is no Reason harms nothing', () => {
  fc.assert(fc.property(fc.array(fc.string()), (values) => expect(readReason(values)).toBeDefined()));
});

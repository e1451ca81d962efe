import type { RosterEntry } from '../../../../../../../lib/client/roster.js';
import { Crowd } from '../../../../../../../plugin/web/pages/chat/session/crowd.js';

const entry = (uri: string, names: Partial<RosterEntry> = {}): RosterEntry =>
  ({ uri, roles: [], endpoints: [], ...names }) as unknown as RosterEntry;

test('who is not listed is known to be away only where all are listed', () => {
  const crowd = new Crowd();
  expect(crowd.complete).toBe(false);
  crowd.listed([entry('sip:ana@x')], 1);
  expect(crowd.complete).toBe(true);
  crowd.listed([entry('sip:ana@x')], 600);
  expect(crowd.complete).toBe(false);
  crowd.listed([entry('sip:ana@x')], 1);
  crowd.unlisted();
  expect(crowd.complete).toBe(false);
  crowd.listed([entry('sip:ana@x')], 1);
  crowd.lost();
  expect(crowd.complete).toBe(false);
});

test('who is called otherwise than before is told of, by whatever names', () => {
  const crowd = new Crowd();
  const ana = { uri: 'sip:ana@x', before: 'ana', now: 'Ana' };
  expect(crowd.listed([entry('sip:ana@x'), entry('sip:bo@x', { displayName: 'Bo' })], 2)).toEqual([]);
  // His nickname is what he was called already.
  const bo = entry('sip:bo@x', { displayName: 'Bo', nickname: 'Bo' });
  expect(crowd.listed([entry('sip:ana@x', { nickname: 'Ana' }), bo], 2)).toEqual([ana]);
  expect(crowd.listed([entry('sip:cy@x', { nickname: 'Cy' }), bo], 2)).toEqual([]);
  expect(crowd.listed([bo, entry('sip:cy@x')], 2)).toEqual([{ uri: 'sip:cy@x', before: 'Cy', now: 'cy' }]);
});

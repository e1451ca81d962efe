import { FocusRig, ROOM } from '../../../support/focus-rig.js';
import { LogLines } from '../../../support/log-lines.js';

test('PBX-04: an act is a line of the log, whose time is that of the line', () => {
  const log = new LogLines();
  const rig = new FocusRig({ log: log.logger });
  const acts: unknown[] = [];
  rig.focus.on('audit', (_room, { act, time }) => acts.push([act, time.getTime()]));
  rig.focus.create(ROOM);
  rig.focus.configure(ROOM, { subject: 'News' });
  expect(acts).toEqual([['configure', rig.clock.now()]]);
  const fields = log.lines.find(({ message }) => message === 'audit')?.fields;
  expect(fields).toEqual({
    room: ROOM,
    actor: null,
    act: 'configure',
    allowed: true,
    detail: { options: ['subject'] },
  });
});

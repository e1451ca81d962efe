import { FocusRig } from '../../../support/focus-rig.js';

function rig(nicknameChangesPerMinute: number) {
  const focus = new FocusRig({ rooms: { defaults: { nicknameChangesPerMinute } } });
  return { focus, ask: (id: string, name: string) => focus.focus.nickname(id, name) };
}

test('7701-11-02 7701-7.2-01 more changes than a minute has are refused with 403, and the old nickname stays', () => {
  const { focus, ask } = rig(2);
  const { id } = focus.join('sip:ana@example.com');
  expect(['One', 'Two', 'Three', '\u0000'].map((name) => ask(id, name))).toEqual([200, 200, 403, 403]);
  expect(focus.events.at(-1)).toBe('nickname sip:ana@example.com One -> Two');
});

test('7701-11-02 they come back evenly', () => {
  const { focus, ask } = rig(2);
  const { id } = focus.join('sip:ana@example.com');
  expect([ask(id, 'One'), ask(id, 'Two')]).toEqual([200, 200]);
  focus.clock.advance(29_999);
  expect(ask(id, 'Three')).toBe(403);
  focus.clock.advance(1);
  expect([ask(id, 'Three'), ask(id, 'Four')]).toEqual([200, 403]);
  focus.clock.advance(3_600_000);
  expect(['Four', 'Five', 'Six'].map((name) => ask(id, name))).toEqual([200, 200, 403]);
});

test('7701-11-02 7701-7.1-11 the very same nickname at the same endpoint does not count, in another case it does', () => {
  const { focus, ask } = rig(2);
  const { id } = focus.join('sip:ana@example.com');
  expect(['Fox', 'Fox', ' Ｆox ', 'FOX', 'FOX', 'Fox'].map((name) => ask(id, name))).toEqual([
    200, 200, 200, 200, 200, 403,
  ]);
});

test('7701-11-02 removing, and what is refused anyway, does not count', () => {
  const { focus, ask } = rig(1);
  const bo = focus.join('sip:bo@example.com');
  expect(ask(bo.id, 'Owl')).toBe(200);
  const { id } = focus.join('sip:ana@example.com');
  expect(['', '\u0000', 'owl', 'admin', 'Fox', ''].map((name) => ask(id, name))).toEqual([
    200, 424, 425, 425, 200, 200,
  ]);
  expect(ask(id, 'Fox')).toBe(403);
});

test('7701-11-02 it is for all endpoints of a participant, and for each participant', () => {
  const { focus, ask } = rig(1);
  const [desk, phone] = [focus.join('sip:ana@example.com'), focus.join('sip:ana@example.com')];
  expect([ask(desk.id, 'Fox'), ask(phone.id, 'Fox')]).toEqual([200, 403]);
  expect(ask(focus.join('sip:bo@example.com').id, 'Owl')).toBe(200);
});

test('7701-11-02 coming back does not help', () => {
  const { focus, ask } = rig(1);
  focus.join('sip:bo@example.com');
  const ana = focus.join('sip:ana@example.com');
  expect(ask(ana.id, 'Fox')).toBe(200);
  ana.handle.leave('departed');
  expect(ask(focus.join('sip:ana@example.com').id, 'Fox')).toBe(403);
});

test('7701-11-02 a limit that changes counts from then on', () => {
  const { focus, ask } = rig(1);
  const { id } = focus.join('sip:ana@example.com');
  expect([ask(id, 'One'), ask(id, 'Two')]).toEqual([200, 403]);
  focus.focus.configure('sip:lunch@chat.example.com', { nicknameChangesPerMinute: 60 });
  focus.clock.advance(1000);
  expect([ask(id, 'Two'), ask(id, 'Three')]).toEqual([200, 403]);
});

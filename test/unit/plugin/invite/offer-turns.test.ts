import { OfferTurns } from '../../../../plugin/invite/offer-turns.js';

const ROOM = 'sip:lounge@localhost';

/** Asks for a turn that is kept. */
function asking(turns: OfferTurns, room = ROOM): { ran: () => boolean; release: () => void } {
  let ran = false;
  const release = turns.take(room, () => {
    ran = true;
  });
  return { ran: () => ran, release };
}

test('twenty at a time, the others in the order in which they asked', () => {
  const turns = new OfferTurns();
  const all = Array.from({ length: 1_000 }, () => asking(turns));
  const running = (): number => all.filter(({ ran }) => ran()).length;
  expect(running()).toBe(20);
  for (let done = 0; done < 980; done++) {
    all[done].release();
    all[done].release();
    expect(all[done + 20].ran()).toBe(true);
    expect(running()).toBe(done + 21);
  }
});

test('each room has turns of its own', () => {
  const turns = new OfferTurns();
  for (let i = 0; i < 21; i++) asking(turns);
  expect(asking(turns).ran()).toBe(false);
  expect(asking(turns, 'sip:kitchen@localhost').ran()).toBe(true);
});

test('who gives its place back is never called', () => {
  const turns = new OfferTurns();
  const [first, ...others] = Array.from({ length: 22 }, () => asking(turns));
  others[19].release();
  first.release();
  expect(others[19].ran()).toBe(false);
  expect(others[20].ran()).toBe(true);
});

test('a turn may be given back at once, however many wait', () => {
  const turns = new OfferTurns();
  const first = Array.from({ length: 20 }, () => asking(turns));
  let ran = 0;
  for (let i = 0; i < 50_000; i++) {
    turns.take(ROOM, (release) => {
      ran++;
      release();
    });
  }
  expect(ran).toBe(0);
  first[0].release();
  expect(ran).toBe(50_000);
});

test('a room whose turns were all given back begins anew', () => {
  const turns = new OfferTurns();
  const old = asking(turns);
  old.release();
  const all = Array.from({ length: 21 }, () => asking(turns));
  old.release();
  expect(all.map(({ ran }) => ran())).toEqual([...Array.from({ length: 20 }, () => true), false]);
});

import { OfferTurns } from '../../../../plugin/invite/offer-turns.js';
import { Reoffers } from '../../../../plugin/invite/reoffers.js';
import type { Outcome } from '../../../../plugin/drachtio/srf-adapter.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ROOM = 'sip:lounge@localhost';

/** The offers of one dialog, sent to nobody. */
function rig(turns = new OfferTurns()) {
  const clock = new ManualClock();
  const sent: ((outcome: Outcome) => void)[] = [];
  const answered: Outcome[] = [];
  const state = { free: true, offer: 'v=0' as string | null };
  const reoffers = new Reoffers({
    clock,
    turns,
    room: ROOM,
    mayOffer: () => state.free,
    offer: () => state.offer,
    send: (_offer, done) => void sent.push(done),
    answered: (outcome) => void answered.push(outcome),
  });
  return { clock, sent, answered, state, reoffers };
}

test('RFC 3261 14.1: what is wanted while an exchange is under way waits for its end', () => {
  const { sent, state, reoffers } = rig();
  state.free = false;
  reoffers.want();
  reoffers.want();
  expect(sent).toHaveLength(0);
  state.free = true;
  reoffers.proceed();
  expect([sent.length, reoffers.pending]).toEqual([1, true]);
});

test('what is wanted while one is sent is one more', () => {
  const { sent, answered, reoffers } = rig();
  for (let i = 0; i < 3; i++) reoffers.want();
  expect(sent).toHaveLength(1);
  sent[0]({ status: 200 });
  expect(sent).toHaveLength(2);
  sent[1]({ status: 200 });
  expect([sent.length, answered, reoffers.pending]).toEqual([2, [{ status: 200 }, { status: 200 }], false]);
});

test('an exchange of the peer that begins while it waits for its turn goes first', () => {
  const turns = new OfferTurns();
  const others = Array.from({ length: 20 }, () => turns.take(ROOM, () => {}));
  const { sent, state, reoffers } = rig(turns);
  reoffers.want();
  state.free = false;
  others[0]();
  expect(sent).toHaveLength(0);
  state.free = true;
  reoffers.proceed();
  expect(sent).toHaveLength(1);
});

test('nothing is sent when there is nothing to tell any more', () => {
  const { sent, state, reoffers } = rig();
  state.offer = null;
  reoffers.want();
  state.offer = 'v=0';
  reoffers.proceed();
  expect(sent).toHaveLength(0);
});

test.each<[string, Outcome]>([
  ['491', { status: 491 }],
  ['an INVITE of the stack', { error: new Error('another INVITE is in progress') }],
])('RFC 3261 14.1: %s is waited for, for at most 2 s, five times', (_name, outcome) => {
  const { clock, sent, answered, reoffers } = rig();
  reoffers.want();
  for (let retry = 0; retry < 5; retry++) {
    sent[retry](outcome);
    expect([sent.length, reoffers.pending, clock.pending]).toEqual([retry + 1, false, 1]);
    clock.advance(2_000);
    expect(sent).toHaveLength(retry + 2);
  }
  expect(answered).toEqual([]);
  sent[5](outcome);
  expect([answered, clock.pending]).toEqual([[outcome], 0]);
  reoffers.want();
  expect(sent).toHaveLength(7);
});

test('the end of the dialog ends it: no timer, no place, no answer', () => {
  const turns = new OfferTurns();
  const others = Array.from({ length: 19 }, () => turns.take(ROOM, () => {}));
  const { clock, sent, answered, reoffers } = rig(turns);
  reoffers.want();
  reoffers.stop();
  const next = rig(turns);
  next.reoffers.want();
  expect(next.sent).toHaveLength(1);
  sent[0]({ status: 491 });
  reoffers.want();
  expect([sent.length, answered, clock.pending]).toEqual([1, [], 0]);
  for (const release of others) release();
});

import type { ConferenceDocument } from '../../../../lib/conference-event/index.js';
import type { Delivered } from '../../../../lib/focus/index.js';
import { Notifier } from '../../../../lib/focus/roster/notifier.js';
import { Pacer } from '../../../../lib/focus/roster/pacer.js';
import { silent } from '../../../../lib/util/log.js';
import { FocusRig, RecordingSubscriber, ROOM, watching } from '../../../support/focus-rig.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A notifier of nothing in particular. */
const lone = (clock: ManualClock): Notifier => {
  const document: ConferenceDocument = { entity: ROOM, state: 'full', version: 0 };
  const bulletin = { write: () => ({ type: 'text/plain', body: 'document' }), told: document, more: false };
  const bulletins = { full: () => bulletin, since: () => bulletin };
  const pacer = new Pacer({ clock });
  return new Notifier({
    clock,
    log: silent,
    pacer,
    interval: () => 1000,
    bulletins,
    handsetView: () => ({ next: () => null, taken: () => {} }),
    sightOf: () => 'others',
    check: () => {},
  });
};

test('4575-4.4-01 the first NOTIFY is a full document, at once', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  expect(watcher.documents).toHaveLength(1);
  expect(watcher.last).toContain('state="full"');
  expect(watcher.last).toContain('sip:ana@example.com');
});

test('4575-3.9-01 the first change after quiet is told within milliseconds, further ones once per interval', () => {
  const rig = new FocusRig({ rooms: { defaults: { roster: { interval: 5000 } } } });
  rig.join('sip:host@example.com');
  const watcher = rig.watch();
  rig.clock.advance(60_000);
  rig.join('sip:u0@example.com');
  rig.clock.advance(10);
  expect(watcher.documents).toHaveLength(2);
  for (let i = 1; i <= 100; i++) {
    rig.join(`sip:u${i}@example.com`);
    rig.clock.advance(10);
  }
  expect(watcher.documents).toHaveLength(2);
  rig.clock.advance(5000);
  expect(watcher.documents).toHaveLength(3);
  expect(watcher.last).toContain('<user-count>102</user-count>');
  rig.clock.advance(60_000);
  expect(watcher.documents).toHaveLength(3);
});

test('D11 200 joins with subscriptions at once cost each subscriber two documents', () => {
  const rig = new FocusRig();
  const watchers = Array.from({ length: 200 }, (_, i) => {
    rig.join(`sip:u${i}@example.com`);
    return rig.watch();
  });
  rig.clock.advance(60_000);
  // The last one came after all changes: it has nothing more to learn.
  expect(watchers.map(({ documents }) => documents.length)).toEqual([...Array<number>(199).fill(2), 1]);
  // Each is told of those it missed and of no others.
  expect(watchers[0].last.length).toBeGreaterThan(watchers[150].last.length);
  expect(watchers[150].last).toContain('state="partial"');
  expect(watchers[150].last).not.toContain('sip:u149@example.com');
});

test('4575-4.3-01 SUB-09 the versions of each subscription count from 0, by one', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  for (let i = 0; i < 5; i++) {
    rig.join(`sip:u${i}@example.com`);
    rig.join(`sip:v${i}@example.com`);
    rig.clock.advance(2000);
  }
  const { versions } = watcher;
  expect(versions).toEqual([0, 1, 2, 3, 4, 5]);
  expect(rig.watch().versions).toEqual([0]);
});

test('6502-5.1-01 never two NOTIFYs under way to a subscriber; the slow one gets the newest document next', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const slow = rig.watch(false);
  const quick = rig.watch();
  for (let i = 0; i < 3; i++) {
    rig.join(`sip:u${i}@example.com`);
    rig.clock.advance(2000);
  }
  expect([slow.documents.length, quick.documents.length]).toEqual([1, 4]);
  slow.answer();
  rig.clock.advance(10);
  expect(slow.documents).toHaveLength(2);
  expect([slow.versions, quick.versions]).toEqual([
    [0, 1],
    [0, 1, 2, 3],
  ]);
  expect(slow.last).toContain('sip:u2@example.com');
});

test('4575-4.4-01 SUB-06 a refresh gets a full document at once, whether or not something changed', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  watcher.subscription.refresh();
  expect(watcher.versions).toEqual([0, 1]);
});

test('SUB-06 a refresh during a NOTIFY is answered after it', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch(false);
  watcher.subscription.refresh();
  expect(watcher.documents).toHaveLength(1);
  watcher.answer();
  expect(watcher.documents).toHaveLength(2);
});

test('SUB-15 a NOTIFY that finds no subscription ends it and nothing else', () => {
  const rig = new FocusRig();
  const ana = rig.join('sip:ana@example.com');
  const gone = rig.watch(false);
  const other = rig.watch();
  gone.answer('gone');
  rig.join('sip:bo@example.com');
  rig.clock.advance(2000);
  expect([gone.documents.length, other.documents.length]).toEqual([1, 2]);
  expect(ana.ended).toEqual([]);
  gone.subscription.refresh();
  gone.subscription.cancel();
  expect(gone.documents).toHaveLength(1);
});

test('a NOTIFY that is never answered ends the subscription after 40 s', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const silentOne = rig.watch(false);
  rig.clock.advance(40_000);
  silentOne.answer();
  rig.join('sip:bo@example.com');
  rig.clock.advance(2000);
  expect(silentOne.documents).toHaveLength(1);
  expect(rig.clock.pending).toBe(0);
});

test('a subscriber that throws loses its subscription and disturbs nobody', () => {
  const clock = new ManualClock();
  const notifier = lone(clock);
  notifier.subscribe(watching(), {
    notify: () => {
      throw new Error('broken');
    },
    terminated: () => {},
  });
  expect([notifier.size, clock.pending]).toEqual([0, 0]);
});

test('a second answer to one NOTIFY says nothing about the next', () => {
  const clock = new ManualClock();
  const notifier = lone(clock);
  const answers: ((delivered: Delivered) => void)[] = [];
  const subscription = notifier.subscribe(watching(), {
    notify: (_notification, done) => void answers.push(done),
    terminated: () => {},
  });
  answers[0]('ok');
  subscription.refresh();
  answers[0]('gone');
  expect([answers.length, notifier.size]).toEqual([2, 1]);
});

test('a cancelled subscription is told nothing, and leaves no timer', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch(false);
  rig.join('sip:bo@example.com');
  watcher.subscription.cancel();
  watcher.subscription.cancel();
  watcher.answer();
  rig.clock.advance(10_000);
  expect([watcher.documents.length, watcher.ends.length, rig.clock.pending]).toEqual([1, 0, 0]);
});

test('4575-3.3-01 the room ends: subscriptions are terminated, also during a NOTIFY', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watchers = [rig.watch(), rig.watch(false)];
  rig.focus.close(ROOM, 'closed by the operator');
  expect(watchers.map(({ ends }) => ends)).toEqual([['noresource'], ['noresource']]);
  expect(rig.clock.pending).toBe(0);
});

test('sip-simple §0.12: a SUBSCRIBE works as soon as join() returned', () => {
  const rig = new FocusRig();
  const { handle } = rig.invite('sip:ana@example.com');
  const watcher = rig.watch();
  expect(watcher.last).toContain('<user-count>0</user-count>');
  handle.leave('failed');
  expect(watcher.ends).toEqual(['noresource']);
});

test('4353-5.4-01 a SUBSCRIBE to an unknown room: 404', () => {
  expect(() => new FocusRig().focus.subscribe(ROOM, watching(), new RecordingSubscriber())).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_ROOM_UNKNOWN', sipStatus: 404 }),
  );
});

test('SUB-20 too many subscriptions: 480', () => {
  const rig = new FocusRig({ limits: { maxSubscriptions: 1 } });
  rig.join('sip:ana@example.com');
  rig.watch();
  expect(() => rig.watch()).toThrow(expect.objectContaining({ sipStatus: 480 }));
});

import * as fc from 'fast-check';
import type { EndReason, Room } from '../../../../lib/focus/index.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { FocusRig, identity, ROOM, session } from '../../../support/focus-rig.js';

const PEOPLE = ['a', 'b', 'c', 'd'].map((name) => `sip:${name}@example.com`);
const HOW: EndReason[] = ['departed', 'disconnected', 'failed', 'booted', 'idle'];
const STATUS = [403, 404, 408, 480, 486, 487, 500, 600, 603];
const MAX = 3;
const DAY = 24 * 3_600_000;

type Step =
  | { do: 'join' | 'callOut' | 'remove'; who: number; instance: boolean }
  | { do: 'connect' | 'bind' | 'ringing' | 'accept'; nth: number }
  | { do: 'leave'; nth: number; how: EndReason }
  | { do: 'ended'; nth: number; status: number }
  | { do: 'pass'; ms: number }
  | { do: 'configure'; membership?: boolean; locked?: boolean; pseudonymous?: boolean };

const nth = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('join' as const, 'join' as const, 'callOut' as const, 'callOut' as const, 'remove' as const),
    who: fc.nat(PEOPLE.length - 1),
    instance: fc.boolean(),
  }),
  fc.record({
    do: fc.constantFrom('connect' as const, 'connect' as const, 'bind' as const, 'ringing' as const, 'accept' as const),
    nth,
  }),
  fc.record({ do: fc.constant('leave' as const), nth, how: fc.constantFrom(...HOW) }),
  fc.record({ do: fc.constant('ended' as const), nth, status: fc.constantFrom(...STATUS) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1000, 31_000, DAY) }),
  fc.record(
    {
      do: fc.constant('configure' as const),
      membership: fc.boolean(),
      locked: fc.boolean(),
      pseudonymous: fc.boolean(),
    },
    { requiredKeys: ['do'] },
  ),
);

/** What the room refuses is part of the play; anything else is an error. */
function permitted(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ChatroomsError)) throw error;
  }
}

class Play {
  readonly rig = new FocusRig({ rooms: { create: 'nobody', defaults: { idleTimeout: 3 * DAY, groupTtl: 5 * DAY } } });
  readonly joined: ReturnType<FocusRig['invite']>[] = [];
  readonly called: ReturnType<FocusRig['callOut']>[] = [];

  constructor(membership: boolean) {
    this.rig.focus.create(ROOM, { maxParticipants: MAX, deletion: 'empty', membership });
  }

  run(step: Step): void {
    const { rig, joined, called } = this;
    if (step.do === 'pass') rig.clock.advance(step.ms);
    else if (step.do === 'configure') rig.focus.configure(ROOM, { ...step, do: undefined } as object);
    else if ('who' in step) this.#meet(step, PEOPLE[step.who]);
    else if (step.do === 'connect') joined[step.nth]?.handle.connect(session());
    else if (step.do === 'bind') rig.focus.sessionBound(joined[step.nth]?.id ?? '');
    else if (step.do === 'leave') joined[step.nth]?.handle.leave(step.how);
    else if (step.do === 'ringing') called[step.nth]?.handle.ringing();
    else if (step.do === 'ended') called[step.nth]?.handle.ended({ status: step.status, reason: 'Because' });
    else if (called[step.nth]) permitted(() => joined.unshift(called[step.nth].accept()));
  }

  #meet(step: { do: 'join' | 'callOut' | 'remove'; instance: boolean }, uri: string): void {
    const { rig, joined, called } = this;
    const facts = step.instance ? { instance: 'phone' } : {};
    if (step.do === 'join') permitted(() => joined.unshift(rig.invite(uri, facts)));
    else if (step.do === 'callOut') permitted(() => called.unshift(rig.callOut(uri)));
    else rig.focus.remove(ROOM, uri, 'removed');
  }
}

const isRinging = (standing: string): boolean => standing === 'dialing-out' || standing === 'alerting';

function check(room: Room): void {
  const users = room.roster.document().users?.list ?? [];
  // 4575-5.6-01.
  expect(new Set(users.map(({ entity }) => entity)).size).toBe(users.length);
  for (const { endpoints = [] } of users) {
    expect(endpoints.length).toBeGreaterThan(0);
    expect(new Set(endpoints.map(({ entity }) => entity)).size).toBe(endpoints.length);
  }
  // JOIN-06.
  expect(room.headcount.total).toBeLessThanOrEqual(MAX);
  const standings = [...room.members.values()].map(({ standing }) => standing);
  expect(standings.filter((standing) => standing === 'connected')).toHaveLength(room.participants.size);
  const belonging = standings.filter((standing) => !['departed', 'booted', 'failed', 'declined'].includes(standing));
  expect(room.headcount.total).toBeGreaterThanOrEqual(belonging.length);
  if (!room.config.membership) {
    expect(standings.every((standing) => standing === 'connected' || isRinging(standing))).toBe(true);
  }
  const stored = room.snapshot();
  expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
}

test('INV-17 JOIN-06 whatever happens: one entry for each person, no more people than there are places, nothing left behind', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (membership, steps) => {
      const play = new Play(membership);
      for (const next of steps) {
        permitted(() => play.run(next));
        const room = play.rig.focus.room(ROOM);
        if (!room) break;
        check(room);
      }
      play.rig.focus.shutdown();
      play.rig.clock.advance(60_000);
      expect(play.rig.clock.pending).toBe(0);
      expect(play.called.every(({ handle }) => ['new', 'dialing', 'present'].includes(handle.state))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

const belongs = (room: Room) => PEOPLE.filter((uri) => room.invited(identity(uri)));

test('BYE-14 a room that comes back has the members it had', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const play = new Play(true);
      for (const next of steps) if (next.do !== 'configure') permitted(() => play.run(next));
      const room = play.rig.focus.room(ROOM);
      if (!room) return;
      const again = new FocusRig();
      const back = again.focus.restore(room.snapshot());
      expect(belongs(back)).toEqual(belongs(room));
      check(back);
    }),
    { numRuns: 150 },
  );
});

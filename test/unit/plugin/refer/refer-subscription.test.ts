import type { Leg, Outcome } from '../../../../plugin/drachtio/srf-adapter.js';
import { ReferSubscription } from '../../../../plugin/refer/refer-subscription.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** The subscriber is told by way of this. */
const LEG = { id: 'dialog' } as Leg;

class Stage {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly #unanswered: ((outcome: Outcome) => void)[] = [];
  ended = 0;
  readonly subscription = new ReferSubscription({
    clock: this.clock,
    event: 'refer;id=7',
    over: () => {
      this.ended++;
    },
    adapter: {
      request: (leg, method, { headers, body }, done) => {
        expect([leg.id, method, headers.Event, headers.Contact]).toEqual([
          'dialog',
          'NOTIFY',
          'refer;id=7',
          '<sip:room@h>',
        ]);
        expect(headers['Content-Type']).toBe('message/sipfrag;version=2.0');
        this.told.push(`${headers['Subscription-State']} ${JSON.stringify(body)}`);
        this.#unanswered.push(done);
      },
    },
  });

  start(): void {
    this.subscription.start(LEG, '<sip:room@h>');
  }

  /** The subscriber answers the oldest NOTIFY without answer. */
  answered(outcome: Outcome = { status: 200 }): void {
    this.#unanswered.shift()?.(outcome);
  }

  /** What it was told since the last look. */
  look(): string[] {
    return this.told.splice(0);
  }
}

const TRYING = 'active;expires=60 "SIP/2.0 100 Trying\\r\\n"';

test('REF-05 first 100, then what changes, last the final status with noresource', () => {
  const stage = new Stage();
  stage.start();
  expect(stage.look()).toEqual([TRYING]);
  stage.answered();
  stage.clock.advance(2000);
  stage.subscription.report({ status: 180, reason: 'Ringing', final: false });
  expect(stage.look()).toEqual(['active;expires=58 "SIP/2.0 180 Ringing\\r\\n"']);
  stage.answered();
  stage.subscription.report({ status: 180, reason: 'Ringing', final: false });
  expect(stage.look()).toEqual([]);
  stage.subscription.report({ status: 200, reason: 'OK', final: true });
  expect(stage.look()).toEqual(['terminated;reason=noresource "SIP/2.0 200 OK\\r\\n"']);
  expect(stage.ended).toBe(0);
  stage.answered();
  expect([stage.ended, stage.clock.pending]).toEqual([1, 0]);
  stage.subscription.report({ status: 603, final: true });
  stage.subscription.finish('rejected');
  stage.clock.advance(1_000_000);
  expect([stage.look(), stage.ended]).toEqual([[], 1]);
});

test('REF-05 what was final before the 202 was sent is told after the 100', () => {
  const stage = new Stage();
  stage.subscription.report({ status: 200, final: true });
  expect(stage.look()).toEqual([]);
  stage.start();
  expect(stage.look()).toEqual([TRYING]);
  stage.answered();
  expect(stage.look()).toEqual(['terminated;reason=noresource "SIP/2.0 200 OK\\r\\n"']);
});

test('REF-05 one NOTIFY at a time, and of what changes meanwhile only the last is told', () => {
  const stage = new Stage();
  stage.start();
  for (const status of [180, 181, 182, 183]) stage.subscription.report({ status, final: false });
  expect(stage.look()).toEqual([TRYING]);
  stage.answered();
  expect(stage.look()).toEqual(['active;expires=60 "SIP/2.0 183 Session Progress\\r\\n"']);
});

test.each<[string, Outcome]>([
  ['481', { status: 481 }],
  ['no answer', { status: 408 }],
  ['a dead dialog', { error: new Error('no such dialog') }],
])('RFC 6665 4.2.2: %s ends it, and nothing more is told', (_what, outcome) => {
  const stage = new Stage();
  stage.start();
  stage.answered(outcome);
  stage.subscription.report({ status: 200, final: true });
  expect([stage.look().length, stage.ended, stage.clock.pending]).toEqual([1, 1, 0]);
});

test('DRA-G2 without control connection it waits for the next one, no longer than it lasts', () => {
  const stage = new Stage();
  stage.start();
  stage.answered({ lost: true });
  expect([stage.look().length, stage.ended]).toEqual([1, 0]);
  stage.subscription.finish('deactivated');
  expect([stage.look(), stage.ended]).toEqual([['terminated;reason=deactivated "SIP/2.0 100 Trying\\r\\n"'], 1]);
});

test('DRA-G2 a final status that could not be told is told by the NOTIFY that ends it', () => {
  const stage = new Stage();
  stage.start();
  stage.answered();
  stage.subscription.report({ status: 487, final: true });
  stage.answered({ lost: true });
  stage.look();
  stage.subscription.finish('deactivated');
  expect([stage.look(), stage.ended]).toEqual([
    ['terminated;reason=deactivated "SIP/2.0 487 Request Terminated\\r\\n"'],
    1,
  ]);
});

test('what is told its final status already is told no other', () => {
  const stage = new Stage();
  stage.start();
  stage.answered();
  stage.subscription.report({ status: 200, final: true });
  stage.subscription.refresh(60);
  stage.subscription.finish('rejected');
  expect([stage.look().length, stage.ended, stage.clock.pending]).toEqual([2, 1, 0]);
});

test('a NOTIFY refused for another reason does not end it', () => {
  const stage = new Stage();
  stage.start();
  stage.answered({ status: 500 });
  stage.subscription.report({ status: 486, reason: 'Busy Here', final: true });
  expect(stage.look().at(-1)).toBe('terminated;reason=noresource "SIP/2.0 486 Busy Here\\r\\n"');
});

test('REF-05 it is renewed while somebody is being called, and not for ever', () => {
  const stage = new Stage();
  stage.start();
  stage.answered();
  stage.look();
  stage.clock.advance(49_999);
  expect(stage.look()).toEqual([]);
  stage.clock.advance(1);
  expect(stage.look()).toEqual([TRYING]);
  const later: string[] = [];
  for (let minute = 0; minute < 30; minute++) {
    stage.answered();
    stage.clock.advance(50_000);
    later.push(...stage.look());
  }
  expect(later.at(-1)).toBe('terminated;reason=timeout "SIP/2.0 100 Trying\\r\\n"');
  expect(later.length).toBeLessThan(20);
  expect([stage.ended, stage.clock.pending]).toEqual([1, 0]);
});

describe('RFC 6665 4.2.1 SUBSCRIBE in the dialog', () => {
  test('refreshes it for as long as it says, tells how it stands, and then no more renewals', () => {
    const stage = new Stage();
    stage.start();
    stage.answered();
    stage.look();
    expect([stage.subscription.granted(300), stage.subscription.granted(1e9)]).toEqual([300, 900]);
    stage.subscription.refresh(300);
    expect(stage.look()).toEqual(['active;expires=300 "SIP/2.0 100 Trying\\r\\n"']);
    stage.answered();
    stage.clock.advance(299_999);
    expect(stage.look()).toEqual([]);
    stage.clock.advance(1);
    expect(stage.look()).toEqual(['terminated;reason=timeout "SIP/2.0 100 Trying\\r\\n"']);
  });

  test('ends it with Expires: 0', () => {
    const stage = new Stage();
    stage.start();
    stage.subscription.refresh(0);
    expect(stage.look()).toEqual([TRYING, 'terminated;reason=timeout "SIP/2.0 100 Trying\\r\\n"']);
    expect([stage.ended, stage.clock.pending]).toEqual([1, 0]);
  });
});

test('REF-15 a reason phrase from afar stays in one line of 128 characters', () => {
  const stage = new Stage();
  stage.start();
  stage.answered();
  stage.look();
  stage.subscription.report({ status: 600, reason: `No\r\nContent-Type: x\r\n${'y'.repeat(9000)}`, final: true });
  const [last] = stage.look();
  expect(last).toMatch(/^terminated;reason=noresource "SIP\/2\.0 600 No Content-Type: x y+\\r\\n"$/);
  expect(last.length).toBeLessThan(200);
});

test('a 202 that could not be sent leaves nothing', () => {
  const stage = new Stage();
  stage.subscription.lost();
  stage.start();
  stage.subscription.report({ status: 200, final: true });
  expect([stage.look(), stage.ended, stage.clock.pending]).toEqual([[], 1, 0]);
});

import type { Confirm } from '../../../lib/focus-switch.js';
import { configured, ROOM_DEFAULTS, rulesOf } from '../../../lib/focus/policy.js';
import { framesOf, isRequest, response } from '../../support/msrp-frames.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, OPEN_RULES, peerUri, ROOM } from '../../support/switch-world.js';

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const sends = (line: StageLine): { tid: string; fromPath: readonly string[]; report: string; header: boolean }[] =>
  framesOf(line.stream.read)
    .filter(isRequest)
    .filter(({ message }) => message.method === 'SEND')
    .map(({ message: { tid, fromPath, failureReport, hasReportHeaders } }) => ({
      tid,
      fromPath,
      report: failureReport,
      header: hasReportHeaders,
    }));

const reports = (line: StageLine): string[] => sends(line).map(({ report }) => report);

/** The peer of `line` answers the copy with this index. */
function answer(line: StageLine, index: number, status: string): void {
  const { tid, fromPath } = sends(line)[index];
  line.says(response(tid, status, fromPath[0], peerUri(line.id)));
}

const room = (confirm: Confirm): [StageLine, StageLine] => {
  stage = new Stage({ confirm });
  return [stage.join('alice#1'), stage.join('bob#1')];
};

async function say(alice: StageLine, ...texts: string[]): Promise<void> {
  for (const text of texts) alice.send(cpim('alice', ROOM, text));
  await turn();
}

test('7701-6.3-04: always: no report header, and every copy is waited for', async () => {
  const [alice, bob] = room('always');
  await say(alice, 'one', 'two', 'three');
  expect(sends(bob).map(({ header }) => header)).toEqual([false, false, false]);
  for (const index of [0, 1]) answer(bob, index, '200 OK');
  stage.clock.advance(30_000);
  expect(stage.focus.lost).toEqual([['bob#1', 'unresponsive']]);
});

describe.each<[Confirm, string]>([
  ['partial', 'partial'],
  ['never', 'no'],
])('7701-6.3-04, 4975-7.1.1-18: %s', (confirm, report) => {
  test('one copy in ten seconds is confirmed, by each recipient for itself', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one', 'two');
    const carol = stage.join('carol#1');
    await say(alice, 'three');
    expect(reports(bob)).toEqual(['yes', report, report]);
    expect(reports(carol)).toEqual(['yes']);
    answer(bob, 0, '200 OK');
    answer(carol, 0, '200 OK');
    stage.clock.advance(9999);
    await say(alice, 'four');
    stage.clock.advance(1);
    await say(alice, 'five', 'six');
    expect(reports(bob)).toEqual(['yes', report, report, report, 'yes', report]);
    expect(bob.messages).toHaveLength(6);
  });

  test('no response is waited for but to those', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one', 'two', 'three');
    answer(bob, 0, '200 OK');
    stage.clock.advance(600_000);
    expect(stage.focus.lost).toEqual([]);
  });

  test('a session whose peer is gone ends, though others go on talking', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one');
    answer(bob, 0, '200 OK');
    // From here on bob's host says nothing any more.
    for (let second = 0; second < 40; second++) {
      stage.clock.advance(1000);
      await say(alice, `after ${second}`);
    }
    expect(stage.focus.lost).toEqual([['bob#1', 'unresponsive']]);
    // One proof was asked for and missed: no second one before it.
    expect(reports(bob).filter((asked) => asked === 'yes')).toHaveLength(2);
  });

  test('a peer that answers 200 regardless is no worse for it', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, ...Array.from({ length: 100 }, (_, i) => `text ${i}`));
    bob.answer('200 OK');
    await say(alice, 'more');
    bob.answer('200 OK');
    stage.clock.advance(600_000);
    expect(stage.focus.lost).toEqual([]);
    expect(bob.messages).toHaveLength(101);
  });

  test('7701-6.3-06: a 415 that is told holds, and of a copy forgotten it is nothing', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one', 'two');
    answer(bob, 0, '200 OK');
    await say(alice, ...Array.from({ length: 64 }, (_, i) => `text ${i}`));
    answer(bob, 1, '415 Unsupported Media Type');
    await say(alice, 'still');
    expect(bob.messages).toHaveLength(67);
    answer(bob, 66, '415 Unsupported Media Type');
    await say(alice, 'no more');
    expect(bob.messages).toHaveLength(67);
    expect(stage.focus.lost).toEqual([]);
  });

  test('4975-10-03: a 481 to any of them ends the session, and one to an id never made does not', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one', 'two');
    const { tid, fromPath } = sends(bob)[1];
    for (const stray of [`${tid.slice(0, 12)}0000zz`, `${tid.slice(0, 12)}zzzzzz`])
      bob.says(response(stray, '481 No Session', fromPath[0], peerUri(bob.id)));
    expect(stage.focus.lost).toEqual([]);
    answer(bob, 1, '481 No Session');
    expect(stage.focus.lost).toEqual([['bob#1', 'unresponsive']]);
  });

  test('private and large messages are confirmed, and so is everything to who needs messages whole', async () => {
    const [alice, bob] = room(confirm);
    const handset = stage.join('carol#1', { delivery: 'exact' });
    await say(alice, 'first');
    alice.send(cpim('alice', 'sip:bob@example.org', 'between us'));
    alice.send(cpim('alice', ROOM, 'x'.repeat(20_000)));
    await turn();
    await say(alice, 'last');
    expect(reports(bob)).toEqual(['yes', 'yes', 'yes', report]);
    expect(reports(handset)).toEqual(['yes', 'yes', 'yes']);
  });

  test('a copy that waited for the stream is as unconfirmed as one that did not', async () => {
    const [alice, bob] = room(confirm);
    await say(alice, 'one');
    bob.stream.full = true;
    await say(alice, 'two');
    await say(alice, 'x'.repeat(3000), 'four');
    expect(reports(bob)).toEqual(['yes']);
    bob.stream.drain();
    await turn();
    expect(reports(bob)).toEqual(['yes', report, report, report]);
    expect(bob.messages).toHaveLength(4);
  });
});

test('it can change while the room runs', async () => {
  const [alice, bob] = room('always');
  await say(alice, 'one', 'two');
  bob.answer('200 OK');
  for (const confirm of ['never', 'partial', 'always'] as const) {
    stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, confirm } });
    await say(alice, confirm);
    if (confirm === 'never') {
      bob.answer('200 OK');
      await say(alice, 'again');
    }
  }
  expect(reports(bob)).toEqual(['yes', 'yes', 'yes', 'no', 'partial', 'yes']);
});

test('fanout.confirm of a room is a rule of its own, and part of what a change leaves alone', () => {
  expect(rulesOf(ROOM_DEFAULTS).confirm).toBe('always');
  const changed = configured(ROOM_DEFAULTS, { fanout: { confirm: 'partial' } }, { title: 'Lounge', fanout: {} });
  expect(rulesOf(changed).confirm).toBe('partial');
});

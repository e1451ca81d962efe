import { LogLines } from '../../support/log-lines.js';
import { Stage, turn } from '../../support/switch-stage.js';
import { request } from '../../support/msrp-frames.js';
import { cpim, localUri, peerUri, ROOM } from '../../support/switch-world.js';

let stage: Stage;
let log: LogLines;

beforeEach(() => {
  log = new LogLines();
  stage = new Stage({}, { log: log.logger, maxMessageSize: 1000 });
});
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const refusals = (level: string): Record<string, unknown>[] =>
  log.lines.filter((line) => line.message === 'message refused' && line.level === level).map(({ fields }) => fields);

test('each message that goes to nobody is a line with the endpoint of who sent it', () => {
  const alice = stage.join('alice#1');
  stage.join('bob#1');
  alice.send(cpim('mallory', ROOM, 'hi'), { id: 'forged1' });
  alice.send('text', { type: 'text/plain', id: 'plain1' });
  alice.send(cpim('alice', 'sip:nobody@example.org', 'hi'), { id: 'astray1' });
  alice.send(cpim('alice', ROOM, 'hi'), { id: 'good1' });
  const from = { endpoint: 'alice#1', room: ROOM };
  expect(refusals('info')).toEqual([
    { ...from, messageId: 'forged1', status: 403 },
    { ...from, messageId: 'plain1', status: 415 },
    { ...from, messageId: 'astray1', status: 404 },
  ]);
  // Nothing of what was written.
  expect(JSON.stringify(log.lines)).not.toContain('mallory');
});

test('a message in chunks is one line, as it is one refusal', async () => {
  const alice = stage.join('alice#1');
  const forged = cpim('mallory', ROOM, 'x'.repeat(100));
  const half = forged.length - 50;
  alice.send(forged.slice(0, half), { id: 'forged2', range: `1-${half}/${forged.length}`, flag: '+' });
  alice.send(forged.slice(half), { id: 'forged2', range: `${half + 1}-${forged.length}/${forged.length}` });
  await turn();
  expect(alice.statuses).toEqual([403, 403]);
  expect(refusals('info')).toHaveLength(1);
});

test('an endpoint that is refused all the time has five lines and one a second; another one has its own', () => {
  const [alice, bob] = [stage.join('alice#1'), stage.join('bob#1')];
  for (let message = 0; message < 20; message++) alice.send(cpim('mallory', ROOM, 'hi'));
  bob.send(cpim('mallory', ROOM, 'hi'));
  expect(refusals('info').map(({ endpoint }) => endpoint)).toEqual([...Array(5).fill('alice#1'), 'bob#1']);
  expect(refusals('debug')).toHaveLength(15);
  stage.clock.advance(1000);
  alice.send(cpim('mallory', ROOM, 'hi'));
  expect(refusals('info')).toHaveLength(7);
});

test('the focus is told of as many, of messages of whatever status and of nicknames, with who sent them', async () => {
  const [alice, bob] = [stage.join('alice#1'), stage.join('bob#1')];
  for (let index = 0; index < 20; index++) alice.send(cpim('mallory', ROOM, 'hi'), { id: `forged${index}` });
  bob.send(cpim('bob', ROOM, 'x'.repeat(1000)), { id: 'large1' });
  bob.says(request('nick1', 'NICKNAME', localUri('bob#1'), peerUri('bob#1'), ['Use-Nickname: "Bob']));
  await turn();
  const told = { method: 'SEND', status: 403, byProgram: false };
  expect(stage.focus.refusals).toEqual([
    ...[0, 1, 2, 3, 4].map((index) => ['alice#1', { ...told, messageId: `forged${index}` }]),
    ['bob#1', { ...told, status: 413, messageId: 'large1' }],
    ['bob#1', { method: 'NICKNAME', status: 424, messageId: null, byProgram: false }],
  ]);
  stage.clock.advance(1000);
  alice.send(cpim('mallory', ROOM, 'hi'), { id: 'forged20' });
  expect(stage.focus.refusals.slice(7)).toEqual([['alice#1', { ...told, messageId: 'forged20' }]]);
});

test('MSRP-18: what a handset is not told is logged as what it is', async () => {
  const alice = stage.join('alice#1', { softReject: true });
  alice.send('text', { type: 'text/plain' });
  await turn();
  expect(alice.statuses).toEqual([200]);
  expect(refusals('info')).toMatchObject([{ status: 415 }]);
});

test('413 is told by `limit reached` or `overload`: here only at debug', async () => {
  const alice = stage.join('alice#1');
  alice.send(cpim('alice', ROOM, 'x'.repeat(1000)));
  stage.chat.limitIntake('none');
  alice.send(cpim('alice', ROOM, 'hi'));
  await turn();
  expect(alice.statuses).toEqual([413, 413]);
  expect(refusals('info')).toEqual([]);
  expect(refusals('debug').map(({ status }) => status)).toEqual([413, 413]);
});

test('a refusal that who refused has told of is not told again; one for want of an answer is', async () => {
  const gate = { everywhere: true, ask: () => ({ is: 'refused' as const, status: 480, told: true }) };
  stage.focus.gate = gate;
  const alice = stage.join('alice#1');
  alice.send(cpim('alice', ROOM, 'hi'));
  await turn();
  expect([alice.statuses, refusals('info')]).toEqual([[480], []]);
  expect(stage.focus.refusals).toMatchObject([['alice#1', { status: 480, byProgram: true }]]);
  stage.focus.gate = { everywhere: true, ask: () => new Promise(() => {}) };
  alice.send(cpim('alice', ROOM, 'hi'));
  stage.clock.advance(25_000);
  await turn();
  expect(alice.statuses).toEqual([480, 408]);
  expect(refusals('info')).toMatchObject([{ endpoint: 'alice#1', status: 408 }]);
});

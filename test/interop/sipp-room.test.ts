import { join } from 'node:path';
import type { RosterSnapshot } from '../../lib/client/testing.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { sipp } from '../support/sipp.js';

const SCENARIO = join(__dirname, 'sipp', 'join.xml');

/** Milliseconds: a NOTIFY that is lost is sent again after ten seconds of the patient clock. */
const PATIENCE = 60_000;

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start({ sipClock: patientClock });
});
afterEach(() => server.clear());
afterAll(() => server?.close());

describe.each([
  ['UDP', 'u1'],
  ['TCP', 't1'],
] as const)('SIPp over %s', (_name, transport) => {
  test('300 joins at 60 a second succeed, and nothing is left of them', async () => {
    const watcher = await server.join('sip:lobby@localhost', 'ana');
    const seen = { joined: 0, left: 0 };
    const count = (name: 'joined' | 'left') => () => void seen[name]++;
    server.events.on('join', count('joined')).on('leave', count('left'));
    const run = { scenario: SCENARIO, target: server.sip, transport, calls: 300, rate: 60 };
    expect(await sipp(run)).toEqual({ code: 0, log: '' });
    expect(seen).toEqual({ joined: 300, left: 300 });
    // The roster tells so too, of whoever comes after them; a machine in haste shows a watcher none of those between.
    const bo = await server.join('sip:lobby@localhost', 'bo');
    const here = ['sip:ana@example.com', 'sip:bo@example.com'];
    const areHere = ({ participants }: RosterSnapshot): boolean =>
      participants
        .map(({ uri }) => uri)
        .toSorted()
        .join() === here.join();
    await watcher.events.next('roster', areHere, PATIENCE);
    await bo.participant.leave();
    server.events.removeAllListeners('join').removeAllListeners('leave');
    await watcher.participant.leave();
    expect(server.server.chat.focus.rooms.size).toBe(0);
  });
});

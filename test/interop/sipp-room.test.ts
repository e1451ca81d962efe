import { join } from 'node:path';
import { ServerUnderTest } from '../support/server.js';
import { sipp } from '../support/sipp.js';

jest.setTimeout(120_000);

const SCENARIO = join(__dirname, 'sipp', 'join.xml');

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
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
    // The roster tells so too, after the last round of NOTIFYs at the latest.
    await watcher.events.next('roster', ({ participants }) => participants.length > 1);
    await watcher.events.next('roster', ({ participants }) => participants.length === 1);
    server.events.removeAllListeners('join').removeAllListeners('leave');
    await watcher.participant.leave();
    expect(server.server.chat.focus.rooms.size).toBe(0);
  });
});

import type { ServerStats } from '../../../../lib/chat-server.js';
import { silent } from '../../../../lib/util/log.js';
import { OperatorServer } from '../../../../plugin/cli/http.js';
import { Metrics } from '../../../../plugin/cli/metrics.js';

const stats: ServerStats = {
  rooms: 2,
  participants: 5,
  endpoints: 7,
  connections: 6,
  sessions: 8,
  congested: 1,
  pendingOctets: 4096,
  partialOctets: 10,
  congestion: { marks: 3, dropped: 40, ended: 2, notices: 1 },
  load: { level: 'shedding', delay: { mean: 5, p99: 20, max: 40 }, rss: 90_000_000, needed: 80_000_000 },
  overloads: 1,
  saveFailures: 4,
  limited: { maxRooms: 3, joinsPerSecond: 12 },
};

let server: OperatorServer;
afterEach(() => server.close());

async function open(count: () => ServerStats): Promise<string> {
  server = new OperatorServer({ metrics: new Metrics(count), log: silent });
  return `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
}

const numbers = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('7701-6.4-01: /metrics says how much there is, and how many readers were too slow', async () => {
  const url = await open(() => stats);
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(numbers(await response.text())).toEqual([
    'chatroom_rooms 2',
    'chatroom_participants 5',
    'chatroom_endpoints 7',
    'chatroom_msrp_connections 6',
    'chatroom_congested_endpoints 1',
    'chatroom_pending_bytes 4096',
    'chatroom_overload 1',
    'chatroom_event_loop_delay_mean_seconds 0.005',
    'chatroom_event_loop_delay_p99_seconds 0.02',
    'chatroom_event_loop_delay_max_seconds 0.04',
    'chatroom_memory_resident_bytes 90000000',
    'chatroom_memory_needed_bytes 80000000',
    'chatroom_partial_bytes 10',
    'chatroom_congestion_marks_total 3',
    'chatroom_congestion_dropped_messages_total 40',
    'chatroom_congestion_disconnects_total 2',
    'chatroom_congestion_notices_total 1',
    'chatroom_overloads_total 1',
    'chatroom_save_failures_total 4',
    'chatroom_limited_total{limit="maxRooms"} 3',
    'chatroom_limited_total{limit="joinsPerSecond"} 12',
  ]);
});

test('what is asked for twice is counted anew, not added up', async () => {
  let now = stats;
  const url = await open(() => now);
  await fetch(`${url}/metrics`);
  now = { ...stats, rooms: 1, congestion: { ...stats.congestion, dropped: 41 } };
  const lines = numbers(await (await fetch(`${url}/metrics?again`)).text());
  expect(lines).toEqual(expect.arrayContaining(['chatroom_rooms 1', 'chatroom_congestion_dropped_messages_total 41']));
});

test('HEAD has no body, other paths and methods 404, and an error is 500', async () => {
  const url = await open(() => {
    throw new Error('broken');
  });
  const status = async (path: string, method = 'GET'): Promise<[number, string]> => {
    const response = await fetch(`${url}${path}`, { method });
    return [response.status, await response.text()];
  };
  expect(await status('/healthz')).toEqual([503, 'starting or stopping']);
  server.ready = true;
  expect(await status('/healthz', 'HEAD')).toEqual([200, '']);
  expect(await status('/metrics')).toEqual([500, 'failed']);
  expect(await status('/metrics', 'POST')).toEqual([404, 'not found']);
  expect(await status('/')).toEqual([404, 'not found']);
});

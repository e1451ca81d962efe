import { silent } from '../../../../lib/util/log.js';
import { addHealth } from '../../../../plugin/api/health.js';
import { HttpServer } from '../../../../plugin/api/http-server.js';
import { HttpRequests } from '../../../../plugin/metrics/http-requests.js';
import { DEFINITIONS, type Figures, Metrics, type MetricsOptions } from '../../../../plugin/metrics/metrics.js';
import { FIGURES } from './figures.js';

let server: HttpServer;
let ready = false;
const requests = new HttpRequests();
afterEach(() => server?.close());

async function open(count: () => Figures, options?: MetricsOptions): Promise<string> {
  server = new HttpServer({ log: silent });
  requests.watch(server.app);
  addHealth(server.app, { metrics: new Metrics(count, options), ready: () => ready });
  return `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
}

const numbers = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('7701-6.4-01: /metrics says how much there is, what went through, and what was refused', async () => {
  const url = await open(() => FIGURES);
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(numbers(await response.text())).toEqual([
    `chatroom_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
    'chatroom_overload 1',
    'chatroom_overloads_total 1',
    'chatroom_event_loop_delay_mean_seconds 0.005',
    'chatroom_event_loop_delay_p99_seconds 0.02',
    'chatroom_event_loop_delay_max_seconds 0.04',
    'chatroom_memory_resident_bytes 90000000',
    'chatroom_memory_needed_bytes 80000000',
    'chatroom_rooms 2',
    'chatroom_participants 5',
    'chatroom_endpoints 7',
    'chatroom_connected_endpoints{transport="tcp"} 3',
    'chatroom_connected_endpoints{transport="tls"} 0',
    'chatroom_connected_endpoints{transport="ws"} 0',
    'chatroom_connected_endpoints{transport="wss"} 2',
    'chatroom_save_failures_total 4',
    'chatroom_history_failures_total 2',
    'chatroom_messages_total{kind="room",result="ok"} 100',
    'chatroom_messages_total{kind="private",result="ok"} 20',
    'chatroom_messages_total{kind="status",result="ok"} 30',
    'chatroom_messages_total{kind="none",result="403"} 4',
    'chatroom_messages_total{kind="none",result="415"} 1',
    'chatroom_message_copies_total 900',
    'chatroom_message_received_bytes_total 15000',
    'chatroom_message_sent_bytes_total 90000',
    'chatroom_fan_out_seconds_bucket{le="0.0001"} 0',
    'chatroom_fan_out_seconds_bucket{le="0.00025"} 1',
    ...['0.0005', '0.001', '0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1'].map(
      (le) => `chatroom_fan_out_seconds_bucket{le="${le}"} 3`,
    ),
    'chatroom_fan_out_seconds_bucket{le="+Inf"} 4',
    'chatroom_fan_out_seconds_sum 2.5',
    'chatroom_fan_out_seconds_count 4',
    'chatroom_nicknames_total{result="ok"} 5',
    'chatroom_nicknames_total{result="425"} 1',
    'chatroom_msrp_connections 6',
    'chatroom_msrp_received_bytes_total 30000',
    'chatroom_msrp_sent_bytes_total 200000',
    'chatroom_msrp_timeouts_total 2',
    ...['400', '403', '424', '481', '501', '506'].map(
      (status) => `chatroom_msrp_refusals_total{status="${status}"} ${{ 400: 3, 481: 6 }[status] ?? 0}`,
    ),
    'chatroom_pending_bytes 4096',
    'chatroom_partial_bytes 10',
    'chatroom_congested_endpoints 1',
    'chatroom_congestion_marks_total 3',
    'chatroom_congestion_dropped_messages_total 40',
    'chatroom_congestion_disconnects_total 2',
    'chatroom_congestion_notices_total 1',
    'chatroom_joins_total{result="403"} 2',
    'chatroom_joins_total{result="ok"} 9',
    'chatroom_invitations_total{result="486"} 1',
    'chatroom_invitations_total{result="ok"} 1',
    'chatroom_invitations_total{result="3xx"} 1',
    'chatroom_refusals_total{method="INVITE",status="403",code="CHAT_ERR_BANNED"} 2',
    'chatroom_refusals_total{method="SUBSCRIBE",status="489",code="none"} 1',
    'chatroom_limited_total{limit="maxRooms"} 3',
    'chatroom_limited_total{limit="joinsPerSecond"} 12',
    'chatroom_sip_dialogs 7',
    'chatroom_sip_endpoint_dialogs 8',
    'chatroom_sip_endpoint_transactions 3',
    'chatroom_drachtio_connected 1',
    'chatroom_drachtio_reconnects_total 1',
    'chatroom_http_requests_total{method="GET",route="/metrics",status="200"} 6',
    'chatroom_http_requests_total{method="GET",route="none",status="404"} 1',
    'chatroom_event_streams 2',
    'chatroom_webhook_events_total{webhook="1",result="delivered"} 10',
    'chatroom_webhook_events_total{webhook="1",result="dropped"} 2',
    'chatroom_webhook_failures_total{webhook="1"} 3',
    'chatroom_webhook_queued_events{webhook="1"} 1',
  ]);
});

test('what there is none of is not said to be 0: the endpoint where a drachtio-server is in front', async () => {
  const { endpoint: _endpoint, webhooks: _webhooks, ...rest } = FIGURES;
  const text = await new Metrics(() => rest).text();
  expect(text).toContain('# TYPE chatroom_sip_endpoint_dialogs gauge');
  expect(numbers(text).filter((line) => /chatroom_sip_endpoint|webhook/.test(line))).toEqual([]);
});

test('what is asked for twice is counted anew, not added up, and what is gone is not told any more', async () => {
  let now = FIGURES;
  let times = 0;
  const url = await open(() => {
    times++;
    return now;
  });
  await fetch(`${url}/metrics`);
  const { congestion } = FIGURES.rooms;
  now = { ...FIGURES, rooms: { ...FIGURES.rooms, rooms: 1, congestion: { ...congestion, dropped: 41 } }, http: {} };
  const lines = numbers(await (await fetch(`${url}/metrics?again`)).text());
  expect(lines).toEqual(expect.arrayContaining(['chatroom_rooms 1', 'chatroom_congestion_dropped_messages_total 41']));
  expect(lines.filter((line) => line.startsWith('chatroom_http'))).toEqual([]);
  // Some of it is counted over every endpoint.
  expect(times).toBe(2);
});

test('the process tells of itself too, under the names that dashboards of Node know', async () => {
  const text = await new Metrics(() => FIGURES, { process: true }).text();
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  }
  // A name of a counter, which checkers complain of in a gauge.
  expect(text).not.toMatch(/^# TYPE \w+_total gauge$/m);
});

test('each has a help, a unit in its name where it has one, and a type that its name tells', () => {
  const units = /_(seconds|bytes|total|info)$/;
  // Numbers of things, and levels.
  const counted =
    /^chatroom_(rooms|participants|(connected_|congested_)?endpoints|overload|msrp_connections|sip_dialogs|sip_endpoint_(dialogs|transactions)|drachtio_connected|event_streams|webhook_queued_events)$/;
  for (const { name, help, type } of DEFINITIONS) {
    expect(name).toMatch(/^chatroom_[a-z0-9]+(_[a-z0-9]+)*$/);
    expect(help).toMatch(/^[A-Z0-9].*\.$/);
    expect([name, units.test(name) !== counted.test(name)]).toEqual([name, true]);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    // Each is read alone, by who looks at one of them.
    expect(help).not.toMatch(/^(The same|Of (that|these))/);
    if (name.endsWith('_seconds')) expect(help).toMatch(/^Seconds /);
    if (/_bytes(_total)?$/.test(name)) expect(help).toMatch(/^Octets /);
  }
  expect(new Set(DEFINITIONS.map(({ name }) => name)).size).toBe(DEFINITIONS.length);
});

test('HTTP requests are counted by the pattern of their path, whatever the path', async () => {
  const url = await open(() => FIGURES);
  server.app.get('/rooms/:room/people/:id', (context) => context.text('here'));
  const before = { ...requests.totals };
  for (const path of ['/healthz', '/metrics', '/a', '/b?c', '/%2e%2e/x']) await fetch(`${url}${path}`);
  for (const path of ['/rooms/lobby/people/ana', '/rooms/other/people/ben%20b?c']) await fetch(`${url}${path}`);
  await fetch(`${url}/metrics`, { method: 'POST' });
  await fetch(`${url}/metrics`, { method: 'PROPFIND' });
  const since = Object.entries(requests.totals).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  expect(Object.fromEntries(since.filter(([, count]) => count > 0))).toEqual({
    'GET /healthz 503': 1,
    'GET /metrics 200': 1,
    'GET /rooms/{room}/people/{id} 200': 2,
    'GET none 404': 3,
    'POST none 404': 1,
    'other none 404': 1,
  });
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
  ready = true;
  expect(await status('/healthz', 'HEAD')).toEqual([200, '']);
  expect(await status('/metrics')).toEqual([500, 'failed']);
  expect(await status('/metrics', 'POST')).toEqual([404, 'not found']);
  expect(await status('/')).toEqual([404, 'not found']);
  ready = false;
});

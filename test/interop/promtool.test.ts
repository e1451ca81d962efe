/** What Prometheus says of /metrics, of the dashboard and of the alerts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { joinRoom } from '../../lib/client/testing.js';
import { dashboardQueries } from '../support/dashboard.js';
import { type RunningServer, serve } from '../support/program.js';

const ROOM = 'sip:lobby@localhost';
const PROMETHEUS = join(__dirname, '../../examples/prometheus');

function promtool(
  args: string[],
  more: { input?: string; cwd?: string } = {},
): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', ...more });
  return { status, said: stdout + stderr };
}

describe('/metrics of a running program', () => {
  let server: RunningServer | undefined;
  let metrics: string;
  const number = (line: string): number =>
    Number(
      metrics
        .split('\n')
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length + 1) ?? Number.NaN,
    );

  beforeAll(async () => {
    server = await serve();
    const proxy = server.sip;
    const ana = await joinRoom(ROOM, { uri: 'sip:ana@localhost', proxy });
    const ben = await joinRoom(ROOM, { uri: 'sip:ben@localhost', proxy });
    await ana.participant.setNickname('Ana');
    await ben.participant.setNickname('Ana').catch(() => undefined);
    await ana.participant.send('hello');
    await ben.events.next('message');
    metrics = await (await fetch(server.health.replace('healthz', 'metrics'))).text();
    await ana.participant.leave();
    await ben.participant.leave();
  });
  afterAll(() => server?.program.kill());

  test('promtool finds nothing to mend', () => {
    expect(promtool(['check', 'metrics'], { input: metrics })).toEqual({ status: 0, said: '' });
  });

  test('it tells what went on', () => {
    expect(number('chatroom_joins_total{result="ok"}')).toBe(2);
    expect(number('chatroom_messages_total{kind="room",result="ok"}')).toBe(1);
    expect(number('chatroom_connected_endpoints{transport="tcp"}')).toBe(2);
    expect(number('chatroom_fan_out_seconds_count')).toBe(1);
    expect(number('chatroom_nicknames_total{result="ok"}')).toBe(1);
    expect(number('chatroom_nicknames_total{result="425"}')).toBe(1);
    expect(number('chatroom_sip_dialogs')).toBe(2);
    expect(number('chatroom_drachtio_connected')).toBe(1);
    expect(number('chatroom_msrp_sent_bytes_total')).toBeGreaterThan(number('chatroom_message_sent_bytes_total'));
    expect(number('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

test('every query of the dashboard is one that Prometheus reads', () => {
  const rules = dashboardQueries.map(({ expr }, index) => ({ record: `dashboard:query:${index}`, expr }));
  const directory = mkdtempSync(join(tmpdir(), 'dashboard-'));
  const file = join(directory, 'rules.yml');
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { status, said } = promtool(['check', 'rules', file]);
  rmSync(directory, { recursive: true });
  expect(said).toContain(`${rules.length} rules found`);
  expect(status).toBe(0);
});

test.each([
  ['the configuration', ['check', 'config', 'prometheus.yml']],
  ['the alerts', ['check', 'rules', 'alerts.yml']],
  ['when alerts fire, and when not', ['test', 'rules', 'alerts.test.yml']],
])('examples/prometheus: %s', (_what, args) => {
  const { status, said } = promtool(args, { cwd: PROMETHEUS });
  expect(said).toContain('SUCCESS');
  expect(status).toBe(0);
});

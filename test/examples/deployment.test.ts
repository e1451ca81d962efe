/** examples/systemd and examples/container: their flags and keys are those of the program. Nothing of them is run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../plugin/config/load.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'deployment-'));
  writeFileSync(join(directory, 'http-token'), 'a-token-of-the-test\n', { mode: 0o600 });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const seconds = (text: string): number => Number(/^(\d+)s?$/.exec(text)?.[1]);

describe('examples/systemd', () => {
  const unit = readFileSync('examples/systemd/drachtio-chatroom.service', 'utf8');
  const all = (key: string): string[] =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);
  const value = (key: string): string => {
    expect(all(key)).toHaveLength(1);
    return all(key)[0];
  };
  const load = (): ReturnType<typeof loadConfig> => {
    const [, command, ...argv] = value('ExecStart')
      .replace('/etc/drachtio-chatroom', 'examples/systemd')
      .replace('${CREDENTIALS_DIRECTORY}', directory)
      .replace('${STATE_DIRECTORY}', directory)
      .split(' ');
    expect(command).toBe('serve');
    return loadConfig({ argv, env: {} });
  };

  test('its flags and the file beside it make a configuration, without a warning', () => {
    const { settings, warnings } = load();
    expect(settings).toMatchObject({ http: { token: 'a-token-of-the-test' }, data: directory });
    expect(warnings).toEqual([]);
  });

  test('the secret is handed over by systemd, and no other way', () => {
    const [name, path] = value('LoadCredential').split(':');
    expect(value('ExecStart')).toContain(`\${CREDENTIALS_DIRECTORY}/${name}`);
    expect(path).toMatch(/^\/etc\//);
    expect(unit).not.toMatch(/^Environment=/m);
  });

  test('it is ended no sooner than the program has said it is done', () => {
    const { drainTimeout } = load().settings;
    expect(seconds(value('TimeoutStopSec'))).toBeGreaterThan(drainTimeout);
    expect(value('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
    expect(value('KillSignal')).toBe('SIGTERM');
  });

  test('systemd reads it without a complaint', () => {
    // Only where systemd is: the program is not installed here, so another one stands for it.
    const file = join(directory, 'drachtio-chatroom.service');
    writeFileSync(file, unit.replace('/opt/drachtio-chatroom/bin/drachtio-chatroom', '/bin/true'));
    const { error, stderr, status } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    if (error && 'code' in error && error.code === 'ENOENT') return;
    expect([stderr, status]).toEqual(['', 0]);
  });
});

describe('examples/container', () => {
  interface Service {
    command: string[];
    environment?: Record<string, string>;
    network_mode: string;
    stop_grace_period?: string;
    build?: { context: string; dockerfile: string };
  }
  const compose = parse(readFileSync('examples/container/compose.yaml', 'utf8')) as {
    services: Record<string, Service>;
  };
  const containerfile = readFileSync('examples/container/Containerfile', 'utf8');
  const given: Record<string, string> = { HOST_ADDRESS: '192.0.2.7', DRACHTIO_SECRET: 'cymru' };
  /** As Compose puts variables in: `${NAME}`, `${NAME:-otherwise}`, `${NAME:?complaint}`. */
  const filled = (text: string): string =>
    text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (whole, name: string, kind?: string, otherwise?: string) => {
      const found = given[name] ?? (kind === '-' ? otherwise : undefined);
      if (found === undefined) throw new Error(`${whole} is not set`);
      return found;
    });
  const json = (instruction: string): string[] =>
    JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(containerfile)?.[1] ?? '') as string[];

  test('the flags of the rooms are those of the program', () => {
    const { command, environment = {}, stop_grace_period: grace = '' } = compose.services.rooms;
    const [name, ...argv] = command.map(filled);
    expect(name).toBe('serve');
    const env = Object.fromEntries(Object.entries(environment).map(([key, text]) => [key, filled(text)]));
    const { settings } = loadConfig({ argv, env });
    expect(settings).toMatchObject({
      drachtio: { host: '127.0.0.1', port: 9022, secret: 'cymru' },
      domain: ['chat.example.com'],
      auth: 'trusted-proxy',
      data: '/data',
    });
    expect(seconds(grace)).toBeGreaterThan(settings.drainTimeout);
  });

  test('drachtio-server listens where the rooms look for it, with their secret', () => {
    const command = compose.services.drachtio.command.map(filled);
    const after = (flag: string): (string | undefined)[] =>
      command.flatMap((word, index) => (word === flag ? [command[index + 1]] : []));
    expect(command[0]).toBe('drachtio');
    expect(after('--contact')).toEqual(['sip:192.0.2.7;transport=udp,tcp', 'sip:192.0.2.7:5062;transport=ws']);
    expect([after('--address'), after('--port'), after('--secret')]).toEqual([['127.0.0.1'], ['9022'], ['cymru']]);
    for (const { network_mode: mode } of Object.values(compose.services)) expect(mode).toBe('host');
  });

  test('the image starts the program that is built, as nobody special, and asks how it is', () => {
    const { build } = compose.services.rooms;
    expect(join('examples/container', build?.context ?? '', build?.dockerfile ?? '')).toBe(
      'examples/container/Containerfile',
    );
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
    expect(json('ENTRYPOINT')).toEqual(['node', bin['drachtio-chatroom']]);
    expect(() => loadConfig({ argv: json('CMD').slice(1), env: {} })).not.toThrow();
    expect(containerfile).toMatch(/^USER node$/m);
    expect(containerfile).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(containerfile).toMatch(/^HEALTHCHECK .*\\\n +CMD \["node", .*\/healthz/m);
  });
});

import { existsSync, statSync } from 'node:fs';
import { DaemonFolder, unprivileged } from '../../../../bench/peers/folder.js';
import { lacksOf } from '../../../../bench/peers/one-room.js';
import { ejabberdCommand, ejabberdConfig } from '../../../../bench/peers/xmpp/ejabberd.js';
import { prosodyConfig } from '../../../../bench/peers/xmpp/prosody.js';

test('Prosody writes in its folder alone and listens on loopback alone', () => {
  const config = prosodyConfig('/tmp/bench-x', 4711);
  const paths = [...config.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) expect(path).toMatch(/^\/tmp\/bench-x/);
  expect(config).toContain('interfaces = { "127.0.0.1" }');
  expect(config).toContain('c2s_ports = { 4711 }');
});

test('ejabberd listens on loopback alone, under no node name, and has its tables in its folder', () => {
  const config = ejabberdConfig(4711);
  expect([...config.matchAll(/ port: (\d+)/g)].map(([, port]) => port)).toEqual(['4711']);
  expect(config).toContain('ip: 127.0.0.1');
  const command = ejabberdCommand('/tmp/bench-x');
  expect(command).toContain('"/tmp/bench-x/mnesia"');
  expect(command.filter((word) => /^-s?name$/.test(word))).toEqual([]);
});

test('rooms of the daemons admit as many as are measured and keep nothing', () => {
  expect(ejabberdConfig(1)).toMatch(/default_room_options:\n\s+max_users: 10000\n/);
  expect(ejabberdConfig(1)).toContain('history_size: 0');
  expect(prosodyConfig('/tmp', 1)).toContain('muc_room_default_history_length = 0');
});

test('a daemon runs with its own variables alone, and not as root', () => {
  const command = unprivileged(['prosody', '-F'], { HOME: '/tmp/bench-x' });
  expect(command.slice(-5)).toEqual(['-i', `PATH=${process.env.PATH}`, 'HOME=/tmp/bench-x', 'prosody', '-F']);
  expect(command[0]).toBe(process.getuid?.() === 0 ? 'setpriv' : 'env');
});

test('the folder of a daemon belongs to who runs it and goes with all that is in it', () => {
  const folder = new DaemonFolder('test');
  const file = folder.write('config', 'text');
  expect(existsSync(file)).toBe(true);
  const owner = statSync(folder.path).uid;
  expect(owner).not.toBe(0);
  folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});

test('peers are measured beside confirmed copies, in one room of 1000 at most, without TLS', () => {
  const setup = { link: 'tcp', rooms: 1, participants: 1000, confirm: 'always' } as const;
  expect(lacksOf(setup)).toBeUndefined();
  expect(lacksOf({ ...setup, rooms: 1000 })).toMatch(/one room/);
  expect(lacksOf({ ...setup, link: 'tls' })).toMatch(/TLS/);
  expect(lacksOf({ ...setup, confirm: 'partial' })).toMatch(/never confirmed/);
  expect(lacksOf({ ...setup, participants: 5000 })).toMatch(/1000 at most/);
});

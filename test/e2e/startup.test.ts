/** What the program loads: a command brings its own modules and no others. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** Milliseconds until a program that does not end is killed: nothing else can end a test that waits for it so. */
const PATIENCE = 120_000;

/** Names at the end the modules that were loaded. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  import Module from 'node:module';
  process.on('exit', () => process.stdout.write('\\nloaded ' + JSON.stringify(Object.keys(Module._cache))));
`)}`;

function loadedBy(...argv: string[]): string[] {
  const main = join(ROOT, 'dist/plugin/cli/main.js');
  const patience = { timeout: PATIENCE, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
  const { stdout } = spawnSync(process.execPath, ['--import', TELL, main, ...argv], patience);
  const loaded: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('\nloaded ') + '\nloaded '.length));
  return (loaded as string[]).map((file) => file.slice(ROOT.length + 1));
}

test('--version loads neither a server nor a library', () => {
  const loaded = loadedBy('--version');
  expect(loaded).toContain('dist/plugin/cli/main.js');
  expect(loaded.filter((file) => file.startsWith('node_modules') || file.startsWith('dist/lib'))).toEqual([]);
});

test('SIGHUP and SIGTERM while serve loads its modules: it does not die of the one, and ends in good order by the other', () => {
  const signalled = `data:text/javascript,${encodeURIComponent(`
    import Module from 'node:module';
    const load = Module._extensions['.js'];
    Module._extensions['.js'] = (module, name) => {
      if (name.endsWith('/cli/serve.js')) for (const signal of ['SIGHUP', 'SIGTERM']) process.kill(process.pid, signal);
      return load(module, name);
    };
  `)}`;
  const main = join(ROOT, 'dist/plugin/cli/main.js');
  const argv = ['serve', '--sip', '127.0.0.1:0', '--msrp', '127.0.0.1:0', '--http', 'off'];
  const patience = { timeout: PATIENCE, killSignal: 'SIGKILL' } as const;
  const { status, signal } = spawnSync(process.execPath, ['--import', signalled, main, ...argv], patience);
  expect({ status, signal }).toEqual({ status: 0, signal: null });
});

test('serve loads none of the other commands, and with --drachtio no embedded endpoint (D3)', () => {
  // Nobody listens at port 9: it ends, having loaded what it needs.
  const loaded = loadedBy('serve', '--drachtio', '127.0.0.1:9', '--msrp', '127.0.0.1:0', '--http', 'off');
  expect(loaded).toContain('dist/plugin/cli/serve.js');
  const unwanted = ['lib/embedded-drachtio/index.js', 'lib/client/index.js', 'plugin/cli/check-config.js'];
  expect(unwanted.filter((file) => loaded.includes(`dist/${file}`))).toEqual([]);
});

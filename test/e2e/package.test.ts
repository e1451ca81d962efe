import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The package as npm would publish it, unpacked where a program would find it. */
let project: string;

const node = (script: string, type: 'module' | 'commonjs'): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '-e', script], { cwd: project, encoding: 'utf8' }),
  );

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'chatroom-package-'));
  const npm = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  execFileSync('npm', npm, { cwd: resolve(__dirname, '../..'), stdio: ['ignore', 'pipe', 'pipe'] });
  const [tarball] = readdirSync(project);
  const installed = join(project, 'node_modules', 'drachtio-chatroom');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, tarball), '--strip-components=1', '-C', installed]);
  symlinkSync(realpathSync(resolve(__dirname, '../../node_modules')), join(installed, 'node_modules'));
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test('D1: import and require give the same names and the same classes', () => {
  const result = node(
    `import { createRequire } from 'node:module';
     import byDefault, * as esm from 'drachtio-chatroom';
     const cjs = createRequire(process.cwd() + '/x.js')('drachtio-chatroom');
     const named = (names) => names.filter((name) => name !== '__esModule').toSorted();
     console.log(JSON.stringify({
       esm: named(Object.keys(esm)),
       cjs: named(Object.keys(cjs)),
       different: Object.keys(esm).filter((name) => esm[name] !== cjs[name]),
       same: byDefault === cjs.chatrooms && esm.ChatroomsError === cjs.ChatroomsError,
     }));`,
    'module',
  ) as { esm: string[]; cjs: string[]; different: string[]; same: boolean };
  expect(result.esm).toEqual(result.cjs);
  expect(result.cjs).toEqual(['ChatroomsError', 'chatrooms', 'default']);
  expect(result.different).toEqual([]);
  expect(result.same).toBe(true);
});

test('every entry of the package can be required, and the program is there', () => {
  const entries = ['', '/msrp', '/cpim', '/sdp', '/testing', '/package.json'];
  const result = node(
    `const sizes = ${JSON.stringify(entries)}.map((entry) => Object.keys(require('drachtio-chatroom' + entry)).length);
     console.log(JSON.stringify(sizes));`,
    'commonjs',
  ) as number[];
  for (const size of result) expect(size).toBeGreaterThan(0);
  expect(existsSync(join(project, 'node_modules/drachtio-chatroom/dist/plugin/cli/main.js'))).toBe(true);
});

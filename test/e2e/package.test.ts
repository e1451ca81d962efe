import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** What each entry is for, in a line that compiles only with the right types. */
const ENTRIES = {
  '': `const rooms: api.Chatrooms = api.chatrooms({ domain: 'localhost' }); rooms.on('join', (room, { uri }) => console.log(room.name, uri)); const hook: api.WebhookOptions = { url: 'https://example.com/', secret: 's', events: ['message', '*'] }; const slip: 'mesage' extends NonNullable<api.WebhookOptions['events']>[number] ? true : false = false; console.log(hook, slip);`,
  '/client': `const who: api.ChatParticipant = api.createParticipant({ uri: 'sip:ana@localhost' }); who.on('message', ({ text }) => text?.length);`,
  '/testing': `const kit: Promise<api.TestRooms> = api.createTestRooms({ clock: new api.ManualClock() }); void kit.then(({ rooms }) => rooms.stats);`,
  '/msrp': `const parsed = api.parseMsrpUri('msrp://localhost:2855/1;tcp'); console.log(parsed?.host);`,
  '/cpim': `const parsed = api.parseCpim(Buffer.from('')); console.log(parsed.ok);`,
  '/sdp': `const parsed = api.parseSdp(''); console.log(parsed);`,
} as const;

/** The package as npm would publish it, unpacked where a program would find it. */
let project: string;

const node = (script: string, type: 'module' | 'commonjs'): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '-e', script], {
      cwd: project,
      encoding: 'utf8',
      timeout: 60_000,
    }),
  );

/** What the compiler says of a program that uses the package; empty when nothing. */
function compile(file: string, source: string, options: object): string {
  const folder = mkdtempSync(join(project, 'consumer-'));
  writeFileSync(join(folder, file), source);
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', ...options };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'chatroom-package-'));
  const npm = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  execFileSync('npm', npm, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const [tarball] = readdirSync(project);
  const installed = join(project, 'node_modules', 'drachtio-chatroom');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, tarball), '--strip-components=1', '-C', installed]);
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(installed, 'node_modules'));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe.each(Object.entries(ENTRIES))('drachtio-chatroom%s', (entry, use) => {
  const name = `drachtio-chatroom${entry}`;

  test('D1: import and require give the same names and the same objects', () => {
    const result = node(
      `import { createRequire } from 'node:module';
       import * as esm from '${name}';
       const cjs = createRequire(process.cwd() + '/x.js')('${name}');
       const named = (names) => names.filter((name) => name !== '__esModule').toSorted();
       console.log(JSON.stringify({
         esm: named(Object.keys(esm)),
         cjs: named(Object.keys(cjs)),
         different: Object.keys(esm).filter((name) => esm[name] !== cjs[name]),
       }));`,
      'module',
    ) as { esm: string[]; cjs: string[]; different: string[] };
    expect(result.cjs.length).toBeGreaterThan(0);
    expect(result.esm).toEqual(result.cjs);
    expect(result.different).toEqual([]);
  });

  test.each(['use.mts', 'use.cts'])('its types serve %s', (file) => {
    const source = `import * as api from '${name}';\n${use}\nexport {};\n`;
    const typeRoots = [join(ROOT, 'node_modules/@types')];
    const strictest = { skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    // Once, as it takes its time: this entry has to do with all others.
    const own = entry === '/testing' && file.endsWith('.mts') ? strictest : { skipLibCheck: true };
    const options = { module: 'nodenext', types: ['node'], typeRoots, ...own };
    expect(compile(file, source, options)).toBe('');
    // The compiler reads it, and not any file: a name that is not there is an error.
    expect(compile(file, `import { nothing } from '${name}';\nvoid nothing;\n`, options)).toMatch(/TS2305|TS2614/);
  });
});

test('D1: its types can be read by TypeScript 5.4, whose Buffer is of no type of its own', () => {
  const types = join(project, 'node_modules/drachtio-chatroom/dist');
  const files = readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => /\bBuffer</.test(readFileSync(join(types, file), 'utf8')))).toEqual([]);
});

test('its entries have types where exports of packages are not looked at, too', () => {
  const { exports: entries, typesVersions } = JSON.parse(
    readFileSync(join(project, 'node_modules/drachtio-chatroom/package.json'), 'utf8'),
  ) as { exports: Record<string, { require?: { types: string } }>; typesVersions: { '*': Record<string, string[]> } };
  const required = Object.entries(entries).filter(([path, { require: cjs }]) => path !== '.' && cjs !== undefined);
  expect(typesVersions['*']).toEqual(
    Object.fromEntries(required.map(([path, { require: cjs }]) => [path.slice(2), [cjs?.types]])),
  );
});

test('D1: the main entry has what programs are to use, and no more', () => {
  const names = node(`console.log(JSON.stringify(Object.keys(require('drachtio-chatroom')).toSorted()));`, 'commonjs');
  expect(names).toEqual(['ChatroomsError', 'chatrooms', 'default', 'webhooks']);
});

test('a test kit keeps its process alive until it is closed, and no longer', () => {
  const names = node(
    `const { createTestRooms } = require('drachtio-chatroom/testing');
     const greet = async (nick) => {
       const kit = await createTestRooms();
       const { participant, events } = await kit.join('lobby', { nick });
       await events.next('roster');
       await participant.send('hello');
       await kit.close();
       await kit.close();
       return participant.nickname;
     };
     (async () => console.log(JSON.stringify([await greet('ana'), await greet('bruno'), await greet('carla')])))();`,
    'commonjs',
  );
  expect(names).toEqual(['ana', 'bruno', 'carla']);
});

describe('D1: drachtio-chatroom/client/browser', () => {
  test('is one module that asks for nothing else', () => {
    const installed = join(project, 'node_modules/drachtio-chatroom');
    const source = readFileSync(join(installed, 'dist/lib/client/browser.mjs'), 'utf8');
    expect(source).not.toMatch(/^\s*(?:import|export)\b[^;]*\bfrom\s*["']/m);
    expect(source).not.toMatch(/\b(?:require|import)\(["']/);
    const names = node(
      `delete globalThis.Buffer;
       const { ChatParticipant, WebSocketTransport, ChatroomsError } = await import('drachtio-chatroom/client/browser');
       const transport = new WebSocketTransport({ WebSocket: class {} });
       const who = new ChatParticipant({ uri: 'sip:ana@localhost', signalling: {}, transport });
       console.log(JSON.stringify([who instanceof ChatParticipant, transport.carrier, new ChatroomsError('CHAT_ERR_X', 'x').code]));`,
      'module',
    );
    expect(names).toEqual([true, 'ws', 'CHAT_ERR_X']);
  });

  test('its types need those of a browser alone', () => {
    const source = `import { ChatParticipant, type Signalling, WebSocketTransport } from 'drachtio-chatroom/client/browser';
      export const join = (signalling: Signalling): Promise<void> => {
        const who = new ChatParticipant({ uri: 'sip:ana@localhost', signalling, transport: new WebSocketTransport() });
        who.on('message', (message) => { document.title = message.text ?? ''; });
        return who.join('sip:lobby@localhost', { nick: 'ana' });
      };`;
    const options = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], types: [] };
    expect(compile('page.ts', source, options)).toBe('');
  });
});

test('the program is there', () => {
  expect(existsSync(join(project, 'node_modules/drachtio-chatroom/dist/plugin/cli/main.js'))).toBe(true);
});

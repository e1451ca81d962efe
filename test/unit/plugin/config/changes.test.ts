import { CHANGE_RULES, compare } from '../../../../plugin/config/changes.js';
import { allKeys } from '../../../../plugin/config/json-schema.js';
import { loadConfig } from '../../../../plugin/config/load.js';
import type { Settings } from '../../../../plugin/config/schema.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';

afterEach(removeFiles);

const settings = async (yaml: string): Promise<Settings> =>
  loadConfig({ argv: ['--config', await fileWith(yaml)], env: {} }).settings;

const line = ({ key, kind }: { key: string; kind: string }): string => `${key} ${kind}`;

async function changes(before: string, after: string): Promise<{ apply: string[]; restart: string[] }> {
  const { apply, restart } = compare(await settings(before), await settings(after));
  return { apply: apply.map(line), restart: restart.map(line) };
}

test('nothing changes when the same is read again', async () => {
  const file =
    'rooms: {static: {a: {title: A}}}\nwebhooks: [{url: "http://h", secret: s}]\nmsrp: {ws: {listen: 127.0.0.1:1}}';
  expect(await changes(file, file)).toEqual({ apply: [], restart: [] });
});

test.each([
  ['', 'log: {level: debug, format: json}', ['log.level changed', 'log.format added'], []],
  [
    'rooms: {static: {a: {title: A}, b: {}, c: {}}}',
    'rooms: {static: {a: {title: B}, c: {}, d.e: {}}, defaults: {locked: true}, create: nobody}',
    [
      'rooms.defaults.locked added',
      'rooms.static.a changed',
      'rooms.static.b removed',
      'rooms.static.d.e added',
      'rooms.create changed',
    ],
    [],
  ],
  [
    'limits: {maxRooms: 5}',
    'limits: {messageBurst: 5, slowReader: disconnect}',
    ['limits.maxRooms removed', 'limits.slowReader added', 'limits.messageBurst added'],
    [],
  ],
  [
    '',
    'trustedPeers: [::1]\nhttp: {token: t, web: false}',
    ['trustedPeers changed', 'http.token added'],
    ['http.web changed'],
  ],
  [
    'msrp: {tls: {cert: /a, key: /b}}',
    'msrp: {tls: {cert: /c, key: /b, ca: /d}}',
    ['msrp.tls.cert changed'],
    ['msrp.tls.ca added'],
  ],
  ['', 'msrp: {tls: false}', [], ['msrp.tls changed']],
  ['', 'msrp: {listen: 127.0.0.1:9}', [], ['msrp.listen changed']],
  ['digest: {file: a}', 'digest: {file: b, realm: r}', ['digest.file changed'], ['digest.realm added']],
  [
    '',
    'domain: x\nworkers: 2\ndrainTimeout: 9\nwebhooks: [{url: "http://h", secret: s}]',
    ['webhooks changed', 'drainTimeout changed'],
    ['domain changed', 'workers changed'],
  ],
  ['', 'drachtio: {host: h}\nsip: {listen: 127.0.0.1:7}', [], ['sip.listen changed', 'drachtio changed']],
])('%j, then %j', async (before, after, apply, restart) => {
  expect(await changes(before, after)).toEqual({ apply, restart });
});

test('a secret that is another is a change, and is not told', async () => {
  const { apply } = compare(await settings('http: {token: hunter1}'), await settings('http: {token: hunter2}'));
  expect(apply).toEqual([
    {
      path: ['http', 'token'],
      key: 'http.token',
      kind: 'changed',
      why: 'for requests from now on; streams of events end',
    },
  ]);
});

const fits = (pattern: string, key: readonly string[]): boolean =>
  pattern.split('.').every((segment, index) => index < key.length && (segment === '*' || segment === key[index]));

test('of every option it is known whether it can change', () => {
  const keys = allKeys().filter(([first]) => first !== '$schema');
  expect(keys.filter((key) => !CHANGE_RULES.some(([pattern]) => fits(pattern, key)))).toEqual([]);
  // And none is about an option that is no more.
  const idle = CHANGE_RULES.filter(([pattern]) => !keys.some((key) => fits(pattern, key)));
  expect(idle).toEqual([]);
});

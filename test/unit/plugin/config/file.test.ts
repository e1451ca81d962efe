import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadConfig, type Loaded } from '../../../../plugin/config/load.js';
import { masked } from '../../../../plugin/config/masked.js';
import { ConfigError } from '../../../../plugin/config/problems.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';

afterEach(removeFiles);

async function load(text: string, argv: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Loaded> {
  return loadConfig({ argv: ['--config', await fileWith(text, 'chatrooms.yaml'), ...argv], env });
}

/** Every line, with the name of the file alone. */
async function errors(text: string, argv: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  try {
    await load(text, argv, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message.replaceAll(/\/\S*\/(?=chatrooms\.yaml)/g, ''));
  }
  return [];
}

test('YAML and JSON say the same', async () => {
  const yaml = await load('msrp:\n  listen: 127.0.0.1:1\nrooms:\n  static:\n    lobby:\n    8000: {title: "Eight"}\n');
  const json = await load(
    '{\n\t"$schema": "x.json",\n\t"msrp": {"listen": "127.0.0.1:1"},\n\t"rooms": {"static": {"8000": {"title": "Eight"}, "lobby": {}}}\n}',
  );
  expect(json.config).toEqual(yaml.config);
  expect(yaml.config.chatrooms.rooms?.static).toEqual({ lobby: {}, 8000: { title: 'Eight' } });
});

test('a file with nothing in it, or with sections of which all is commented out, says nothing', async () => {
  const { config } = loadConfig({ argv: [], env: {} });
  for (const text of ['', '# nothing\n', 'msrp:\n  # listen: 127.0.0.1:1\nrooms:\n  defaults:\nwebhooks: []\n']) {
    expect((await load(text)).config).toEqual(config);
  }
});

test('null stays where an option may be null', async () => {
  const { config } = await load('rooms: {defaults: {title: null, groupTtl: ~}}');
  expect(config.chatrooms.rooms?.defaults).toEqual({ title: null, groupTtl: null });
});

test('CHATROOM_CONFIG names it, --config wins', async () => {
  const [one, other] = [await fileWith('workers: 2'), await fileWith('workers: 3')];
  expect(loadConfig({ argv: [], env: { CHATROOM_CONFIG: one } }).config.chatrooms.workers).toBe(2);
  expect(loadConfig({ argv: ['--config', other], env: { CHATROOM_CONFIG: one } }).config.chatrooms.workers).toBe(3);
  const nowhere = '/nowhere/c.yaml cannot be read: there is no such file';
  expect(() => loadConfig({ argv: ['--config', '/nowhere/c.yaml'], env: {} })).toThrow(`${nowhere}; see --config`);
  expect(() => loadConfig({ argv: [], env: { CHATROOM_CONFIG: '/nowhere/c.yaml' } })).toThrow(
    `${nowhere}; see CHATROOM_CONFIG`,
  );
  expect(() => loadConfig({ argv: ['--config', dirname(one)], env: {} })).toThrow('it is a directory');
  expect(() => loadConfig({ argv: ['--config='], env: {} })).toThrow('--config: a value is missing');
});

test.each([
  ['msrp:\n  listne: x\n', ['There is no option "msrp.listne" (chatrooms.yaml:2:3); did you mean "listen"?']],
  ['msrp: {cert: x}', ['There is no option "msrp.cert" (chatrooms.yaml:1:8); did you mean "msrp.tls.cert"?']],
  ['colour: red', ['There is no option "colour" (chatrooms.yaml:1:1)']],
  ['__proto__: {a: 1}', ['There is no option "__proto__" (chatrooms.yaml:1:1)']],
  ['msrp:\n  listen: here\n', ['Option msrp.listen (chatrooms.yaml:2:3): "here" is not HOST:PORT']],
  [
    'auth: opne\n',
    ['Option auth (chatrooms.yaml:1:1): "opne" is not known; use open, trusted-proxy, digest; did you mean "open"?'],
  ],
  [
    'rooms: {static: {a.b: {title: 5}}}',
    ['Option rooms.static.a.b.title (chatrooms.yaml:1:24): has to be text; write it in quotes'],
  ],
  ['workers: many', ['Option workers (chatrooms.yaml:1:1): "many" is no number from 1 to 64, nor auto']],
  ['limits: {maxRooms: 0}', ['Option limits.maxRooms (chatrooms.yaml:1:10): has to be a whole number above 0']],
  [
    'limits: {maxMemory: 1M}',
    ['Option limits.maxMemory (chatrooms.yaml:1:10): 1048576 is too little; the program needs 192M'],
  ],
  ['log: {bodies: yes}', ['Option log.bodies (chatrooms.yaml:1:7): has to be true or false']],
  ['log: loud', ['Option log (chatrooms.yaml:1:1): has to be a section of KEY: VALUE']],
  ['trustedPeers: 10.0.0.1', ['Option trustedPeers (chatrooms.yaml:1:1): has to be a list']],
  [
    'trustedPeers:\n  - 10.0.0.1\n  - ten\n',
    ['Option trustedPeers.1 (chatrooms.yaml:3:5): "ten" is no address block; write it like 10.0.0.0/8'],
  ],
  ['webhooks: [{secret: s}]', ['Option webhooks.0.url (chatrooms.yaml:1:12): is missing']],
  [
    'webhooks: [{url: "http://h", secret: whsec_}]',
    ['Option webhooks.0.secret (chatrooms.yaml:1:30): is empty behind whsec_; Base64 belongs there'],
  ],
  [
    'msrp: {tls: {cert: a}}',
    ['msrp.tls.cert (chatrooms.yaml:1:14) and msrp.tls.key belong together; give both or neither'],
  ],
  ['http: {listen: 8080}', ['Option http.listen (chatrooms.yaml:1:8): 8080 is not HOST:PORT; write 127.0.0.1:8080']],
  [
    'sip: {listen: ":5060"}',
    ['Option sip.listen (chatrooms.yaml:1:7): ":5060" is not HOST:PORT; write 127.0.0.1:5060'],
  ],
  ['http: {listen: [a]}', ['Option http.listen (chatrooms.yaml:1:8): ["a"] is not HOST:PORT']],
  [
    'rooms: {lobby: {title: Hi}}',
    ['There is no option "rooms.lobby" (chatrooms.yaml:1:9); did you mean "rooms.static.lobby"?'],
  ],
  [
    'domain: a.example\nrooms: {static: {b@A.example: {}, c@b.example: {}, sip:d@b.example: {}, e@b.example: {aliases: [e@a.example]}}}',
    ['c@b', 'sip:d@b'].map((name, index) =>
      expect.stringContaining(
        `rooms.static.${name}.example (chatrooms.yaml:2:${[35, 52][index]}) is in no domain of option domain`,
      ),
    ),
  ],
  [
    'auth: digest',
    ['auth (chatrooms.yaml:1:1) digest needs digest.file or digest.sql, the file or database of the users'],
  ],
  [
    'domain: [a, b]\nauth: {a: open, b: digest}',
    ['auth (chatrooms.yaml:2:1) digest needs digest.file or digest.sql, the file or database of the users'],
  ],
  [
    'domain: [a, b]\nauth: {a: trusted-proxy, b: open}',
    ['auth (chatrooms.yaml:2:1) trusted-proxy needs trustedPeers, the address of the proxy'],
  ],
  [
    'sip:\n  listen: 0.0.0.0:5060',
    [
      'others than this machine could join under any name at 0.0.0.0:5060, sip.listen (chatrooms.yaml:2:3); say auth: open to ' +
        'allow that, auth: trusted-proxy or auth: digest to prevent it, or listen on 127.0.0.1',
    ],
  ],
  [
    'sip:\n  tls: 0.0.0.0:5061',
    [
      'others than this machine could join under any name at 0.0.0.0:5061, sip.tls (chatrooms.yaml:2:3); say auth: open to ' +
        'allow that, auth: trusted-proxy or auth: digest to prevent it, or listen on 127.0.0.1',
    ],
  ],
  ['sip: {tls: 0.0.0.0:5061}\ndrachtio: {host: h}\nmsrp: {tls: off}', []],
  [
    'sip: {tls: 127.0.0.1:5061}\nmsrp: {tls: off}',
    ['sip.tls (chatrooms.yaml:1:7) shows the certificate of msrp.tls.listen, which is off; turn that on'],
  ],
  [
    'factory: sip:new@elsewhere',
    ['Option factory (chatrooms.yaml:1:1): sip:new@elsewhere is in no domain of option domain'],
  ],
  [
    'rooms:\n  static:\n    a: {tls: required}\nmsrp: {tls: off}',
    ["Option rooms.static.a.tls (chatrooms.yaml:3:9): 'required' needs a TLS listener; give msrp.tls"],
  ],
  [
    'rooms: {static: {a: {aliases: ["100"]}, b: {aliases: ["100"]}}}',
    ['rooms.static.b (chatrooms.yaml:1:41): a has the name 100 already'],
  ],
  ['rooms: {static: {a: {aliases: [b]}, B: {}}}', []],
  ['- a\n- b\n', ['chatrooms.yaml:1:1: is no list of options; write KEY: VALUE']],
  ['a: 1\n---\nb: 2\n', ['chatrooms.yaml:2:1: there is a second document; write one']],
])('%j', async (text, lines) => {
  expect(await errors(text)).toEqual(lines);
});

test('what is no YAML is told with its place', async () => {
  const [line, ...others] = await errors('msrp:\n  listen: "127.0.0.1:1\nlog: 5\n');
  expect(others.length).toBeLessThan(3);
  expect(line).toMatch(/^chatrooms\.yaml:\d+:\d+: \S/);
  expect(await errors('a: 1\n"a": 2\n')).toEqual([
    'chatrooms.yaml:2:1: "a" is there twice; put what belongs to it in one place',
  ]);
  const [comment] = await errors('{ // JSON with comments\n  "domain": "a" /* has none */,\n}\n');
  expect(comment).toMatch(/^chatrooms\.yaml:\d:\d+: .*; comments begin with #$/);
  const [no] = await errors('domain: "http://a\n');
  expect(no).not.toContain('comments');
});

test('aliases that grow without end are an error', async () => {
  const doubled = Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${i ? `*b${i - 1}, *b${i - 1}` : '1, 1'}]`);
  expect((await errors(doubled.join('\n')))[0]).toMatch(/^chatrooms\.yaml:1:1: /);
});

test('errors come in the order of the file', async () => {
  const lines = await errors('log: {levle: info}\nauth: maybe\nmsrp: {listen: x}\n', ['--sip', 'y']);
  expect(lines.map((line) => /\(chatrooms\.yaml:(\d)/.exec(line)?.[1])).toEqual([undefined, '1', '2', '3']);
});

test('a stronger source is blamed for what it said, and the file no more', async () => {
  expect(await errors('domain: [ok, "b/c"]', ['--domain', 'a/b', '--domain', 'b/c'])).toEqual([
    '--domain a/b is no host name',
    '--domain b/c is no host name',
  ]);
  expect(await errors('domain: [ok, "b/c"]', [], { CHATROOM_DOMAIN: 'fine' })).toEqual([]);
});

test('lists are taken whole, sections option by option', async () => {
  const { config } = await load('domain: [a, b]\nmsrp: {listen: 127.0.0.1:1, cema: true}', [
    '--domain',
    'c',
    '--msrp',
    '127.0.0.1:2',
  ]);
  expect(config.chatrooms).toMatchObject({ domain: ['c'], msrp: { listen: '127.0.0.1:2', cema: true } });
});

test('users elsewhere take the place of those of the file, the query stays', async () => {
  const file = 'digest: {realm: r, sql: {url: "sqlite:a", query: q}}';
  expect((await load(file, ['--credentials', 'users'])).settings.digest).toEqual({ realm: 'r', file: 'users' });
  expect((await load(file, ['--credentials', 'sqlite:b'])).settings.digest).toEqual({
    realm: 'r',
    sql: { url: 'sqlite:b', query: 'q' },
  });
});

test('relative paths count from the file, those of flags do not', async () => {
  const { config, file = '' } = await load('msrp: {tls: {cert: c.pem, key: /k.pem}}\ndata: rooms', [
    '--credentials',
    'users',
  ]);
  expect(config.chatrooms).toMatchObject({
    msrp: { tls: { cert: join(dirname(file), 'c.pem'), key: '/k.pem' } },
    data: join(dirname(file), 'rooms'),
    digest: { file: 'users' },
  });
  expect((await load('data: memory')).config.chatrooms.data).toBe('memory');
});

test('so does every path that a file may have', async () => {
  const tls = 'msrp: {tls: {cert: c.pem, key: k.pem, ca: ca.pem}}';
  const { config, file = '' } = await load(
    `${tls}\ndigest: {file: users}\nlimits: {spoolDirectory: spool}\ntrace: {directory: traces}`,
  );
  const beside = (name: string): string => join(dirname(file), name);
  expect(config).toMatchObject({
    chatrooms: {
      msrp: { tls: { cert: beside('c.pem'), key: beside('k.pem'), ca: beside('ca.pem') } },
      digest: { file: beside('users') },
      limits: { spoolDirectory: beside('spool') },
    },
    trace: { directory: beside('traces') },
  });
  const unreadable = await errors(everywhere('secret'));
  expect(unreadable).toHaveLength(7);
  for (const line of unreadable) expect(line).toMatch(/: \/\S+\/secret cannot be read: there is no such file$/);
});

/** A configuration whose every secret is in that file. */
const everywhere = (file: string): string =>
  JSON.stringify({
    drachtio: { host: 'h', secretFile: file },
    http: { tokenFile: file },
    webhooks: [{ url: 'https://example.com', secretFile: file }],
    invitations: { credentials: { user: 'u', passwordFile: file } },
    rooms: { defaults: { passwordFile: file }, static: { 'a.b': { passwordFile: file } } },
    digest: { sql: { urlFile: file } },
  });

describe('secrets', () => {
  test('are read from files, without the line end, and masked when they are shown', async () => {
    const file = await fileWith('hunter2\n');
    await chmod(file, 0o600);
    const { config, settings, warnings } = await load(everywhere(file));
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      drachtio: { secret: 'hunter2' },
      http: { token: 'hunter2' },
      webhooks: [{ secret: 'hunter2' }],
      chatrooms: {
        invitations: { credentials: { user: 'u', password: 'hunter2' } },
        rooms: { defaults: { password: 'hunter2' }, static: { 'a.b': { password: 'hunter2' } } },
        digest: { sql: { url: 'hunter2' } },
      },
    });
    const shown = JSON.stringify(masked(settings));
    expect(shown).not.toContain('hunter2');
    expect(shown.match(/\*{8}/g)).toHaveLength(7);
    expect(JSON.stringify(config)).not.toContain('File"');
  });

  test.each([
    ['open sesame\r\n', 'open sesame'],
    ['open sesame \n', 'open sesame '],
    ['open sesame\n\n', 'open sesame\n'],
  ])('%j in a file is %j: one line end does not count, all else does', async (text, password) => {
    const { config } = await load(`rooms: {defaults: {passwordFile: ${await fileWith(text)}}}`);
    expect(config.chatrooms.rooms?.defaults).toEqual({ password });
  });

  test('that everybody may read are told, those that cannot be read are errors', async () => {
    const file = await fileWith('hunter2');
    await chmod(file, 0o644);
    const { warnings } = await load(`http: {tokenFile: ${file}}`);
    expect(warnings).toEqual([expect.stringMatching(/can be read by everybody; chmod o-r it$/)]);
    await chmod(file, 0o660);
    expect((await load(`http: {tokenFile: ${file}}`)).warnings).toEqual([]);
    expect(await errors('http:\n  tokenFile: /nowhere/token\n')).toEqual([
      expect.stringMatching(
        /^Option http\.tokenFile \(chatrooms\.yaml:2:3\): \/nowhere\/token cannot be read: there is no such file/,
      ),
    ]);
    expect(await errors(`http: {tokenFile: ${await fileWith('\n')}}`)).toEqual([expect.stringMatching(/is empty$/)]);
    expect(await errors(`http:\n  tokenFile: ${await fileWith('two words')}`)).toEqual([
      'Option http.tokenFile (chatrooms.yaml:2:3): has to be visible ASCII without blanks, as no request could carry it otherwise',
    ]);
  });

  test('given twice are an error; a stronger source takes the place of a file', async () => {
    const file = await fileWith('hunter2');
    expect(await errors(`http: {tokenFile: ${file}, token: t}`)).toEqual([
      'Option http.tokenFile (chatrooms.yaml:1:8): token and tokenFile exclude each other; give one of them',
    ]);
    const { config } = await load(`http: {tokenFile: ${file}}`, [], { CHATROOM_HTTP_TOKEN: 't' });
    expect(config.http.token).toBe('t');
    expect((await load('http: {token: t}', ['--http-token-file', file])).config.http.token).toBe('hunter2');
    const server = await load(`drachtio: {host: h, secretFile: ${file}}`, ['--secret', 's']);
    expect(server.config.drachtio?.secret).toBe('s');
    const users = await load(`digest: {sql: {urlFile: ${file}}}`, ['--credentials', 'Postgres://h/users']);
    expect(users.config.chatrooms.digest).toMatchObject({ sql: { url: 'Postgres://h/users' } });
  });

  test('of which the file cannot be read are not told to be missing as well', async () => {
    const [line, ...others] = await errors('webhooks:\n  - {url: "http://h", secretFile: /nowhere/secret}\n');
    expect(line).toMatch(/^Option webhooks\.0\.secretFile \(chatrooms\.yaml:2:\d+\): .* there is no such file$/);
    expect(others).toEqual([]);
    expect(await errors('', ['--auth', 'digest', '--credentails', 'users'])).toEqual([
      'unknown flag --credentails; did you mean --credentials? drachtio-chatroom serve --help lists the flags',
    ]);
  });

  test('that are missing are told', async () => {
    expect(await errors('digest: {sql: {query: q}}\ninvitations: {credentials: {user: u}}')).toEqual([
      'Option digest.sql.url (chatrooms.yaml:1:10): is missing; give it or urlFile',
      'Option invitations.credentials.password (chatrooms.yaml:2:15): is missing; give it or passwordFile',
    ]);
  });
});

test('msrp.ws where msrp.wss is there already', async () => {
  const file = 'auth: open\nmsrp:\n  wss: {listen: 0.0.0.0:443}\n';
  expect(await errors(file, ['--msrp-ws', '0.0.0.0:8443'])).toEqual([
    '--msrp-ws has to speak TLS, and msrp.wss (chatrooms.yaml:3:3) does; change that one',
  ]);
  const { config } = await load(file, ['--msrp-ws', '127.0.0.1:8443']);
  expect(config.chatrooms).toMatchObject({
    msrp: { ws: { listen: '127.0.0.1:8443' }, wss: { listen: '0.0.0.0:443' } },
  });
});

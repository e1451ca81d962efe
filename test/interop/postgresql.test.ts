import { createHash } from 'node:crypto';
import { Postgresql } from '../support/postgresql.js';
import { ServerUnderTest } from '../support/server.js';

const ROOM = 'sip:lobby@localhost';
const ha1 = (algorithm: string, user: string, password: string): string =>
  createHash(algorithm).update(`${user}:localhost:${password}`).digest('hex');

let postgresql: Postgresql;
let server: ServerUnderTest;

beforeAll(async () => {
  postgresql = await Postgresql.start();
  // As `kamdbctl create` makes it, by version 7 of the table.
  await postgresql.run(`
    CREATE TABLE subscriber (
      id SERIAL PRIMARY KEY NOT NULL,
      username VARCHAR(64) DEFAULT '' NOT NULL,
      domain VARCHAR(64) DEFAULT '' NOT NULL,
      password VARCHAR(64) DEFAULT '' NOT NULL,
      ha1 VARCHAR(128) DEFAULT '' NOT NULL,
      ha1b VARCHAR(128) DEFAULT '' NOT NULL,
      CONSTRAINT subscriber_account_idx UNIQUE (username, domain)
    );
    INSERT INTO subscriber (username, domain, password) VALUES ('ana', 'localhost', 'secret');
    INSERT INTO subscriber (username, domain, ha1) VALUES ('bob', 'localhost', '${ha1('md5', 'bob', 'hidden')}');
    CREATE TABLE people (name TEXT PRIMARY KEY, sha TEXT NOT NULL);
    INSERT INTO people VALUES ('eve', '${ha1('sha256', 'eve', 'strong')}');
  `);
});

afterAll(() => postgresql.stop());
afterEach(() => server.close());

const join = (user: string, password: string) => server.join(ROOM, user, { uri: `sip:${user}@localhost`, password });

test("IDN-04: the users of Kamailio's table, by password or by hash", async () => {
  server = await ServerUnderTest.start({
    auth: 'digest',
    digest: { sql: { url: postgresql.url }, algorithms: ['MD5'] },
  });
  await join('ana', 'secret');
  await join('bob', 'hidden');
  await expect(join('ana', 'wrong')).rejects.toMatchObject({ sipStatus: 401 });
  const injection = server.join(ROOM, 'eve', { uri: 'sip:eve@localhost', username: "' OR ''='", password: 'x' });
  await expect(injection).rejects.toMatchObject({ sipStatus: 401 });
});

test('RFC 8760: a query of your own, that gives SHA-256', async () => {
  const query = 'SELECT sha AS ha1_sha256 FROM people WHERE name = $1';
  server = await ServerUnderTest.start({ auth: 'digest', digest: { sql: { url: postgresql.url, query } } });
  await join('eve', 'strong');
  await expect(join('eve', 'weak')).rejects.toMatchObject({ sipStatus: 401 });
});

test('a database without such a table ends the start with its cause', async () => {
  server = await ServerUnderTest.start();
  const query = 'SELECT * FROM nothing WHERE name = $1';
  const starting = ServerUnderTest.start({ auth: 'digest', digest: { sql: { url: postgresql.url, query } } });
  await expect(starting).rejects.toMatchObject({
    code: 'CHAT_ERR_CREDENTIAL_SOURCE',
    message: expect.stringContaining('relation "nothing" does not exist'),
  });
});

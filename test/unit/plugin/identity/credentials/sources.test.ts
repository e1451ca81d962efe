import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { ChatroomsError } from '../../../../../lib/util/errors.js';
import { silent } from '../../../../../lib/util/log.js';
import { FileSource, parseUserFile } from '../../../../../plugin/identity/credentials/file.js';
import { credentialSource } from '../../../../../plugin/identity/credentials/index.js';
import { secretsOf } from '../../../../../plugin/identity/credentials/sql.js';
import type { DigestOptions } from '../../../../../plugin/options/options.js';
import { fileWith, removeFiles } from '../../../../support/certificates.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const MD5 = 'a'.repeat(32);
const SHA256 = 'b'.repeat(64);

afterAll(removeFiles);

function source(options: DigestOptions, clock = new ManualClock()) {
  const made = credentialSource(options, clock, silent);
  if (!made) throw new Error('none');
  return made;
}

describe('a file of users', () => {
  test('lines of htdigest, and passwords', () => {
    const users = parseUserFile(
      [
        '\uFEFF# users',
        `ana:example.com:${MD5.toUpperCase()}`,
        `ana:example.com:${SHA256}\r`,
        '',
        'bob:pass:word # no comment',
        'nobody',
        ':nothing',
      ].join('\n'),
    );
    expect(users.hashes.get('ana:example.com')).toEqual([
      { algorithm: 'MD5', ha1: MD5 },
      { algorithm: 'SHA-256', ha1: SHA256 },
    ]);
    expect(users.passwords.get('bob')).toEqual({ password: 'pass:word # no comment' });
    expect(users.algorithms).toEqual(['SHA-256', 'MD5']);
    expect(users.bad).toEqual([6, 7]);
  });

  test.each([
    [`a:r:${MD5}\nb:r:${MD5}`, ['MD5']],
    [`a:r:${SHA256}`, ['SHA-256']],
    [`a:r:${MD5}\nb:r:${SHA256}`, ['SHA-256', 'MD5']],
    ['a:password', ['SHA-256', 'MD5']],
  ])('%j can be checked with %j', (text, algorithms) => {
    expect(parseUserFile(text).algorithms).toEqual(algorithms);
  });

  test('a change counts at once; a file that is away for a moment changes nothing', async () => {
    const path = await fileWith('ana:one\n', 'users');
    const file = new FileSource(path, silent);
    await file.open();
    expect(await file.find('ana', 'r')).toEqual([{ password: 'one' }]);
    await writeFile(`${path}.new`, 'ana:two\n');
    await rename(`${path}.new`, path);
    expect(await Promise.all([file.find('ana', 'r'), file.find('bob', 'r')])).toEqual([[{ password: 'two' }], []]);
    await rm(path);
    expect(await file.find('ana', 'r')).toEqual([{ password: 'two' }]);
    await expect(new FileSource(path, silent).open()).rejects.toMatchObject({ code: 'CHAT_ERR_CREDENTIAL_SOURCE' });
  });
});

describe('a function of the program', () => {
  test('what it gives is checked, what it throws is 503', async () => {
    const users: Record<string, unknown> = {
      ana: { password: 'x' },
      bob: { algorithm: 'MD5', ha1: MD5.toUpperCase() },
      eve: { algorithm: 'SHA-256', ha1: MD5 },
      none: null,
    };
    const asked = source({ lookup: (user) => users[user] as null });
    expect(await asked.find('ana', 'r')).toEqual([{ password: 'x' }]);
    expect(await asked.find('bob', 'r')).toEqual([{ algorithm: 'MD5', ha1: MD5 }]);
    expect(await asked.find('none', 'r')).toEqual([]);
    const unusable = { code: 'CHAT_ERR_CREDENTIAL_SOURCE', sipStatus: 503 };
    await expect(asked.find('eve', 'r')).rejects.toMatchObject(unusable);
    const broken = source({ lookup: () => Promise.reject(new Error('down')) });
    await expect(broken.find('ana', 'r')).rejects.toMatchObject(unusable);
  });

  test('it has five seconds', async () => {
    const clock = new ManualClock();
    const slow = source({ lookup: () => new Promise(() => {}) }, clock);
    const found = slow.find('ana', 'r').catch((error: unknown) => error);
    clock.advance(5_000);
    expect(await found).toBeInstanceOf(ChatroomsError);
    expect(await found).toMatchObject({ sipStatus: 503, message: expect.stringContaining('5000 ms') });
  });

  test('a thousand lookups wait at once, and no more', async () => {
    const waiting = source({ lookup: () => new Promise(() => {}) });
    for (let n = 0; n < 1000; n++) void waiting.find('ana', 'r').catch(() => {});
    await expect(waiting.find('ana', 'r')).rejects.toMatchObject({ sipStatus: 503 });
  });
});

describe('an SQLite file', () => {
  test('the table of Kamailio, or a query of your own', async () => {
    const path = join(await fileWith('', 'empty'), '..', 'users.db');
    const database = new Database(path, {});
    database.exec('CREATE TABLE subscriber (username TEXT, domain TEXT, password TEXT, ha1 TEXT, ha1b TEXT)');
    database.exec(
      `INSERT INTO subscriber VALUES ('ana', 'example.com', '', '${MD5}', ''), ('bob', 'example.com', 'p', '', '')`,
    );
    database.close();
    const users = source({ sql: { url: `sqlite:${path}` } });
    await users.open();
    expect(await users.find('ana', 'example.com')).toEqual([{ algorithm: 'MD5', ha1: MD5 }]);
    expect(await users.find('bob', 'example.com')).toEqual([{ password: 'p' }]);
    expect(await users.find("' OR 1=1 --", 'example.com')).toEqual([]);
    await users.close();
    const own = source({
      sql: { url: `sqlite:${path}`, query: 'SELECT ha1 FROM subscriber WHERE $2 = domain AND username = $1' },
    });
    await own.open();
    expect(await own.find('ana', 'example.com')).toEqual([{ algorithm: 'MD5', ha1: MD5 }]);
    await own.close();
    const wrong = source({ sql: { url: `sqlite:${path}`, query: 'SELECT x FROM nowhere WHERE y = $1' } });
    await expect(wrong.open()).rejects.toMatchObject({ code: 'CHAT_ERR_CREDENTIAL_SOURCE' });
    await wrong.close();
    const absent = source({ sql: { url: `sqlite:${path}.not` } });
    await expect(absent.open()).rejects.toMatchObject({ code: 'CHAT_ERR_CREDENTIAL_SOURCE' });
    await expect(absent.find('ana', 'r')).rejects.toMatchObject({ sipStatus: 503 });
  });

  test('of a row all columns count that say something', () => {
    const row = { password: 'p', ha1: MD5, ha1_sha256: SHA256, ha1b: 'x' };
    expect(secretsOf(row)).toHaveLength(3);
    expect(secretsOf({ password: null, ha1: 'short', ha1_sha256: 7 })).toEqual([]);
  });

  test.each([
    { url: 'mysql://localhost/db' },
    { url: 'users.db' },
    { url: 'sqlite:users.db', query: 'SELECT password FROM users' },
  ])('%j is refused at once', (sql) => {
    expect(() => source({ sql })).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION' }));
  });
});

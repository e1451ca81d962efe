import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { silent } from '../../../lib/util/log.js';
import { MemoryStore } from '../../../lib/store/memory.js';
import { SqliteStore } from '../../../lib/store/sqlite.js';
import type { Store } from '../../../lib/store/store.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const refused = (path: string): Error =>
  expect.objectContaining({ code: 'CHAT_ERR_STORE', message: expect.stringContaining(path) }) as Error;

const made = (path: string): SqliteStore => new SqliteStore(path, silent);

test('a folder that cannot be made, or written, is told with the reason', () => {
  const file = join(directory, 'file');
  writeFileSync(file, '');
  expect(() => made(file)).toThrow(refused('EEXIST'));
  expect(() => made(join(file, 'below'))).toThrow(refused('ENOTDIR'));
  // It is there, and nothing can be made in it: `mkdirSync` with `recursive` would try for ever.
  expect(() => made('/proc/nowhere/data')).toThrow(refused('ENOENT'));
  const access = jest.spyOn(fs, 'accessSync').mockImplementation(() => {
    throw new Error("EROFS: read-only file system, access 'data'");
  });
  expect(() => made(directory)).toThrow(refused('read-only file system'));
  access.mockRestore();
});

const data = (): string => join(directory, 'made', 'by it');
const opened = (): SqliteStore => new SqliteStore(data(), silent);

describe.each<[string, () => Store]>([
  ['MemoryStore', () => new MemoryStore()],
  ['SqliteStore', opened],
])('%s', (_, open) => {
  test('what was written last is there, what was deleted is not', () => {
    const store = open();
    store.write(
      new Map<string, unknown>([
        ['sip:a@b', { title: 'ä "x"', n: [1, null] }],
        ['sip:c@d', 1],
      ]),
    );
    store.write(
      new Map<string, unknown>([
        ['sip:a@b', { title: 'new' }],
        ['sip:c@d', undefined],
        ['sip:never@there', undefined],
      ]),
    );
    expect(store.all()).toEqual([{ key: 'sip:a@b', value: { title: 'new' } }]);
    store.close();
    store.close();
  });

  test('all or nothing: one value that cannot be written leaves the others unwritten', () => {
    const store = open();
    const values = new Map<string, unknown>([
      ['a', 1],
      ['b', 1n],
    ]);
    expect(() => store.write(values)).toThrow();
    expect(store.all()).toEqual([]);
    store.close();
  });

  test('values are not shared', () => {
    const store = open();
    const value = { list: [1] };
    store.write(new Map([['a', value]]));
    value.list.push(2);
    expect(store.all()).toEqual([{ key: 'a', value: { list: [1] } }]);
    store.close();
  });
});

describe('SqliteStore', () => {
  test('opened again it has what was there', () => {
    const first = opened();
    first.write(new Map([['a', { n: 1 }]]));
    first.close();
    const second = opened();
    expect(second.all()).toEqual([{ key: 'a', value: { n: 1 } }]);
    second.close();
  });

  test('what another process reads is there without a close', () => {
    const writer = opened();
    writer.write(new Map([['a', 1]]));
    const reader = opened();
    expect(reader.all()).toHaveLength(1);
    reader.close();
    writer.close();
  });

  test('a row that was damaged keeps no other from coming back', () => {
    opened().close();
    const file = new Database(join(data(), 'chatrooms.db'));
    file.exec(`INSERT INTO room VALUES ('a', '{oops'), ('b', '1')`);
    file.close();
    const errors: object[] = [];
    const store = new SqliteStore(data(), { ...silent, error: (fields) => void errors.push(fields) });
    expect(store.all()).toEqual([{ key: 'b', value: 1 }]);
    expect(errors).toEqual([expect.objectContaining({ key: 'a' })]);
    store.close();
  });

  test('a file of a later version is left alone', () => {
    opened().close();
    const file = new Database(join(data(), 'chatrooms.db'));
    file.pragma('user_version = 3');
    file.close();
    expect(opened).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_STORE', message: expect.stringMatching(/later/) }),
    );
  });

  test('a directory that cannot be had, a file that is no database: an error that names it', () => {
    const file = join(directory, 'file');
    writeFileSync(file, 'x'.repeat(5000));
    expect(() => new SqliteStore(file, silent)).toThrow(refused(file));
    writeFileSync(join(directory, 'chatrooms.db'), 'x'.repeat(5000));
    expect(() => new SqliteStore(directory, silent)).toThrow(refused(directory));
  });
});

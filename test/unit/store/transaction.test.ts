import Database from 'libsql';
import { inTransaction } from '../../../lib/store/transaction.js';

let database: Database.Database;

beforeEach(() => {
  database = new Database(':memory:');
  database.exec('CREATE TABLE t (a TEXT)');
});
afterEach(() => database.close());

const add = (text: string): unknown => database.prepare('INSERT INTO t VALUES (?)').run(text);
const count = (): unknown => database.prepare('SELECT count(*) AS n FROM t').get();

const half = (): void => {
  add('c');
  throw new Error('no');
};

test('all of it is written, or nothing', () => {
  inTransaction(database, () => ['a', 'b'].forEach(add));
  expect(count()).toMatchObject({ n: 2 });
  expect(() => inTransaction(database, half)).toThrow('no');
  expect(count()).toMatchObject({ n: 2 });
});

test('a full disk is told as that, and written to again when it is no longer', () => {
  const large = 'x'.repeat(100_000);
  database.pragma('max_page_count = 4');
  expect(() => inTransaction(database, () => void add(large))).toThrow(/disk is full/);
  database.pragma('max_page_count = 1000');
  inTransaction(database, () => void add(large));
  expect(count()).toMatchObject({ n: 1 });
});

import type Database from 'libsql';

/**
 * Does all of it or nothing. libsql's own `transaction` does the same, but SQLite rolls back by itself when the disk is full,
 * or cannot be written, and of that there was then only "cannot rollback" to be heard.
 *
 * @throws what `write` throws
 */
export function inTransaction(database: Database.Database, write: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    write();
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

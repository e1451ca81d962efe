/** One row; columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** What is asked of a database. */
export interface Database {
  /** Rejects when it cannot be reached, or does not understand the query. */
  open(): Promise<void>;
  /** `query` has as many of `$1` and `$2` as there are values. */
  rows(values: readonly string[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One expected frame, delimited but malformed frame, or end of the stream; see test/vectors/README.md. */
export interface ExpectedEvent {
  type: 'frame' | 'bad' | 'fatal';
  offset: number;
  length?: number;
  messageId?: string | null;
  body?: { length: number } | null;
  position?: { start: number; end: number } | null;
  [field: string]: unknown;
}

export interface ExpectedReply {
  response?: number;
  responseAlso?: number[];
  tid?: string;
  report?: string;
  messageId?: string;
  byteRange?: string;
  toPath: string[];
  fromPath: string[];
}

export interface ExpectedVerdict {
  verdict: string;
  status: number;
  messageId?: string;
  recipients?: string[];
  wrappedType?: string;
  op?: string;
  nickname?: string | null;
}

export interface Expectation {
  events?: ExpectedEvent[];
  pending?: number;
  closed?: boolean;
  replies?: ExpectedReply[];
  room?: ExpectedVerdict[];
  cpim?: Record<string, unknown> & { ok: boolean };
  media?: Record<string, unknown>[];
  focus?: Record<string, unknown>;
}

/** What differs from the default context of the vectors. */
export interface VectorContext {
  connection?: 'new';
  session?: 'anon#1' | 'v6#1';
  extraUnbound?: string[];
  use?: 'offer' | 'answer';
  config?: { forceTls?: boolean; cema?: boolean };
}

export interface Vector {
  name: string;
  kind: 'msrp' | 'sdp';
  role: 'endpoint' | 'switch' | 'client' | 'focus';
  title: string;
  context: VectorContext;
  expect: Expectation;
  /** Other conformant outcomes; a member replaces the expectation of the same name. */
  alternatives: Expectation[];
  bytes: Buffer;
}

export interface Table {
  name: string;
  columns: string[];
  rows: unknown[][];
}

interface VectorFile extends Omit<Vector, 'alternatives' | 'bytes'> {
  file: string;
  alt?: Expectation[];
}

interface TableFile extends Omit<Table, 'name'> {
  table: string;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Vectors and tables of a folder, sorted by name; tables stand in its folder `tables/` or beside the vectors. */
export function loadFolder(folder: string): { vectors: Vector[]; tables: Table[] } {
  const vectors: Vector[] = [];
  const tables: Table[] = [];
  for (const entry of readdirSync(folder).toSorted()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) {
      if (basename(path) === 'tables') tables.push(...loadFolder(path).tables);
    } else if (entry.endsWith('.json')) {
      const content = readJson(path) as Partial<VectorFile> & Partial<TableFile>;
      if (content.table !== undefined) tables.push({ ...(content as TableFile), name: content.table });
      else if (content.file !== undefined) vectors.push(toVector(folder, content as VectorFile));
    }
  }
  return { vectors, tables };
}

function toVector(folder: string, file: VectorFile): Vector {
  const { alt, ...rest } = file;
  return { ...rest, alternatives: alt ?? [], bytes: readFileSync(join(folder, file.file)) };
}

/** Recordings of SIP and MSRP as pcapng files: started, listed and stopped by operators. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SeatTrace } from '../../lib/util/channels.js';
import { type Clock, systemClock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { type Logger, silent } from '../../lib/util/log.js';
import type { Wanted } from './legs.js';
import { type EndOfTrace, Trace } from './trace.js';
import { TraceFile } from './trace-file.js';

/** What a recorder has to know of the rooms; `Chatrooms.tracing`. */
export interface Tracing {
  /** Those who are in a room, or on their way; counted anew at every look. */
  readonly seated: Iterable<SeatTrace>;
  /**
   * The URI of a room by name, in the first domain, or by URI, whether there is one or not.
   *
   * @throws ChatroomsError `CHAT_ERR_ROOM_URI`
   */
  roomUri(nameOrUri: string): string;
  /** MSRP of worker threads comes to the channels of this one too, from the first `true` to as many times `false`. */
  octets(on: boolean): void;
}

/** `trace` of the configuration: what can change between two traces. */
export interface RecorderBounds {
  /** Where files are made, which are readable for our user alone; it is made when it is not there. */
  directory: string;
  /** Octets of a file at most. */
  maxBytes: number;
  /** Milliseconds that one records at most. */
  maxDuration: number;
}

export interface RecorderOptions extends RecorderBounds {
  tracing: Tracing;
  clock?: Clock;
  log?: Logger;
  /** Makes a file that is not there yet. */
  openFile?: (path: string) => Promise<FileHandle>;
}

export interface StartOptions extends Wanted {
  /** No more than the recorder's. @defaultValue that */
  maxBytes?: number | undefined;
  /** Milliseconds; no more than the recorder's. @defaultValue that */
  maxDuration?: number | undefined;
  /** Who asked for it, for the audit log. */
  by: string;
}

export interface Recording {
  readonly id: string;
  readonly path: string;
  readonly wanted: Wanted;
  readonly by: string;
  readonly startedAt: Date;
  /** Null while it goes on. */
  readonly ended: { at: Date; why: EndOfTrace } | null;
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly maxDuration: number;
  /** Messages in it. */
  readonly sip: number;
  readonly msrp: number;
  /** Octets of the file. */
  readonly bytes: number;
  /** Messages that are not in it because the disk, or a thread, was too slow. */
  readonly dropped: number;
}

/** Recordings at a time: each looks at all there is. */
const MAX_RUNNING = 4;
/** Recordings known, with those that ended; of the oldest only the file remains. */
const MAX_KNOWN = 100;

interface Entry extends Omit<Recording, 'sip' | 'msrp' | 'bytes' | 'dropped'> {
  ended: Recording['ended'];
  trace: Trace;
}

export class Recorder {
  #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  /** Files being made. */
  #starting = 0;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
  }

  /** For traces that begin from now on. */
  adjust(bounds: RecorderBounds): void {
    this.#options = { ...this.#options, ...bounds };
  }

  /** The latest last. */
  get list(): Recording[] {
    return [...this.#entries.values()].map(recordingOf);
  }

  get(id: string): Recording | undefined {
    const entry = this.#entries.get(id);
    return entry && recordingOf(entry);
  }

  /**
   * Begins to record. Rejects with a ChatroomsError: `CHAT_ERR_TOO_MANY_TRACES`, `CHAT_ERR_ROOM_URI`, `CHAT_ERR_TRACE_FILE`
   * when no file can be made.
   */
  async start({ room, participant, endpoint, by, ...limits }: StartOptions): Promise<Recording> {
    const { tracing, directory, maxBytes, maxDuration } = this.#options;
    const wanted: Wanted = {
      ...(room !== undefined && { room: tracing.roomUri(room) }),
      ...(participant !== undefined && { participant }),
      ...(endpoint !== undefined && { endpoint }),
    };
    const startedAt = this.#clock.date();
    const id = `${startedAt.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
    const path = join(directory, `${id}.pcapng`);
    const file = await this.#openFile(path);
    if (this.#closed) {
      await file.close();
      throw tooMany();
    }
    const bounds = {
      maxBytes: Math.min(limits.maxBytes ?? maxBytes, maxBytes),
      maxDuration: Math.min(limits.maxDuration ?? maxDuration, maxDuration),
    };
    // What is said in rooms is in it.
    this.#log.info({ act: 'trace', id, ...wanted, by, ...bounds }, 'audit');
    const over = (why: EndOfTrace): void => this.#over(id, why);
    const trace = new Trace({
      clock: this.#clock,
      log: this.#log,
      wanted,
      seated: tracing.seated,
      comment: JSON.stringify({ ...wanted, by }),
      file: new TraceFile(file, (error) => this.#broken(id, error)),
      ...bounds,
      ended: over,
    });
    tracing.octets(true);
    const entry: Entry = { id, path, wanted, by, startedAt, ended: null, ...bounds, trace };
    this.#entries.set(id, entry);
    this.#forgetOldest();
    return recordingOf(entry);
  }

  /** Ends it; resolves once its file is whole. False when there is none of that id. */
  async stop(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    await this.#end(entry, 'stopped');
    return true;
  }

  /** Ends it and deletes its file. False when there is none of that id. */
  async remove(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!(await this.stop(id)) || !entry) return false;
    this.#entries.delete(id);
    await rm(entry.path, { force: true });
    this.#log.info({ act: 'trace deleted', id }, 'audit');
    return true;
  }

  /** Ends all. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry, 'closed')));
  }

  #end({ id, trace }: Entry, why: EndOfTrace): Promise<void> {
    const closed = trace.end(why);
    this.#over(id, why);
    return closed;
  }

  async #openFile(path: string): Promise<FileHandle> {
    const running = [...this.#entries.values()].filter(({ ended }) => ended === null).length;
    if (this.#closed || running + this.#starting >= MAX_RUNNING) {
      throw tooMany();
    }
    this.#starting++;
    const { directory, openFile = makeFile } = this.#options;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return await openFile(path);
    } catch (cause) {
      const { message } = cause as Error;
      throw new ChatroomsError('CHAT_ERR_TRACE_FILE', `No trace can be recorded: ${message}; see trace.directory.`, {
        cause,
      });
    } finally {
      this.#starting--;
    }
  }

  #broken(id: string, error: Error): void {
    this.#log.error({ id, error: error.message }, 'trace cannot be written');
    const entry = this.#entries.get(id);
    if (entry) void this.#end(entry, 'failed');
  }

  #over(id: string, why: EndOfTrace): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.ended) return;
    entry.ended = { at: this.#clock.date(), why };
    this.#options.tracing.octets(false);
    this.#log.info({ act: 'trace ended', id, why }, 'audit');
  }

  #forgetOldest(): void {
    if (this.#entries.size <= MAX_KNOWN) return;
    for (const [id, { ended }] of this.#entries) {
      if (!ended) continue;
      this.#entries.delete(id);
      return;
    }
  }
}

const tooMany = (): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_TOO_MANY_TRACES', `${MAX_RUNNING} traces are being recorded; stop one first.`);

const makeFile = (path: string): Promise<FileHandle> => open(path, 'wx', 0o600);

const recordingOf = ({ trace, ...entry }: Entry): Recording => ({ ...entry, ...trace.counts });

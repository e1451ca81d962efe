import { open, rm } from 'node:fs/promises';
import type { NewTrace, Trace } from '../api/schemas/index.js';
import { UsageError } from '../config/problems.js';
import { ACCESS_FLAGS, ACCESS_HELP, apiAccess, ApiClient, ApiError } from './api-client.js';
import { readArguments } from './arguments.js';

const HELP = `drachtio-chatroom trace [ROOM] [options]

Records SIP and MSRP of a running server, until Ctrl-C, as a file for Wireshark. What people write is in it.

  ROOM                   name or URI of one room; without it whatever else is asked for, or all
  --participant URI      of one participant, by his authenticated URI
  --endpoint ID          of one device, by its id in log and API
  --seconds N            end after so many
  -o, --output FILE      default: trace-ID.pcapng
${ACCESS_HELP}  --help

The server records where its option trace.directory is set.
`;

export interface TraceIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  /** Aborted to end the recording. */
  signal: AbortSignal;
}

/** Milliseconds between two looks whether it has ended of itself. */
const LOOK = 1_000;

/**
 * `drachtio-chatroom trace`.
 * @param argv what stands behind `trace`
 * @returns exit code: 0 a file was written, 1 none could be, 2 wrong usage
 */
export async function runTrace(argv: readonly string[], { stdout, stderr, env, signal }: TraceIo): Promise<number> {
  const complain = (message: string, code: number): number => {
    stderr.write(`drachtio-chatroom: ${message}\n`);
    return code;
  };
  try {
    const asked = readOptions(argv);
    if (asked === 'help') {
      stdout.write(HELP);
      return 0;
    }
    const client = new ApiClient(apiAccess(asked.flags, env));
    await record(client, asked, { signal, say: (text) => void stderr.write(`${text}\n`) });
    return 0;
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (error instanceof UsageError) return complain(`${message}; drachtio-chatroom trace --help`, 2);
    if (error instanceof ApiError) return complain(message, 1);
    if (code !== undefined && path !== undefined) return complain(`${path} cannot be written (${code}); see -o`, 1);
    throw error;
  }
}

interface Asked {
  trace: NewTrace;
  output: string | undefined;
  flags: { url?: string; 'token-file'?: string };
}

/** @throws UsageError */
function readOptions(argv: readonly string[]): Asked | 'help' {
  const { values, positionals } = readArguments({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...ACCESS_FLAGS,
      participant: { type: 'string' },
      endpoint: { type: 'string' },
      seconds: { type: 'string' },
      output: { type: 'string', short: 'o' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const [room, more] = positionals;
  if (more !== undefined) throw new UsageError(`unexpected argument ${more}`);
  const { participant, endpoint, output, seconds, ...flags } = values;
  const maxDuration = seconds === undefined ? undefined : Number(seconds);
  if (maxDuration !== undefined && !(maxDuration > 0))
    throw new UsageError(`--seconds ${seconds} is no number of seconds`);
  return { trace: { room, participant, endpoint, maxDuration }, output, flags };
}

interface Recording {
  signal: AbortSignal;
  say: (text: string) => void;
}

async function record(client: ApiClient, { trace, output }: Asked, { signal, say }: Recording): Promise<void> {
  // Known before something is recorded in vain; without -o the name is that of the recording.
  if (output !== undefined) await checkNew(output);
  const { id, maxDuration } = await client.json<Trace>('POST', '/traces', { body: trace });
  say(`recording, for ${maxDuration} s at most; Ctrl-C ends it`);
  const path = `/traces/${id}`;
  let now = await client.json<Trace>('GET', path);
  while (now.ended === null && !signal.aborted) {
    await pause(Math.min(LOOK, maxDuration * 1000), signal);
    now = await client.json<Trace>('GET', path);
  }
  now = await client.json<Trace>('DELETE', path);
  const file = output ?? `trace-${id}.pcapng`;
  await client.download(`${path}/file`, file);
  await client.json('DELETE', `${path}?file=delete`);
  const lost = now.dropped > 0 ? `, ${now.dropped} lost` : '';
  say(`${file}: ${now.sip} SIP and ${now.msrp} MSRP messages${lost}; ended: ${now.ended}`);
}

/** Rejects, with Node's error, for a file that cannot be written or is there already: none is overwritten. */
async function checkNew(file: string): Promise<void> {
  await (await open(file, 'wx', 0o600)).close();
  await rm(file);
}

/** Until then, or until `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

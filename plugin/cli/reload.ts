import { parseArgs } from 'node:util';
import type { Reloaded } from '../api/schemas/index.js';
import { ACCESS_FLAGS, ACCESS_HELP, apiAccess, ApiClient, ApiError } from './api-client.js';

const HELP = `drachtio-chatroom reload [options]

Has a running server read its configuration again, and says what holds now and what waits for a restart.

${ACCESS_HELP}  --help

When something is wrong with it nothing changes. SIGHUP does the same.
`;

export interface ReloadIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
}

/**
 * `drachtio-chatroom reload`.
 * @param argv what stands behind `reload`
 * @returns exit code: 0 it was read, 1 it was not, 2 wrong usage
 */
export async function runReload(argv: readonly string[], { stdout, stderr, env }: ReloadIo): Promise<number> {
  const complain = (message: string, code: number): number => {
    stderr.write(`drachtio-chatroom: ${message}\n`);
    return code;
  };
  let flags: { url?: string; 'token-file'?: string; help?: boolean };
  try {
    flags = parseArgs({ args: [...argv], options: { ...ACCESS_FLAGS, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    return complain(`${(error as Error).message.split('. ', 1)[0]}; drachtio-chatroom reload --help`, 2);
  }
  if (flags.help) {
    stdout.write(HELP);
    return 0;
  }
  try {
    stdout.write(inWords(await new ApiClient(apiAccess(flags, env)).json<Reloaded>('POST', '/reload')));
    return 0;
  } catch (error) {
    if (error instanceof ApiError) return complain(error.message, 1);
    throw error;
  }
}

function inWords({ applied, restart }: Reloaded): string {
  if (applied.length + restart.length === 0) return 'nothing has changed\n';
  const now = applied.map((option) => `${option}: holds\n`);
  const later = restart.map(({ option, why }) => `${option}: after a restart (${why})\n`);
  return [...now, ...later].join('');
}

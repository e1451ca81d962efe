import type { Reloaded } from '../api/schemas/index.js';
import { UsageError } from '../config/problems.js';
import { ACCESS_FLAGS, ACCESS_HELP, apiAccess, ApiClient, ApiError } from './api-client.js';
import { readArguments } from './arguments.js';

const HELP = `drachtio-chatroom reload [options]

Has a running server read its configuration again, and says what holds now and what waits for a restart.

${ACCESS_HELP}  --help

When something is wrong with it nothing changes. SIGHUP does the same.
`;

const FLAGS = { ...ACCESS_FLAGS, help: { type: 'boolean', short: 'h' } } as const;

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
  try {
    const { values: flags } = readArguments({ args: [...argv], options: FLAGS });
    if (flags.help) stdout.write(HELP);
    else stdout.write(inWords(await new ApiClient(apiAccess(flags, env)).json<Reloaded>('POST', '/reload')));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message}; drachtio-chatroom reload --help`, 2);
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

import { type Clock, systemClock } from '../../lib/util/clock.js';
import { UsageError } from '../config/problems.js';
import { ApiClient, ApiError } from './api-client.js';
import { harmless } from './chat/format.js';
import type { Outcome } from './rooms/commands.js';
import { HELP, readOptions, type RoomsOptions } from './rooms/options.js';

export interface RoomsIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
}

/**
 * `drachtio-chatroom rooms`: the HTTP API of a server that runs, by hand.
 *
 * @param argv what stands behind `rooms`
 * @returns exit code: 0 done, 1 not done, 2 wrong usage
 */
export async function runRooms(argv: readonly string[], io: RoomsIo, clock: Clock = systemClock): Promise<number> {
  const complain = (message: string, code: number): number => {
    io.stderr.write(`drachtio-chatroom rooms: ${harmless(message)}\n`);
    return code;
  };
  try {
    const options = readOptions(argv, io.env);
    if (options === 'help') io.stdout.write(HELP);
    else await run(options, io, clock);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message} (--help lists what there is)`, 2);
    if (error instanceof ApiError) return complain(error.message, 1);
    throw error;
  }
}

async function run({ command, args, flags, json, access }: RoomsOptions, io: RoomsIo, clock: Clock): Promise<void> {
  const show = ({ body, text }: Outcome): void => {
    if (!json) io.stdout.write(text);
    else if (body !== undefined) io.stdout.write(`${JSON.stringify(body)}\n`);
  };
  const outcome = command.run(new ApiClient(access, clock), args, flags);
  if (outcome instanceof Promise) show(await outcome);
  else for await (const each of outcome) show(each);
}

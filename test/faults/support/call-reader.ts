import { Caller } from '../../support/caller.js';
import type { Callers } from './callers.js';
import { Reader } from './crowd.js';
import { ROOM } from './network.js';

/** A peer made by hand: its MSRP is a `Reader`, and it is told why its dialog ends. */
export async function callReader(
  callers: Callers,
  name: string,
  how?: Parameters<typeof Reader.bind>[1],
): Promise<{ caller: Caller; reader: Reader; ended: Promise<string> }> {
  const caller = await Caller.call(callers, ROOM, { uri: `sip:${name}@example.com` });
  const port = Number(/^msrp:\/\/[^/]*:(\d+)\//.exec(caller.roomPath)?.[1]);
  const reader = await Reader.bind({ port, own: caller.path, peer: caller.roomPath }, how);
  const ended = caller.answered('BYE').then((bye) => bye.headers.get('Reason') ?? 'no reason');
  callers.onClose(() => reader.socket.destroy());
  return { caller, reader, ended };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Caller } from '../../support/caller.js';
import { Callers } from '../support/callers.js';
import { callReader } from '../support/call-reader.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene } from '../support/network.js';

const VANISHING = join(__dirname, '..', 'support', 'vanishing.mjs');

/** A participant whose MSRP is in a process that is stopped: its system takes octets, and nobody reads them. */
async function vanish(callers: Callers): Promise<{ child: ChildProcess; ended: Promise<string> }> {
  const caller = await Caller.call(callers, ROOM, { uri: 'sip:vanished@example.com' });
  const port = Number(/^msrp:\/\/[^/]*:(\d+)\//.exec(caller.roomPath)?.[1]);
  const session = JSON.stringify({ port, own: caller.path, peer: caller.roomPath });
  const child = spawn(process.execPath, [VANISHING, session], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  return { child, ended: caller.answered('BYE').then((bye) => bye.headers.get('Reason') ?? 'no reason') };
}

export const halfOpen: Fault = {
  name: 'a peer ends its direction and reads on; another vanishes without a word',
  waits: true,
  run: () =>
    scene([], async ({ server, through, metric }) => {
      const callers = new Callers(server.sip);
      const half = await callReader(callers, 'half', { allowHalfOpen: true });
      const { child, ended } = await vanish(callers);
      try {
        const delays = await through(async () => {
          await half.reader.has(1);
          half.reader.socket.end();
          // Its connection goes at once: nothing of it could be answered any more.
          await half.reader.closed;
          expect(await half.ended).toBe('no reason');
          // 4975-7.1.1-17
          expect(await ended).toBe('SIP;cause=480;text="unresponsive"');
        });
        expect(await metric('chatroom_endpoints')).toBe(2);
        return {
          notices:
            'the first: its connection closes, BYE unless a re-INVITE comes within 30 s; the other: BYE after 30 s without an answer (RFC 4975 §7.1.1)',
          lost: 'what was sent to them meanwhile',
          delays,
        };
      } finally {
        child.kill('SIGKILL');
        await callers.close();
      }
    }),
};

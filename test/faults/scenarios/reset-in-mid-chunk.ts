import { cpim } from '../../support/caller.js';
import { Crowd } from '../support/crowd.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene, witnessed } from '../support/network.js';

const SENDERS = 50;

export const resetInMidChunk: Fault = {
  name: `${SENDERS} senders reset their connections in the middle of a chunk`,
  run: () =>
    scene([], async ({ server, through, metric }) => {
      const crowd = await Crowd.gather(ROOM, server.sip, SENDERS + 1);
      try {
        const [witness, ...senders] = crowd.readers;
        const delays = await through(async () => {
          for (const [index, sender] of senders.entries()) {
            const body = cpim(Crowd.uri(index + 1), ROOM, 'half of what was to come '.repeat(400));
            sender.send({ tid: `half${String(index).padStart(4, '0')}`, range: '1-*/100000', body, flag: '' });
          }
          await witnessed(() => metric('chatroom_partial_bytes').then((octets) => octets > 0));
          for (const { socket } of senders) socket.resetAndDestroy();
          await witnessed(async () => (await metric('chatroom_msrp_connections')) <= 3);
        });
        expect(witness.socket.destroyed).toBe(false);
        return {
          notices: 'the focus: a re-INVITE within 30 s goes on with the message, else BYE; recipients: `#` then',
          lost: 'the messages that were under way, unless their senders come back',
          delays,
        };
      } finally {
        crowd.disperse();
      }
    }),
};

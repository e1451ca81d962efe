import { cpim } from '../../support/caller.js';
import { callReader } from '../support/call-reader.js';
import { Callers } from '../support/callers.js';
import { Crowd } from '../support/crowd.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene } from '../support/network.js';

const TEXT = 'x'.repeat(16_384);
/** Octets of one read of the trickling reader, and milliseconds until the next. */
const PIECE = 1024;
const PERIOD = 100;
/** Milliseconds; of the fault only, because nobody waits for the default of three minutes here. */
const CONGESTION_TIMEOUT = 10_000;

export const slowReaders: Fault = {
  name: `a reader takes ${PIECE} octets now and then, one nothing, one answers nothing`,
  waits: true,
  run: () =>
    scene(
      ['--limit', 'maxPendingBytes=262144', '--limit', `congestionTimeout=${CONGESTION_TIMEOUT}`],
      async ({ server, through, metric }) => {
        const callers = new Callers(server.sip);
        const crowd = await Crowd.gather(ROOM, server.sip, 1);
        const [speaker] = crowd.readers;
        let trickling: NodeJS.Timeout | undefined;
        try {
          const trickle = await callReader(callers, 'trickle', { piece: PIECE });
          const deaf = await callReader(callers, 'deaf');
          const mute = await callReader(callers, 'mute');
          trickling = setInterval(() => trickle.reader.socket.resume(), PERIOD);
          deaf.reader.socket.pause();
          mute.reader.answers = false;
          const delays = await through(async () => {
            while ((await metric('chatroom_congested_endpoints')) < 2) {
              expect(await speaker.say(cpim(Crowd.uri(0), ROOM, TEXT))).toBe(200);
            }
            expect(await trickle.ended).toBe('SIP;cause=480;text="congested"');
            expect(await deaf.ended).toBe('SIP;cause=480;text="congested"');
            expect(await mute.ended).toBe('SIP;cause=480;text="unresponsive"');
          });
          expect(await metric('chatroom_congestion_disconnects_total')).toBe(2);
          return {
            notices:
              'those who read too little: BYE after `limits.congestionTimeout`; who answers nothing: BYE after 30 s',
            lost: 'what waited for them',
            delays,
          };
        } finally {
          clearInterval(trickling);
          crowd.disperse();
          await callers.close();
        }
      },
    ),
};

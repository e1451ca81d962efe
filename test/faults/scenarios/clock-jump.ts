import { join } from 'node:path';
import { joinRoom } from '../../../lib/client/testing.js';
import { serveUnder } from '../../support/program.js';
import { Callers } from '../support/callers.js';
import type { Fault } from '../support/fault.js';
import { Talk } from '../support/talk.js';

const ROOM = 'sip:lobby@localhost';
const CLOCK = join(__dirname, '..', 'support', 'clock.cjs');

export const clockJump: Fault = {
  name: 'somebody sets the clock an hour forward, then two hours back',
  async run() {
    const { program, sip } = await serveUnder({ env: { NODE_OPTIONS: `--require ${CLOCK}` } });
    const callers = new Callers(sip);
    const talk = await Talk.begin(ROOM, sip);
    try {
      // Owes answers: what waits for them is what a clock that jumps would end.
      const late = await callers.join(ROOM, { uri: 'sip:carla@example.com' });
      late.msrp.automatic = false;
      const before = await talk.say();
      const during = await talk.during(async () => {
        program.signal('SIGUSR2');
        await program.shows('clock set by 3600000');
        const { participant } = await joinRoom(ROOM, { uri: 'sip:new@example.com', proxy: sip });
        program.signal('SIGUSR2');
        await program.shows('clock set by -3600000');
        await participant.leave();
      });
      late.msrp.automatic = true;
      const [asked] = late.msrp.untaken;
      if (asked) late.msrp.answer(asked, '200 OK');
      expect(late.msrp.socket?.destroyed).toBe(false);
      expect(await talk.say()).toEqual(expect.anything());
      return { notices: 'nobody', lost: 'nothing', delays: { before, during } };
    } finally {
      await talk.end();
      await callers.close();
      program.kill();
    }
  },
};

import { join } from 'node:path';
import { joinRoom } from '../../../lib/client/testing.js';
import { serveUnder } from '../../support/program.js';
import type { Fault } from '../support/fault.js';
import { Talk } from '../support/talk.js';

const ROOM = 'sip:lobby@localhost';
const ERRORS = join(__dirname, '..', 'support', 'emit-errors.cjs');

export const emittedErrors: Fault = {
  name: 'every listener and socket reports an error',
  async run() {
    const { program, sip } = await serveUnder(
      { env: { NODE_OPTIONS: `--require ${ERRORS}` } },
      '--msrp-ws',
      '127.0.0.1:0',
      '--sip-ws',
      '127.0.0.1:0',
    );
    const talk = await Talk.begin(ROOM, sip);
    try {
      const before = await talk.say();
      const during = await talk.during(async () => {
        program.signal('SIGUSR2');
        await program.shows('errors of ');
        expect(program.stdout).toMatch(/errors of (?=.*Server)(?=.*Socket)/);
        const { participant } = await joinRoom(ROOM, { uri: 'sip:new@example.com', proxy: sip });
        await participant.leave();
      });
      expect(await program.stop()).toMatchObject({ code: 0 });
      return { notices: 'the log', lost: 'nothing', delays: { before, during } };
    } finally {
      await talk.end();
      program.kill();
    }
  },
};

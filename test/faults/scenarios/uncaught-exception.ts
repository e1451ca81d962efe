import { join } from 'node:path';
import { joinRoom } from '../../../lib/client/testing.js';
import { serveUnder } from '../../support/program.js';
import type { Fault } from '../support/fault.js';

const DEFECT = join(__dirname, '..', 'support', 'defect.cjs');

export const uncaughtException: Fault = {
  name: 'an exception that nobody catches',
  async run() {
    const { program, sip } = await serveUnder({ env: { NODE_OPTIONS: `--require ${DEFECT}` } }, '--log-format', 'json');
    try {
      const { events } = await joinRoom('sip:lobby@localhost', { uri: 'sip:ana@localhost', proxy: sip });
      program.signal('SIGUSR2');
      const [end] = await events.next('ended');
      expect(end).toMatchObject({ kind: 'removed', cause: 503 });
      const { code, stderr } = await program.exited;
      expect(code).toBe(1);
      const line = stderr.split('\n').find((text) => text.includes('a defect of the test'));
      const stack = expect.stringContaining('defect.cjs') as string;
      expect(JSON.parse(line ?? '{}')).toMatchObject({ error: 'a defect of the test', stack });
      return {
        notices: 'participants get BYE with 503, the log the stack, the supervisor exit code 1',
        lost: 'nothing that was acknowledged',
      };
    } finally {
      program.kill();
    }
  },
};

import { joinRoom } from '../../../lib/client/testing.js';
import { serveUnder } from '../../support/program.js';
import { Callers } from '../support/callers.js';
import type { Fault } from '../support/fault.js';
import { Talk } from '../support/talk.js';

const ROOM = 'sip:lobby@localhost';
/** No file gets larger than 64 blocks: writes fail like those to a full disk. */
const FULL = ['sh', '-c', 'ulimit -f 64 && exec "$0" "$@"'];
const MIB = 1_048_576;
const SIZE = 8 * MIB;

async function* octets(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= MIB) yield new Uint8Array(Math.min(left, MIB)).fill(0x61);
}

export const diskFull: Fault = {
  name: 'a large message for one who does not read, and the disk is full',
  async run() {
    const { program, sip } = await serveUnder({ under: FULL }, '--log-format', 'json');
    const callers = new Callers(sip);
    const talk = await Talk.begin('sip:other@localhost', sip);
    try {
      const sender = await joinRoom(ROOM, { uri: 'sip:ana@example.com', proxy: sip });
      const reader = await joinRoom(ROOM, { uri: 'sip:bob@example.com', proxy: sip });
      const stalled = await callers.join(ROOM, { uri: 'sip:carla@example.com' });
      const { socket } = stalled.msrp;
      socket?.pause();
      const before = await talk.say();
      const during = await talk.during(async () => {
        await sender.participant.sendContent(ROOM, 'application/octet-stream', octets(SIZE));
        const [{ content }] = await reader.events.next('message', (message) => message.content.length === SIZE);
        expect(content.every((octet) => octet === 0x61)).toBe(true);
      });
      await program.logs('cannot spool');
      socket?.resume();
      await sender.participant.send('and on');
      const after = await stalled.msrp.frameOf('SEND');
      for (let frame = after; !frame.body?.includes('and on'); frame = await stalled.msrp.frameOf('SEND')) {
        // What came of the large message is no whole message, and said to be none.
        expect(frame.flag).not.toBe('$');
      }
      return {
        notices: 'the log; who did not read: `#`',
        lost: 'that message, for who did not read it',
        delays: { before, during },
      };
    } finally {
      await talk.end();
      await callers.close();
      program.kill();
    }
  },
};

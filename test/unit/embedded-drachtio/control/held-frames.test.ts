import { ECHO_LEAD, HeldFrames } from '../../../../lib/embedded-drachtio/control/held-frames.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Tokens 2 to 7 of a frame. */
const from = (port: number, who = 'network'): string[] => [
  who,
  '100',
  'udp',
  '192.0.2.1',
  `${port}`,
  '10:00:00.000000',
];

let clock: ManualClock;
let written: string[];
let held: HeldFrames;
beforeEach(() => {
  clock = new ManualClock();
  written = [];
  held = new HeldFrames(clock, (frame) => written.push(frame.toString()));
});

const push = (name: string, keys: string[], source: string[]): void => {
  if (!held.keep(Buffer.from(name), keys, source)) written.push(name);
};

test('what is about a transaction or dialog waits behind its echo, all else does not', () => {
  held.hold('dialog');
  push('of the transaction', ['dialog', ''], from(1));
  push('of the dialog', ['transaction', 'dialog'], from(2));
  push('of another', ['other', ''], from(3));
  expect(written).toEqual(['of another']);
  clock.advance(ECHO_LEAD);
  expect(written).toEqual(['of another', 'of the transaction', 'of the dialog']);
  push('later', ['dialog', ''], from(1));
  expect(written.at(-1)).toBe('later');
});

test('SUB-01 what a peer sends behind its ACK waits with that, and not longer', () => {
  held.hold('dialog');
  push('ACK', ['transaction', 'dialog'], from(1));
  clock.advance(ECHO_LEAD - 1);
  push('SUBSCRIBE', ['new', ''], from(1));
  push('SUBSCRIBE of another peer', ['newer', ''], from(2));
  push('made up by the stack', ['unsolicited', ''], ['network', '0', 'unknown', '', '0', '']);
  push('sent by the stack', ['unsolicited', ''], from(1, 'application'));
  const free = ['SUBSCRIBE of another peer', 'made up by the stack', 'sent by the stack'];
  expect(written).toEqual(free);
  clock.advance(1);
  expect(written).toEqual([...free, 'ACK', 'SUBSCRIBE']);
  push('OPTIONS', ['newest', ''], from(1));
  expect(written.at(-1)).toBe('OPTIONS');
});

test('a peer with several holds hears itself in order', () => {
  held.hold('one');
  clock.advance(2);
  held.hold('two');
  push('ACK two', ['a', 'two'], from(1));
  push('ACK one', ['b', 'one'], from(1));
  push('SUBSCRIBE', ['c', ''], from(1));
  clock.advance(ECHO_LEAD - 2);
  push('MESSAGE', ['d', ''], from(1));
  expect(written).toEqual([]);
  clock.advance(2);
  expect(written).toEqual(['ACK two', 'ACK one', 'SUBSCRIBE', 'MESSAGE']);
});

test('nothing is written when the connection is gone', () => {
  held.hold('dialog');
  push('ACK', ['transaction', 'dialog'], from(1));
  held.clear();
  clock.advance(ECHO_LEAD);
  expect(written).toEqual([]);
  push('next', ['new', ''], from(1));
  expect(written).toEqual(['next']);
});

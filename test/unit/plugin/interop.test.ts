import { once } from 'node:events';
import { type ChatroomsOptions, chatrooms } from '../../../plugin/index.js';
import { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';

/** What a bodiless SEND to no session, with a Message-ID of so many characters, is answered. */
async function answerTo(length: number, interop: ChatroomsOptions['interop']): Promise<string> {
  const rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' }, interop });
  const listening = once(rooms, 'listening');
  await rooms.listen();
  const [{ msrp }] = (await listening) as [{ msrp: string }];
  const peer = await FakeMsrpPeer.connect(`msrp://${msrp}/nobody;tcp`, 'msrp://client.example:9/session;tcp');
  peer.send(undefined, { messageId: 'm'.repeat(length) });
  const { what } = await peer.frame();
  await peer.close();
  await rooms.close();
  return what;
}

test.each([
  [32, {}, '481'],
  [33, {}, '400'],
  [64, { lenientMessageId: true }, '481'],
  [65, { lenientMessageId: true }, '400'],
  [64, { lenientMessageId: true, strict: true }, '400'],
])('A-47, 4975-9-15: a Message-ID of %i characters with %j: %s', async (length, interop, status) => {
  expect(await answerTo(length, interop)).toBe(status);
});

import { NodeTransport } from '../../lib/client/node/transport.js';
import { MsrpLink } from '../../lib/client/msrp/link.js';
import { parseCpim } from '../../lib/cpim/index.js';
import { systemClock } from '../../lib/util/clock.js';
import { answer, Callees, pathIn } from '../support/callee.js';
import { cpim, newPath } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const BOB = 'sip:bob@example.com';

test('a chat client that is invited reads what is written, and writes to everybody (INV-01, 7701-5.2-06)', async () => {
  const callees = await Callees.start();
  const server = await ServerUnderTest.start({ outboundProxy: callees.proxy });
  try {
    const room = server.server.create(server.newRoom('conf.example.com'));
    const ana = await server.join(room.uri, 'ana');
    const results = room.invite(BOB);
    const invited = await callees.invited();
    const ownUri = newPath();
    const bob = await invited.accept(answer(ownUri));
    const roomPath = pathIn(invited.sdp);
    const read: string[] = [];
    let arrived: (() => void) | undefined;
    const link = await MsrpLink.open({
      transport: new NodeTransport(),
      target: { host: '127.0.0.1', port: server.msrp.port, secure: false, fingerprint: null },
      ownUri,
      peerPath: [roomPath],
      acceptTypes: ['message/cpim'],
      maxSize: 1_048_576,
      clock: systemClock,
      delegate: {
        onMessage: (_type, body) => {
          const bytes = Buffer.from(body);
          const parsed = parseCpim(bytes);
          if (parsed.ok) read.push(bytes.subarray(parsed.contentOffset).toString());
          arrived?.();
          return 200;
        },
        onReport: () => {},
        onClosed: () => {},
      },
    });
    expect(await results).toEqual([{ uri: BOB, status: 200, reason: 'OK' }]);
    const heard = ana.events.next('message');
    void link.send('message/cpim', Buffer.from(cpim(BOB, room.uri, 'Hello Ana')));
    expect((await heard)[0]).toMatchObject({ text: 'Hello Ana' });
    const reading = new Promise<void>((resolve) => {
      arrived = () => {
        if (read.includes('Hello Bob')) resolve();
      };
    });
    await ana.participant.send('Hello Bob');
    await reading;
    expect(read).toContain('Hello Bob');
    await bob.bye();
    link.destroy();
  } finally {
    await server.close();
    await callees.close();
  }
});

import { Callees } from '../support/callee.js';
import { Referrer, type Way } from '../support/referrer.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

const CARLA = 'sip:carla@example.com';

/** REFERs that really call somebody: flow 3 from end to end. */
describe.each<[Way, 'udp' | 'tcp']>([
  ['in dialog', 'udp'],
  ['in dialog', 'tcp'],
  ['out of dialog', 'udp'],
  ['out of dialog', 'tcp'],
])('REF-01 %s over %s', (way, transport) => {
  let callees: Callees;
  let server: ServerUnderTest;
  let room: string;
  let ana: Referrer;

  const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
    callees = await Callees.start(transport);
    server = await ServerUnderTest.start({ outboundProxy: callees.proxy, ...options });
    room = server.newRoom('conf.example.com');
    ana = await Referrer.inside(server, room, { way, transport });
  };
  afterEach(async () => {
    await server.close();
    await callees.close();
  });

  const bodies = async (): Promise<string> => (await ana.told())[2].trim();

  test('REF-05 REF-16 INV-03 who is added comes in, and its sender hears of each step', async () => {
    await start();
    const { response } = await ana.refer({
      headers: [
        ['Refer-To', `<${CARLA};method=INVITE>`],
        ['Referred-By', '<sip:mallory@example.com>'],
        ['Subject', 'not the subject of the room'],
      ],
    });
    expect(response.status).toBe(202);
    expect(await bodies()).toBe('SIP/2.0 100 Trying');
    const invited = await callees.invited();
    expect(invited.request.uri).toBe(CARLA);
    expect(invited.header('Referred-By')).toContain('<sip:ana@example.com>');
    // REF-16.
    expect(`${invited.header('Subject')} ${invited.header('Referred-By')}`).not.toMatch(/not the subject|mallory/);
    invited.reply(180);
    expect(await bodies()).toBe('SIP/2.0 180 Ringing');
    const carla = await invited.join();
    expect(await bodies()).toBe('SIP/2.0 200 OK');
    expect([...(server.server.room(room)?.participants.keys() ?? [])]).toEqual(['sip:ana@example.com', CARLA]);
    await carla.bye();
  });

  test.each([
    [486, 'Busy Here'],
    [603, 'Decline'],
  ])('REF-05 INV-17 %i is told as it came', async (status, reason) => {
    await start();
    expect(await ana.status(CARLA)).toBe(202);
    await ana.notify();
    (await callees.invited()).reply(status);
    expect(await bodies()).toBe(`SIP/2.0 ${status} ${reason}`);
  });

  test('REF-10 somebody who is being called, or in already, is not called again', async () => {
    await start();
    expect(await ana.status(CARLA)).toBe(202);
    expect(await bodies()).toBe('SIP/2.0 100 Trying');
    expect(await ana.status(CARLA)).toBe(202);
    expect(await bodies()).toBe('SIP/2.0 100 Trying');
    const invited = await callees.invited();
    const carla = await invited.join();
    expect([await bodies(), await bodies()]).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 200 OK']);
    expect(await ana.status(CARLA)).toBe(202);
    expect([await bodies(), await bodies()]).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    expect(callees.sip.unread).toBe(0);
    await carla.bye();
  });

  test('INV-02 REF-15 a room of ours, or one that nobody may call, is 403', async () => {
    await start();
    for (const target of [room, server.newRoom('conf.example.com'), 'mailto:carla@example.com']) {
      expect([target, await ana.status(`<${target}>`)]).toEqual([target, 403]);
    }
    expect(callees.sip.unread).toBe(0);
  });
});

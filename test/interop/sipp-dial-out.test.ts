import type { Room } from '../../plugin/rooms-api.js';
import { Caller } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import type { SipPeer } from '../support/sip-peer.js';
import { SippCallee, type SippTransport, WELL } from '../support/sipp.js';
import { MESSAGE_LINE, SDP, SippScenario, sdp } from '../support/sipp-scenario.js';

jest.setTimeout(30_000);

const NUMBER = 'tel:+33600000002';

/** One row of what becomes of an INVITE of the room: the standing is that of a group, whose members' view has `rcs`. */
type Row = [status: number, phrase: string, plain: 'busy' | 'failed', standing: string, rcs: string];

const BUSY = '<status>disconnected</status><disconnection-method>busy</disconnection-method>';
const FAILED = '<status>disconnected</status><disconnection-method>failed</disconnection-method>';
const PENDING = '<status>pending</status>';

const ROWS: Row[] = [
  [486, 'Busy Here', 'busy', 'busy', BUSY],
  [600, 'Busy Everywhere', 'busy', 'busy', BUSY],
  [408, 'Request Timeout', 'failed', 'pending', PENDING],
  [480, 'Temporarily Unavailable', 'failed', 'pending', PENDING],
  [430, 'Flow Failed', 'failed', 'pending', PENDING],
  [500, 'Server Internal Error', 'failed', 'pending', PENDING],
  [503, 'Service Unavailable', 'failed', 'pending', PENDING],
  [504, 'Server Time-out', 'failed', 'pending', PENDING],
  [404, 'Not Found', 'failed', 'failed', FAILED],
  [604, 'Does Not Exist Anywhere', 'failed', 'failed', FAILED],
  [410, 'Gone', 'failed', 'failed', FAILED],
  [484, 'Address Incomplete', 'failed', 'failed', FAILED],
  [403, 'Forbidden', 'failed', 'failed', FAILED],
  [488, 'Not Acceptable Here', 'failed', 'failed', FAILED],
  [606, 'Not Acceptable', 'failed', 'failed', FAILED],
  [415, 'Unsupported Media Type', 'failed', 'failed', FAILED],
  [603, 'Decline', 'failed', 'declined', FAILED],
];

/** What a status becomes that somebody who was connected before answers. */
const WHO_WAS_IN: Row[] = [
  [603, 'Decline', 'failed', 'departed', '<status>disconnected</status><disconnection-method>departed'],
  [403, 'Forbidden', 'failed', 'disconnected', '<status>disconnected</status></endpoint>'],
];

let server: ServerUnderTest | undefined;
let callee: SippCallee;
let room: Room;
afterEach(() => server?.close());

async function start(options: ServerUnderTestOptions = {}): Promise<void> {
  server = await ServerUnderTest.start({ ...options, outboundProxy: callee.proxy });
  const roster = { interval: 0, notify: 'partial', watch: 'anyone' } as const;
  room = server.server.create('sip:lunch@conf.example.com', { roster });
}

const GROUP: ServerUnderTestOptions = { profile: 'rcs', rooms: { defaults: { membership: true } } };

/** NOTIFYs of the room to somebody, who is perhaps a handset. */
class Watcher {
  private constructor(private readonly sip: SipPeer) {}

  static async of({ uri }: Room, { expires, handset }: { expires: number; handset: boolean }): Promise<Watcher> {
    if (!server) throw new Error('no server');
    const sip = await Caller.agent(server, 'tcp');
    const contact = `<${sip.uri}>${handset ? ';+g.oma.sip-im' : ''}`;
    const headers: [string, string][] = [
      ['Event', 'conference'],
      ['Expires', String(expires)],
      ['Contact', contact],
      ['From', '<sip:watcher@example.com>;tag=w1'],
    ];
    await sip.subscribe(uri, headers);
    return new Watcher(sip);
  }

  /** The user whose entity is `uri`, in the first document that says `what` of him. */
  async learns(uri: string, what = ''): Promise<string> {
    for (;;) {
      const notify = await this.sip.next();
      notify.reply(200);
      const document = notify.request.body.toString().replace(/>\s+</g, '><');
      const [user] = document.split('<user ').filter((part) => part.startsWith(`entity="${uri}"`));
      if (user?.includes(what)) return user;
    }
  }
}

/** Who joins by SIPp: the room connects to him. */
const accepts = (scenario: SippScenario, { path }: FakeMsrpPeer): SippScenario => {
  const line = MESSAGE_LINE.map((each) => {
    if (each.startsWith('a=path')) return `a=path:${path}`;
    if (each.startsWith('m=')) return each.replace('2855', /:(\d+)\//.exec(path)?.[1] ?? '');
    return each.replace('setup:active', 'setup:passive');
  });
  return scenario.answer(200, { headers: [SDP], body: sdp(...line) }).request('ACK');
};

const refuses = (status: number, reason: string, ...headers: [string, string][]): SippScenario =>
  new SippScenario().request('INVITE').answer(180).answer(status, { reason, headers }).request('ACK');

describe.each<[SippTransport]>([['u1'], ['t1']])('who is invited answers by SIPp -t %s', (transport) => {
  beforeEach(async () => {
    callee = await SippCallee.at(transport);
  });

  test.each(ROWS)('INV-17 DOC-23 %i %s: %s', async (status, reason, method) => {
    const call = await callee.take(refuses(status, reason));
    await start();
    const watcher = await Watcher.of(room, { expires: 600, handset: false });
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status, reason }]);
    const shown = await watcher.learns(NUMBER, 'disconnected');
    expect(shown).toContain(
      `<status>disconnected</status><joining-method>dialed-out</joining-method><disconnection-method>${method}</disconnection-method>`,
    );
    expect(shown).toContain(`<reason>Reason: SIP;cause=${status};text="${reason}"</reason>`);
    expect(await call.result).toEqual(WELL);
  });

  test.each(ROWS)('INV-17 DOC-18 %i %s of a group: %s; he is %s then', async (status, reason, _plain, standing, rcs) => {
    const call = await callee.take(refuses(status, reason));
    await start(GROUP);
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status, reason }]);
    expect(server?.server.chat.focus.room(room.uri)?.members.get(NUMBER)?.standing).toBe(standing);
    const watcher = await Watcher.of(room, { expires: 0, handset: true });
    const shown = (await watcher.learns(NUMBER)).replace(/<joining-method>[^<]*<\/joining-method>/, '');
    expect(shown).toContain(rcs);
    expect(await call.result).toEqual(WELL);
  });
});

import { SipAgent } from '../../../../lib/client/sip/agent.js';
import { silent } from '../../../../lib/util/log.js';
import { FakeFocus } from '../../../support/fake-focus.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ROOM = 'sip:lobby@chat.example.com';

let focus: FakeFocus;

beforeEach(async () => {
  focus = await FakeFocus.listen();
});
afterEach(() => focus.close());

test('7701-5.2-09 who is anonymous asks for privacy with every request that begins a dialog', async () => {
  const call = { room: ROOM, from: 'sip:anonymous-1@anonymous.invalid', anonymous: true };
  const proxy = { host: '127.0.0.1', port: focus.port };
  const agent = await SipAgent.open(call, { proxy, transport: 'udp', clock: new ManualClock(), log: silent });
  for (const method of ['INVITE', 'SUBSCRIBE']) {
    const { headers } = agent.createRequest({ method, uri: ROOM, callId: 'c', localTag: 't', headers: [] });
    expect(headers.get('Privacy')).toBe('id');
    expect(headers.get('From')).toBe('<sip:anonymous-1@anonymous.invalid>;tag=t');
    expect(headers.get('Contact')).toMatch(/^<sip:anonymous-1@/);
  }
  agent.close();
});

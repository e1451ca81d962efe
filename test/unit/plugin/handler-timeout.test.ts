import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { parseOptions } from '../../../plugin/options/parse-options.js';
import { PunctualProbe } from '../../../plugin/testing/punctual-probe.js';
import { Server } from '../../../plugin/server.js';
import type { SrfLike } from '../../../plugin/drachtio/srf-types.js';
import { ManualClock } from '../../support/manual-clock.js';
import { chatOffer, SDP, ScriptedAgent } from '../../support/scripted-agent.js';
import { patientClock } from '../../support/patient-clock.js';

test('DRA-G15: a handler that never decides: 504 after 30 s, and nobody joins when it decides later', async () => {
  const endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
  const clock = new ManualClock();
  const asked = new EventEmitter();
  const settings = parseOptions({
    msrp: { listen: '127.0.0.1:0' },
    authorizeJoin: () =>
      new Promise<void>((resolve) => {
        asked.once('decide', resolve);
        asked.emit('asked');
      }),
  });
  const server = new Server(settings, new EventEmitter(), { clock, probe: () => new PunctualProbe() });
  const srf = new Srf();
  server.attach(srf as unknown as SrfLike);
  const connected = once(srf as unknown as EventEmitter, 'connect');
  await Promise.all([connected, srf.connect({ ...endpoint.control, secret: endpoint.secret })]);
  const alice = await ScriptedAgent.open(endpoint.addresses.udp?.port ?? 0, 'alice');
  const thinking = once(asked, 'asked');
  const answer = alice.ask('INVITE', { headers: SDP, body: chatOffer() });
  await thinking;
  clock.advance(30_000);
  expect((await answer).what).toBe('504');
  asked.emit('decide');
  await alice.ask('MESSAGE');
  expect(server.rooms.size).toBe(0);
  expect(clock.pending).toBe(0);
  alice.close();
  srf.disconnect();
  await endpoint.close();
});

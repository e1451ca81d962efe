import { type EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { type Chatrooms, chatrooms, type Room } from '../../../../plugin/index.js';
import { answer, Callees } from '../../../support/callee.js';
import { newPath } from '../../../support/caller.js';
import { RealServerQuirks } from '../../../support/real-server-quirks.js';
import { patientClock } from '../../../support/patient-clock.js';
import { NEVER_LATE } from '../../../support/server.js';

const BOB = 'sip:bob@example.com';

let endpoint: EmbeddedDrachtio;
let quirks: RealServerQuirks;
let callees: Callees;
let rooms: Chatrooms;
let room: Room;
let srf: Srf;

beforeEach(async () => {
  callees = await Callees.start();
  endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
  quirks = await RealServerQuirks.start(endpoint.control);
  rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' }, outboundProxy: callees.proxy, limits: NEVER_LATE });
  srf = new Srf();
  await rooms.attach(srf);
  const connected = once(srf as unknown as EventEmitter, 'connect');
  await Promise.all([connected, srf.connect({ ...quirks.address, secret: endpoint.secret })]);
  room = await rooms.create('lunch');
});
afterEach(async () => {
  await rooms.close({ timeout: 0 });
  srf.disconnect();
  await quirks.close();
  await endpoint.close();
  await callees.close();
});

test('DRA-G3, DRA-G8: nothing of a call is spoilt by a real server', async () => {
  const results = room.invite(BOB);
  const invited = await callees.invited();
  // The room is in localhost: there the server's address is put, here and in what follows.
  expect(invited.header('Contact')).toBe(`<sip:lunch@127.0.0.1:${endpoint.addresses.udp?.port}>;isfocus`);
  const path = newPath();
  const bob = await invited.accept(answer(path));
  const subscribed = bob.request('SUBSCRIBE', [
    ['Event', 'conference'],
    ['Expires', '600'],
  ]);
  const notify = await callees.request();
  expect(notify.headers.get('Contact')).toBe(invited.header('Contact'));
  expect(await subscribed).toMatchObject({ status: 200 });
  await bob.connect(path);
  expect(await results).toMatchObject([{ status: 200 }]);
  await room.configure({ allowNicknames: false });
  const reinvite = await callees.invited();
  expect(reinvite.header('Contact')).toBe(invited.header('Contact'));
  reinvite.reply(488);
  await bob.bye();
  expect(quirks.complaints).toEqual([]);
});

test('DRA-G2: whoever is in by a call gets BYE when the control connection is back', async () => {
  const results = room.invite(BOB);
  const path = newPath();
  const bob = await (await callees.invited()).accept(answer(path));
  await bob.connect(path);
  await results;
  const back = quirks.authenticated();
  quirks.kill();
  await back;
  const bye = await callees.request();
  expect(bye.method).toBe('BYE');
  expect(bye.headers.get('Reason')).toContain('Signalling connection lost');
  expect(room.participants.size).toBe(0);
  await bob.msrp.close();
});

test('DRA-G15: of a call whose control connection is lost nobody waits for the end: 503', async () => {
  const results = room.invite(BOB);
  (await callees.invited()).reply(180);
  const back = quirks.authenticated();
  quirks.kill();
  expect(await results).toMatchObject([{ status: 503 }]);
  expect(await room.invite('sip:carla@example.com')).toMatchObject([{ status: 503 }]);
  await back;
});

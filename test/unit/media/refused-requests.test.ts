import { LocalPlane } from '../../../lib/media/local-plane.js';
import { silent } from '../../../lib/util/log.js';
import { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';
import { ManualClock } from '../../support/manual-clock.js';
import { request } from '../../support/msrp-frames.js';
import { endpoint, NotingFocus, OPEN_RULES, ROOM } from '../../support/switch-world.js';

const PEER = 'msrp://peer.example:7000/other;tcp';
const ID = 'Message-ID: msg1';

let plane: LocalPlane;
let here: string;
const peers: FakeMsrpPeer[] = [];

beforeEach(async () => {
  const msrp = { listen: { host: '127.0.0.1', port: 0 }, maxSessionsPerConnection: 1 };
  plane = new LocalPlane({ clock: new ManualClock(), log: silent, msrp });
  plane.events = new NotingFocus();
  const { tcp } = await plane.listen();
  here = `msrp://127.0.0.1:${tcp.port}`;
  plane.control.openRoom({ uri: ROOM, rules: OPEN_RULES });
  for (const id of ['ana#1', 'ben#1']) {
    const media = endpoint(id);
    plane.control.addEndpoint({ ...media, session: { ...media.session, localUri: `${here}/${id.slice(0, 3)};tcp` } });
  }
});
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
  for (const id of ['ana#1', 'ben#1']) plane.control.removeEndpoint(id);
  await plane.close();
});

/** Sends requests on a connection of their own, and then one that has an answer; returns the statuses of all answers but that. */
async function say(session: string, ...frames: [method: string, lines: readonly string[]][]): Promise<string[]> {
  const peer = await FakeMsrpPeer.connect(`${here}/${session};tcp`, PEER);
  peers.push(peer);
  for (const [method, lines] of frames) peer.write(request(`tid${peers.length}x`, method, peer.peer, PEER, lines));
  peer.write(request('lastOne1', 'SEND', `${here}/nobody;tcp`, PEER, [ID]));
  const statuses: string[] = [];
  for (;;) {
    const { tid, what } = await peer.frame();
    if (tid === 'lastOne1') return statuses;
    statuses.push(what);
  }
}

/** Without the one that each `say` ends with. */
function refused(says: number): Record<string, number> {
  const { 481: astray = 0, ...others } = plane.stats.refusedRequests;
  return { ...others, ...(astray > says && { 481: astray - says }) };
}

test('4975-7.3-01: requests for a session there is not are counted as 481, heard of or not; a REPORT never', async () => {
  const quiet = [ID, 'Failure-Report: no'];
  const report = [ID, 'Byte-Range: 1-5/5', 'Status: 000 200 OK'];
  expect(await say('none', ['SEND', [ID]], ['SEND', quiet], ['REPORT', report], ['NICKNAME', []])).toEqual([
    '481',
    '481',
  ]);
  expect(refused(1)).toEqual({ 481: 3 });
});

test('4975-5.4-06, 4975-12-02: a session of another connection is 506, an unknown method 501, one session too many 403', async () => {
  expect(await say('ana', ['SEND', [ID]])).toEqual(['200']);
  expect(await say('ana', ['SEND', [ID]])).toEqual(['506']);
  expect(await say('ben', ['SEND', [ID]], ['TALK', []])).toEqual(['200', '501']);
  expect(refused(3)).toEqual({ 501: 1, 506: 1 });
  const [ana] = peers;
  ana.write(request('tidBen1', 'SEND', `${here}/ana;tcp`, PEER, [ID]));
  expect((await ana.frame()).what).toBe('200');
  plane.control.removeEndpoint('ben#1');
  const media = endpoint('ben#1');
  plane.control.addEndpoint({ ...media, session: { ...media.session, localUri: `${here}/again;tcp` } });
  ana.write(request('tidBen2', 'SEND', `${here}/again;tcp`, PEER, [ID]));
  expect((await ana.frame()).what).toBe('403');
  expect(refused(3)).toEqual({ 403: 1, 501: 1, 506: 1 });
});

test('4975-10-10, 7701-7.1-06: what is malformed is 400, a nickname that is no text 424, each counted once and by nobody else', async () => {
  const badName = `Use-Nickname: "caf\u00e9"`;
  expect(await say('ana', ['SEND', []], ['NICKNAME', [badName]], ['SEND', [ID]])).toEqual(['400', '424', '200']);
  expect(refused(1)).toEqual({ 400: 1, 424: 1 });
  expect(plane.stats.traffic).toMatchObject({ refused: {}, nicknames: {} });
});

test('what a room refuses is counted there, not here', async () => {
  const peer = await FakeMsrpPeer.connect(`${here}/ana;tcp`, PEER);
  peers.push(peer);
  peer.send('hello', { contentType: 'text/plain' });
  expect((await peer.frame()).what).toBe('415');
  expect(plane.stats.refusedRequests).toEqual({});
  expect(plane.stats.traffic.refused).toEqual({ 415: 1 });
});

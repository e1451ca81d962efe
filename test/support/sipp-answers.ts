/** What SIPp says to an INVITE of a room, and how it offers a session that the room connects to. */
import type { FakeMsrpPeer } from './fake-msrp-peer.js';
import { MESSAGE_LINE, SDP, SippScenario, sdp } from './sipp-scenario.js';

/** SDP of a session that the room connects to: at `peer`, which speaks MSRP for SIPp. */
export const sdpAt = ({ path, port }: FakeMsrpPeer): string => {
  const line = MESSAGE_LINE.map((each) => {
    if (each.startsWith('a=path')) return `a=path:${path}`;
    return each.replace('2855', `${port}`).replace('setup:active', 'setup:passive');
  });
  return sdp(...line);
};

/** Who joins by SIPp: the room connects to him. */
export const accepts = (scenario: SippScenario, peer: FakeMsrpPeer): SippScenario =>
  scenario.answer(200, { headers: [SDP], body: sdpAt(peer) }).request('ACK');

export const refuses = (status: number, reason: string, ...headers: [string, string][]): SippScenario =>
  new SippScenario().request('INVITE').answer(180).answer(status, { reason, headers }).request('ACK');

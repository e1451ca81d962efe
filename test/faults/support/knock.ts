import { SipPeers } from '../../../bench/harness/join.js';
import { ROOM } from './network.js';

/** The status of one more who wants to join, and does not come then. */
export async function knock(port: number, index: number): Promise<number> {
  const sip = await SipPeers.connect(port, 'tcp');
  try {
    await sip.join(index, ROOM);
    return 200;
  } catch (error) {
    return Number(/SIP\/2\.0 (\d+)/.exec((error as Error).message)?.[1]);
  } finally {
    sip.close();
  }
}

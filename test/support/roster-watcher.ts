import { Caller } from './caller.js';
import type { ServerUnderTest } from './server.js';
import type { SipPeer } from './sip-peer.js';

/** Somebody who is sent NOTIFYs of a room. */
export class RosterWatcher {
  private constructor(private readonly sip: SipPeer) {}

  /** Subscribes to the room; by its feature tag a `handset` is one to the server. */
  static async of(server: ServerUnderTest, room: string, as: 'plain' | 'handset' = 'plain'): Promise<RosterWatcher> {
    const sip = await Caller.agent(server, 'tcp');
    const tag = as === 'handset' ? ';+g.oma.sip-im' : '';
    await sip.subscribe(room, [
      ['Event', 'conference'],
      ['From', '<sip:watcher@example.com>;tag=w1'],
      ['Contact', `<${sip.uri}>${tag}`],
    ]);
    return new RosterWatcher(sip);
  }

  /** The user whose entity is `uri`, in the first document that says `what` of him. */
  async learns(uri: string, what: string): Promise<string> {
    for (;;) {
      const notify = await this.sip.next();
      notify.reply(200);
      const document = notify.request.body.toString().replace(/>\s+</g, '><');
      const user = document.split('<user ').find((part) => part.startsWith(`entity="${uri}"`));
      if (user?.includes(what)) return user;
    }
  }
}

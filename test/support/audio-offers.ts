import { Caller, lines, newPath, offer } from './caller.js';
import type { ServerUnderTest } from './server.js';

export const AUDIO = ['m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000'];

/** Chat and audio; `audio` first as phones have it, or after. */
export function both(path = newPath(), audio: readonly string[] = AUDIO, order: 'first' | 'last' = 'first'): string {
  const chat = offer({ path });
  const at = chat.indexOf('m=message');
  if (order === 'last') return chat + lines(...audio);
  return chat.slice(0, at) + lines(...audio) + chat.slice(at);
}

/** `audio 30002 sendrecv` and so on, of each m-line. */
export const streams = (sdp: string): string[] =>
  sdp
    .split(/^m=/m)
    .slice(1)
    .map((section) => {
      const [, media, port] = /^(\S+) (\d+)/.exec(section) ?? [];
      const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r/m.exec(section)?.[1];
      return media === 'message'
        ? `message${port === '0' ? ' 0' : ''}`
        : [media, port, direction].filter(Boolean).join(' ');
    });

export const answerOf = (caller: Caller): string[] => streams(caller.response.body.toString());

let callers = 0;

/** Somebody else each time. @param sdp offers with this session URI; default `both` */
export async function joinWith(
  server: ServerUnderTest,
  room: string,
  sdp: (path: string) => string = both,
): Promise<Caller> {
  const path = newPath();
  const uri = `sip:caller${++callers}@example.com`;
  return Caller.join(server, room, { uri, path, body: sdp(path) });
}

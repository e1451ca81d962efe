/**
 * Other streams beside the chat, which a media server offers and answers (SDP-13): what it is to see of the peer's
 * description, and what of its own goes into ours.
 */
import type { Stream } from './local.js';
import { type MediaLine, parseSdp } from './media.js';

/** Lines of the session level that only make sense with all the m-lines they were written for (RFC 5888, RFC 8843). */
const ABOUT_ALL = /^a=(?:group|msid-semantic)(?::|$)/i;

/** Attributes that an m-line takes from the session level unless it has its own (RFC 8866, 8122, 8839). */
const INHERITED = /^(?:sendrecv|sendonly|recvonly|inactive|setup|fingerprint|ice-ufrag|ice-pwd|ice-options)(?::|$)/i;

/**
 * Index of the first audio line that a media server could take: RTP, and not refused by its port; -1 when there is none.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when this is no SDP
 */
export const audioLine = (sdp: string): number => parseSdp(sdp).media.findIndex(isAudio);

/** An audio stream over RTP that is not refused by its port. */
export const isAudio = (line: MediaLine | undefined): boolean =>
  line?.media === 'audio' && line.port !== 0 && /(?:^|\/)RTP\/S?AVPF?$/i.test(line.proto);

/**
 * The description without all m-lines but one: a media server takes no `m=message`.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when this is no SDP
 */
export function onlyLine(sdp: string, index: number): string {
  const { lines, media } = parseSdp(sdp);
  const section = media[index]?.lines ?? [];
  return [...lines.filter((line) => !ABOUT_ALL.test(line)), ...section].map((line) => `${line}\r\n`).join('');
}

/**
 * The m-lines of a media server's description, each with all that it takes from the session level; those at port 0, and
 * without address, are null.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` when this is no SDP
 */
export function streamsOf(sdp: string): (Stream | null)[] {
  const { lines, media } = parseSdp(sdp);
  const inherited = attributesOf(lines).filter((attribute) => INHERITED.test(attribute));
  return media.map((line) => {
    const { port, proto, formats, connection } = line;
    if (port === 0 || connection === null) return null;
    const own = attributesOf(line.lines);
    const names = new Set(own.map(nameOf));
    const isDirected = own.some((attribute) => DIRECTION.test(attribute));
    const added = inherited.filter(
      (attribute) => !names.has(nameOf(attribute)) && !(isDirected && DIRECTION.test(attribute)),
    );
    return { media: line.media, port, proto, formats: formats.join(' '), attributes: [...own, ...added], connection };
  });
}

const DIRECTION = /^(?:sendrecv|sendonly|recvonly|inactive)$/i;

const attributesOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('a=')).map((line) => line.slice(2));

const nameOf = (attribute: string): string => attribute.split(':', 1)[0].toLowerCase();

import { parse } from 'sdp-transform';
import { ChatroomsError } from '../util/errors.js';
import {
  attributeValue,
  type Chatroom,
  type Direction,
  type Fingerprint,
  parseChatroom,
  parseDirection,
  parseFingerprints,
  parseMaxSize,
  parsePath,
  parseSetup,
  parseTypes,
  type Setup,
} from './attributes.js';

/** Bound of an SDP in UTF-16 units; a SIP message over UDP cannot carry more. */
export const MAX_SDP_LENGTH = 65_535;

/** Bound of the m-lines in one description. */
export const MAX_MEDIA_LINES = 32;

/** One m-line with all that belongs to it. */
export interface MediaLine {
  /** Media type in lower case: `message`, `audio`, … */
  readonly media: string;
  readonly port: number;
  /** As written. */
  readonly proto: string;
  readonly formats: readonly string[];
  /** Address of the c-line that applies, without TTL; null when there is none. */
  readonly connection: string | null;
  /** Written or inherited from the session level; `sendrecv` otherwise. */
  readonly direction: Direction;
  /** The lines of this section as received, m-line first, in order, unknown ones included. */
  readonly lines: readonly string[];
  /** The MSRP attributes; null unless the media type is `message`. */
  readonly msrp: MsrpAttributes | null;
}

/** What an m-line of MSRP says of the session, read and not yet judged. */
export interface MsrpAttributes {
  /** Unchecked URIs in order; null when absent. */
  readonly path: readonly string[] | null;
  /** Entries in lower case; null when absent. */
  readonly acceptTypes: readonly string[] | null;
  readonly acceptWrappedTypes: readonly string[] | null;
  /** Octets of the largest complete message (4975-8.6-05). */
  readonly maxSize: number | null;
  readonly setup: Setup | null;
  /** Null when the media level has no such attribute (7701-8-01: at session level it is ignored). */
  readonly chatroom: Chatroom | null;
  /** Own ones, else those of the session level (8122-5-01). */
  readonly fingerprints: readonly Fingerprint[];
  readonly cema: boolean;
  /** The line transfers a file (RFC 5547 `file-selector`). */
  readonly fileTransfer: boolean;
}

/** An SDP, as far as it matters here; the rest is kept as lines. */
export interface SessionDescription {
  /** `start stop` of the first t-line; an answer repeats it (RFC 3264 §6). */
  readonly timing: { readonly start: number; readonly stop: number };
  /** o-line version; null when the o-line is missing or unreadable. */
  readonly version: number | null;
  /** The session-level lines as received. */
  readonly lines: readonly string[];
  readonly media: readonly MediaLine[];
}

/**
 * Parses an SDP into its m-lines.
 *
 * sdp-transform reads the lines of fixed form. Attributes are taken from the text, because its grammar keeps one value
 * of those that may repeat (`fingerprint`) and changing that grammar would change it for the whole process.
 *
 * @throws ChatroomsError `CHAT_ERR_SDP_SYNTAX` (SIP 400) when this is no SDP, or beyond the bounds
 */
export function parseSdp(text: string): SessionDescription {
  if (text.length > MAX_SDP_LENGTH) throw syntax(`more than ${MAX_SDP_LENGTH} characters`);
  const sections = splitSections(text);
  const [sessionLines, ...mediaSections] = sections;
  if (mediaSections.length > MAX_MEDIA_LINES) throw syntax(`more than ${MAX_MEDIA_LINES} m-lines`);

  const fixed: FixedLines = parse(sections.flat().filter(hasFixedForm).join('\r\n'));
  const session: Inherited = { connection: addressOf(fixed), attributes: attributesOf(sessionLines) };
  return {
    timing: { start: Number(fixed.timing?.start ?? 0), stop: Number(fixed.timing?.stop ?? 0) },
    version: fixed.origin === undefined ? null : Number(fixed.origin.sessionVersion),
    lines: sessionLines,
    media: mediaSections.map((lines, index) => parseMedia(lines, addressOf(fixed.media[index]), session)),
  };
}

/** Writes a description with every line and their order kept. */
export function formatSdp(description: SessionDescription): string {
  const lines = [...description.lines, ...description.media.flatMap((media) => media.lines)];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** The session level, then one section per m-line. */
function splitSections(text: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    if (!/^[a-z]=/.test(line)) throw syntax(`the line ${JSON.stringify(line.slice(0, 40))}`);
    if (line.startsWith('m=')) sections.push([]);
    sections[sections.length - 1].push(line);
  }
  if (!sections[0][0]?.startsWith('v=0')) throw syntax('it does not start with v=0');
  return sections;
}

const hasFixedForm = (line: string): boolean => /^[voctm]=/.test(line);

/** What an m-line takes from the session level where it says nothing itself. */
interface Inherited {
  connection: string | null;
  attributes: readonly string[];
}

const attributesOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('a=')).map((line) => line.slice(2));

/** sdp-transform yields a number where the text is one, else the text, whatever its types say. */
interface FixedLines {
  origin?: { sessionVersion: number | string };
  timing?: { start: number | string; stop: number | string };
  connection?: { ip: number | string };
  media: { connection?: { ip: number | string } }[];
}

const addressOf = (section: Pick<FixedLines, 'connection'> | undefined): string | null =>
  section?.connection === undefined ? null : String(section.connection.ip).split('/', 1)[0];

// sdp-transform does not read `port/count` nor a line without formats.
const MEDIA = /^m=([^ ]+) +(\d{1,5})(?:\/\d+)? +([^ ]+)(?: +(.*))?$/;

function parseMedia(lines: readonly string[], address: string | null, session: Inherited): MediaLine {
  const match = MEDIA.exec(lines[0]);
  if (!match || Number(match[2]) > 65_535) throw syntax(`the line ${JSON.stringify(lines[0].slice(0, 80))}`);
  const attributes = attributesOf(lines);
  const media = match[1].toLowerCase();
  return {
    media,
    port: Number(match[2]),
    proto: match[3],
    formats: (match[4] ?? '').split(' ').filter((format) => format !== ''),
    connection: address ?? session.connection,
    direction: parseDirection(attributes) ?? parseDirection(session.attributes) ?? 'sendrecv',
    lines,
    msrp: media === 'message' ? parseMsrp(attributes, session.attributes) : null,
  };
}

function parseMsrp(attributes: readonly string[], inherited: readonly string[]): MsrpAttributes {
  const value = (name: string): string | null => attributeValue(attributes, name);
  const fingerprints = parseFingerprints(attributes);
  return {
    path: parsePath(value('path')),
    acceptTypes: parseTypes(value('accept-types')),
    acceptWrappedTypes: parseTypes(value('accept-wrapped-types')),
    maxSize: parseMaxSize(value('max-size')),
    setup: parseSetup(value('setup') ?? attributeValue(inherited, 'setup')),
    chatroom: parseChatroom(value('chatroom')),
    fingerprints: fingerprints.length > 0 ? fingerprints : parseFingerprints(inherited),
    cema: value('msrp-cema') !== null,
    fileTransfer: value('file-selector') !== null,
  };
}

const syntax = (what: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_SDP_SYNTAX', `The SDP cannot be read: ${what}.`, { sipStatus: 400 });

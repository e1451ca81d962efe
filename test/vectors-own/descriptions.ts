/** Descriptions for the SDP vectors: written once as text and once as what a focus has to read. */
import type { OwnVector } from './vector.js';

export const PATH = 'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp';
export const TLS_PATH = PATH.replace('msrp:', 'msrps:');
export const RELAY = 'msrps://relay.example.org:2855/jq8;tcp';

/** An m-line of the peer: what is written and what has to be read. */
export interface LineSpec {
  media?: string;
  port?: number | string;
  proto?: string;
  fmt?: string;
  /** Attributes by name; null leaves one out that is usual. */
  path?: string | null;
  acceptTypes?: string | null;
  wrapped?: string | null;
  setup?: string | null;
  chatroom?: string | null;
  /** Further attribute lines, without `a=`. */
  more?: readonly string[];
  /** c-line of this section. */
  c?: string;
  /** What differs from the plain reading of the above. */
  read?: Record<string, unknown>;
}

export interface SdpSpec {
  lines: readonly LineSpec[];
  /** Session-level lines behind t=. */
  session?: readonly string[];
  c?: string | null;
  use?: 'offer' | 'answer';
  config?: Record<string, unknown>;
  focus: Record<string, unknown>;
  kind?: 'valid' | 'edge' | 'malformed';
}

const attribute = (name: string, value: string | null): string[] => (value === null ? [] : [`${name}${value}`]);

function text(spec: LineSpec): string[] {
  const { media = 'message', port = 7394, proto = 'TCP/MSRP', fmt = '*', c, more = [] } = spec;
  const { acceptTypes = 'message/cpim text/plain', wrapped = 'text/plain text/html', path = PATH } = spec;
  const { setup = 'actpass', chatroom = ':nickname private-messages' } = spec;
  const msrp = [
    ...attribute('a=accept-types:', acceptTypes),
    ...attribute('a=accept-wrapped-types:', wrapped),
    ...attribute('a=path:', path),
    ...attribute('a=setup:', setup),
    ...attribute('a=chatroom', chatroom),
  ];
  return [
    `m=${media} ${port} ${proto} ${fmt}`,
    ...(c === undefined ? [] : [`c=IN IP4 ${c}`]),
    ...(media === 'message' ? msrp : []),
    ...more.map((line) => `a=${line}`),
  ];
}

function read(spec: LineSpec, sessionC: string | null): Record<string, unknown> {
  const { media = 'message', port = 7394, proto = 'TCP/MSRP', fmt = '*', path = PATH } = spec;
  const { acceptTypes = 'message/cpim text/plain', wrapped = 'text/plain text/html' } = spec;
  const { setup = 'actpass', chatroom = ':nickname private-messages' } = spec;
  const common = {
    media,
    port: Number(port),
    proto,
    fmt: fmt.split(' '),
    c: spec.c ?? sessionC,
    direction: 'sendrecv',
  };
  if (media !== 'message') return { ...common, ...spec.read };
  const tokens =
    chatroom === null
      ? null
      : chatroom
          .replace(/^:/, '')
          .split(' ')
          .filter((token) => token !== '');
  return {
    ...common,
    path: path?.split(' ') ?? null,
    acceptTypes: acceptTypes?.toLowerCase().split(' ') ?? null,
    acceptWrappedTypes: wrapped?.toLowerCase().split(' ') ?? null,
    maxSize: null,
    setup,
    chatroom: tokens && {
      tokens,
      nickname: tokens.includes('nickname'),
      privateMessages: tokens.includes('private-messages'),
    },
    fingerprints: [],
    cema: false,
    fileTransfer: false,
    ...spec.read,
  };
}

export function sdp(name: string, title: string, req: readonly string[], spec: SdpSpec): OwnVector {
  const { lines, session = [], c = 'alice.example.org', use = 'offer', config, focus, kind = 'edge' } = spec;
  const head = ['v=0', 'o=alice 3912345678 3912345678 IN IP4 alice.example.org', 's=-'];
  const all = [...head, ...(c === null ? [] : [`c=IN IP4 ${c}`]), 't=0 0', ...session, ...lines.flatMap(text)];
  const media = lines.map((line) => read(line, c));
  return {
    name,
    kind: 'sdp',
    class: kind,
    title,
    req,
    bytes: Buffer.from(`${all.join('\r\n')}\r\n`),
    role: 'focus',
    context: { use, ...(config && { config }) },
    expect: { media, focus },
  };
}

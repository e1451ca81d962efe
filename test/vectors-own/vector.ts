import type { Built } from './frames.js';

type Class = 'valid' | 'edge' | 'malformed';
type Role = 'endpoint' | 'switch' | 'client' | 'focus';

/** A vector as test/vectors/README.md describes it, without its lengths and hashes. */
export interface OwnVector {
  name: string;
  kind: 'msrp' | 'sdp';
  class: Class;
  title: string;
  req: readonly string[];
  bytes: Buffer;
  role: Role;
  context: Record<string, unknown>;
  alt?: readonly Record<string, unknown>[];
  expect: Record<string, unknown>;
}

export interface MsrpVector {
  class?: Class;
  role?: Role;
  context?: Record<string, unknown>;
  room?: readonly Record<string, unknown>[];
  cpim?: Record<string, unknown>;
  alt?: readonly Record<string, unknown>[];
  /** Trailing bytes of an unfinished frame. */
  rest?: Buffer;
}

/** Frames and empty lines one after the other; answers come in their order. */
export function msrp(
  name: string,
  title: string,
  req: readonly string[],
  parts: readonly (Built | Buffer)[],
  more: MsrpVector = {},
): OwnVector {
  const { class: kind = 'valid', role = 'endpoint', context = {}, room, cpim, alt, rest } = more;
  const events: Record<string, unknown>[] = [];
  const replies: Record<string, unknown>[] = [];
  const pieces: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const bytes = 'bytes' in part ? part.bytes : part;
    if ('bytes' in part) {
      events.push(part.event(offset));
      replies.push(...part.replies);
    }
    pieces.push(bytes);
    offset += bytes.length;
  }
  const closed = events.some((event) => event.type === 'fatal');
  if (rest) pieces.push(rest);
  const expect = { events, pending: rest?.length ?? 0, closed, replies, ...(room && { room }), ...(cpim && { cpim }) };
  return {
    name,
    kind: 'msrp',
    class: kind,
    title,
    req,
    bytes: Buffer.concat(pieces),
    role,
    context,
    ...(alt && { alt }),
    expect,
  };
}

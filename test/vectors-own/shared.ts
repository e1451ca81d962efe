/** What the lists of codec and endpoint vectors share. */
import { type Line, frame } from './frames.js';
import type { MsrpVector } from './vector.js';

export const BAD: MsrpVector = { class: 'malformed' };
export const EDGE: MsrpVector = { class: 'edge' };

/** A bodiless SEND with these headers behind the paths. */
export const bare = (headers: readonly Line[], spec = {}): ReturnType<typeof frame> =>
  frame({ headers, reply: 200, ...spec });

export const ID: Line = ['Message-ID', 'Mx83kd92Lq7'];
export const TEXT: Line = ['Content-Type', 'text/plain'];

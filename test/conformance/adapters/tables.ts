import { matchCpimUri } from '../../../lib/cpim/index.js';
import { parseMsrpUri, parseUseNickname, urisEqual } from '../../../lib/msrp/index.js';
import { parseChatroom, WrappedTypes } from '../../../lib/sdp/index.js';
import { difference } from '../compare.js';
import { type TableChunk, type Wiring, wiring } from '../wiring.js';

/** Checks one row; the cells come in the order of the table's columns. */
type RowCheck = (cells: readonly unknown[]) => string | null;

const text = (cell: unknown): string => String(cell);

const words = (cell: unknown): string[] => text(cell).split(' ');

export const TABLES: Readonly<Record<string, RowCheck>> = {
  'cpim-uri-match': ([known, given, match]) => difference(match, matchCpimUri(text(known), text(given))),

  'chatroom-attr': ([attribute, supported, nickname, privateMessages, extensions]) => {
    const chatroom = parseChatroom(attribute === null ? null : text(attribute));
    return difference(
      [supported, nickname, privateMessages, extensions],
      [chatroom !== null, chatroom?.nickname ?? false, chatroom?.privateMessages ?? false, chatroom?.extensions ?? []],
    );
  },

  'wrapped-acceptance': ([acceptTypes, acceptWrappedTypes, wrapped, deliver]) => {
    const types = new WrappedTypes(words(acceptTypes), acceptWrappedTypes === null ? null : words(acceptWrappedTypes));
    return difference(deliver, types.takes(text(wrapped)));
  },

  'uri-parse': ([uri, result]) => difference(result, parseMsrpUri(text(uri))),

  'uri-compare': ([a, b, equal]) =>
    difference([equal, equal], [urisEqual(text(a), text(b)), urisEqual(text(b), text(a))]),

  reassembly: ([, chunks, result]) =>
    wiring.reassemble ? difference(result, wiring.reassemble(chunks as TableChunk[])) : 'not wired',

  'nickname-compare': ([input, enforced, compared]) =>
    wiring.nickname ? difference({ enforced, compared }, wiring.nickname(text(input))) : 'not wired',

  'use-nickname': ([value, status, nickname]) =>
    wiring.nickname ? difference({ status, nickname }, useNickname(text(value), wiring.nickname)) : 'not wired',
};

/** What a room answers when the nickname is free, and the nickname ('' = removed, null = refused). */
function useNickname(value: string, prepare: NonNullable<Wiring['nickname']>): Record<string, unknown> {
  const written = parseUseNickname(value);
  // 7701-7.3-01: an empty value removes the nickname.
  const nickname = written === null || written === '' ? written : prepare(written).enforced;
  return { status: nickname === null ? 424 : 200, nickname };
}

import { element, wrap } from '../../conference-event/xml-writer.js';
import { readStatusDocument } from './status-document.js';

/** 3994-6-01: type and namespace of a status that says whether somebody is writing. */
export const COMPOSING_TYPE = 'application/im-iscomposing+xml';
const NAMESPACE = 'urn:ietf:params:xml:ns:im-iscomposing';

/** What an isComposing document says (RFC 3994 §3.4). */
export interface ComposingStatus {
  state: 'active' | 'idle';
  /** When something was last written. */
  lastActive?: Date;
  /** What is being written: a media type, or only its first half. A hint. */
  contentType?: string;
  /** Seconds until the next `active` is due. */
  refresh?: number;
}

/** Writes an isComposing document. 3994-6-01: `state`, then lastactive, contenttype, refresh, as far as there are any. */
export function formatComposing({ state, lastActive, contentType, refresh }: ComposingStatus): string {
  const content = [
    ...element('state', state),
    ...element('lastactive', lastActive?.toISOString()),
    ...element('contenttype', contentType),
    ...element('refresh', refresh),
  ];
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...wrap(`isComposing xmlns="${NAMESPACE}"`, content), ''].join(
    '\n',
  );
}

/** Reads an isComposing document; undefined when it is none, or lacks its `state`. */
export function readComposing(document: Uint8Array): ComposingStatus | undefined {
  const texts = readStatusDocument(document, NAMESPACE);
  const state = texts?.get('isComposing/state');
  if (!texts || state === undefined) return undefined;
  const lastActive = new Date(texts.get('isComposing/lastactive') ?? Number.NaN);
  const contentType = texts.get('isComposing/contenttype');
  const refresh = texts.get('isComposing/refresh') ?? '';
  return {
    // 3994-3.3-01: "MUST treat state tokens other than "idle" and "active" as "idle""
    state: state === 'active' ? 'active' : 'idle',
    ...(Number.isNaN(lastActive.getTime()) ? {} : { lastActive }),
    ...(contentType ? { contentType } : {}),
    // xs:positiveInteger; anything else is as good as none
    ...(/^\+?0*[1-9]\d{0,8}$/.test(refresh) ? { refresh: Number(refresh) } : {}),
  };
}

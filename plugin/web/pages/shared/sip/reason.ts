/** Why a call ended, as a Reason header says (RFC 3326). */
export interface Reason {
  /** SIP status. */
  cause?: number;
  /** For people. */
  text?: string;
}

/** `SIP ;cause=200 ;text="Call completed elsewhere"` */
const VALUE = /(?:^|,)\s*SIP\s*((?:;\s*[\w-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?\s*)*)/i;
const CAUSE = /;\s*cause\s*=\s*(\d{3})(?!\d)/i;
const TEXT = /;\s*text\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/i;

/** The SIP reason among the values of all Reason headers; empty when there is none. */
export function readReason(values: readonly string[]): Reason {
  for (const value of values) {
    const params = VALUE.exec(value)?.[1];
    if (params === undefined) continue;
    const cause = CAUSE.exec(params)?.[1];
    const [, quoted, token] = TEXT.exec(params) ?? [];
    const text = quoted?.replace(/\\(.)/g, '$1') ?? token;
    return { ...(cause === undefined ? {} : { cause: Number(cause) }), ...(text ? { text } : {}) };
  }
  return {};
}

import { EnvelopeParser } from '../../../lib/cpim/index.js';
import { difference } from '../compare.js';
import type { Vector } from '../vectors.js';
import { blob } from './blob.js';
import { everyCut, messageBody } from './pieces.js';

/** The envelope and content of the first CPIM body, whole and at every cut. Names of errors are ours: `ok` counts. */
export function checkCpim(vector: Vector): string | null {
  const { cpim } = vector.expect;
  const expected = cpim?.ok ? withoutContentHeaders(cpim) : { ok: false };
  const body = messageBody(vector);
  const found = difference(expected, parse(body, [body]));
  if (found !== null) return found;
  for (const pieces of everyCut(body)) {
    const cut = difference(expected, parse(body, pieces));
    if (cut !== null) return `cut at ${pieces[0]?.length}: ${cut}`;
  }
  return null;
}

/** In the merged form the content headers are `mime`; whether `other` lists them a second time is left open. */
function withoutContentHeaders(cpim: Record<string, unknown>): Record<string, unknown> {
  if (cpim.merged !== true || !Array.isArray(cpim.other)) return cpim;
  const other = (cpim.other as [string | null, string, string][]).filter(([, name]) => !/^content-/i.test(name));
  return { ...cpim, other };
}

function parse(body: Buffer, pieces: readonly Buffer[]): Record<string, unknown> {
  const parser = new EnvelopeParser();
  for (const piece of pieces) if (parser.push(piece) === 'done') break;
  parser.end();
  const { envelope } = parser;
  if (!envelope) return { ok: false, error: parser.error };
  return {
    ok: true,
    from: envelope.from ? [envelope.from] : [],
    to: envelope.to,
    cc: envelope.cc,
    subject: envelope.subject,
    require: envelope.require,
    dateTime: envelope.dateTime,
    other: envelope.other.map(({ namespace, name, value }) => [namespace, name, value]),
    merged: envelope.merged,
    mime: envelope.contentHeaders.map(({ name, value }) => [name, value]),
    wrappedType: envelope.contentType,
    content: blob(body.subarray(parser.headerLength)),
  };
}

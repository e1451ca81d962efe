import { join } from 'node:path';
import { messageBody } from '../conformance/adapters/pieces.js';
import { loadFolder, type Vector } from '../conformance/vectors.js';

/** Longer vectors test limits of their own and would only slow the run down. */
const MAX_LENGTH = 4096;

const vectors: readonly Vector[] = ['vectors', 'vectors-own'].flatMap(
  (folder) => loadFolder(join(__dirname, '..', folder)).vectors,
);

const short = (bytes: Buffer): boolean => bytes.length > 0 && bytes.length <= MAX_LENGTH;

const isMsrp = ({ kind, bytes }: Vector): boolean => kind === 'msrp' && short(bytes);

/** What arrives on one connection, of every vector. */
export const MSRP: readonly Buffer[] = vectors.filter(isMsrp).map(({ bytes }) => bytes);

/** Bodies of type message/cpim. */
export const CPIM: readonly Buffer[] = vectors
  .filter((vector) => isMsrp(vector) && vector.expect.cpim !== undefined)
  .map((vector) => messageBody(vector))
  .filter(short);

/** Offers and answers. */
export const SDP: readonly Buffer[] = vectors
  .filter(({ kind, bytes }) => kind === 'sdp' && short(bytes))
  .map((v) => v.bytes);

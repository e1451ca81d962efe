// What the parser costs alone: the same octets through it, and past an indexOf that only looks for the end-lines.
// Usage: main.js BODY_OCTETS MILLISECONDS ROUNDS; prints one line of JSON.
import { join } from 'node:path';
import type * as Msrp from '../../lib/msrp/index.js';

const { Parser } = require(join(process.cwd(), 'dist', 'lib', 'msrp', 'index.js')) as typeof Msrp;

/** Octets handed over at a time: those of one read of a socket. */
const READ_SIZE = 65_536;
/** Octets that are gone through again and again: beyond the caches of a core. */
const CORPUS = 16 * 1024 * 1024;
const TRANSACTION_ID = 'd100010000000a';

const [bodyOctets = 0, milliseconds = 0, rounds = 0] = process.argv.slice(2).map(Number);

/** As the load driver sends it. */
function frame(): Buffer {
  const text = `${'x'.repeat(98)}\r\n`.repeat(Math.ceil(bodyOctets / 100)).slice(0, bodyOctets);
  const body = `From: <sip:p0@bench.invalid>\r\nTo: <sip:bench@localhost>\r\nDateTime: 2024-01-01T00:00:00Z\r\n\r\nContent-Type: text/plain;charset=utf-8\r\n\r\n${text}`;
  const end = body.length > 2048 ? '*' : body.length;
  return Buffer.from(
    `MSRP ${TRANSACTION_ID} SEND\r\nTo-Path: msrp://127.0.0.1:2855/0123456789abcdef;tcp\r\nFrom-Path: msrp://127.0.0.1:9/0123456789abcdef0123456789abcdef;tcp\r\nMessage-ID: ${TRANSACTION_ID}\r\nByte-Range: 1-${end}/${body.length}\r\nContent-Type: message/cpim\r\n\r\n${body}\r\n-------${TRANSACTION_ID}$\r\n`,
    'latin1',
  );
}

const one = frame();
const frames = Math.max(1, Math.floor(CORPUS / one.length));
const corpus = Buffer.concat(Array.from({ length: frames }, () => one));

let ended = 0;
const sink = {
  head: () => undefined,
  body: () => undefined,
  end: () => {
    ended += 1;
  },
  fatal: (error: string) => {
    throw new Error(`the parser refuses what the driver sends: ${error}`);
  },
};
const parser = new Parser(sink);

function parse(): void {
  ended = 0;
  for (let at = 0; at < corpus.length; at += READ_SIZE) parser.receive(corpus.subarray(at, at + READ_SIZE));
  if (ended !== frames) throw new Error(`the parser found ${ended} of ${frames} frames`);
}

const endLine = Buffer.from(`\r\n-------${TRANSACTION_ID}`, 'latin1');

/** Does not see an end-line that is cut by the end of a read. */
function scan(): void {
  for (let from = 0; from < corpus.length; from += READ_SIZE) {
    const read = corpus.subarray(from, from + READ_SIZE);
    for (let at = read.indexOf(endLine); at >= 0; at = read.indexOf(endLine, at + endLine.length)) ended += 1;
  }
}

/** Seconds a pass over all octets takes. */
function time(pass: () => void): number {
  const start = process.hrtime.bigint();
  const until = start + BigInt(milliseconds) * 1_000_000n;
  let passes = 0;
  let now = start;
  while (now < until) {
    pass();
    passes += 1;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / 1e9 / passes;
}

// Twice unmeasured, so that both are compiled.
for (const pass of [parse, scan, parse, scan]) pass();
const measured = Array.from({ length: rounds }, () => ({ parser: time(parse), scan: time(scan) }));
process.stdout.write(`${JSON.stringify({ octets: corpus.length, frames, rounds: measured })}\n`);

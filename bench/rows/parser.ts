import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from '../harness/compile.js';
import { LARGE, MEDIUM, SMALL } from '../scenarios.js';
import { ratios, summarize } from '../stats.js';

export interface ParserSpeed {
  /** Octets of text in a frame. */
  textOctets: number;
  frameOctets: number;
  /** Millions of octets a second, medians. */
  megabytesPerSecond: number;
  nanosPerFrame: number;
  /** Of an indexOf that only looks for the end-lines. */
  scanMegabytesPerSecond: number;
  /** Time of the parser by that of the indexOf, round by round; median. */
  ratio: number;
}

interface Answer {
  octets: number;
  frames: number;
  /** Seconds a pass. */
  rounds: { parser: number; scan: number }[];
}

const run = promisify(execFile);

/** The parser alone, without a socket, in a process of its own for each size. */
export async function parserSpeed(milliseconds: number, rounds: number): Promise<ParserSpeed[]> {
  const speeds: ParserSpeed[] = [];
  for (const textOctets of [SMALL, MEDIUM, LARGE]) {
    const args = [program('parser'), textOctets, milliseconds, rounds].map(String);
    const { octets, frames, rounds: measured } = JSON.parse((await run(process.execPath, args)).stdout) as Answer;
    const parser = measured.map((each) => each.parser);
    const scan = measured.map((each) => each.scan);
    speeds.push({
      textOctets,
      frameOctets: octets / frames,
      megabytesPerSecond: octets / summarize(parser).median / 1e6,
      nanosPerFrame: (summarize(parser).median / frames) * 1e9,
      scanMegabytesPerSecond: octets / summarize(scan).median / 1e6,
      ratio: summarize(ratios(parser, scan)).median,
    });
  }
  return speeds;
}

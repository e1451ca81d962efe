/** `npm run faults`: does to a server what `test/faults/` does, one after the other, and prints what came of it. */
import { expect } from 'expect';
import { NETWORK, PROCESS } from './faults.js';
import type { Delay, Fault } from './support/fault.js';

// The scenarios assert with what jest has as a global.
Object.assign(globalThis, { expect });

const ms = ({ p50, max }: Delay): string => `${p50.toFixed(1)} / ${max.toFixed(0)}`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function row(fault: Fault): Promise<string> {
  try {
    const { notices, lost, delays, figures = [] } = await fault.run();
    const others = delays ? `${ms(delays.before)} → ${ms(delays.during)}` : '';
    return `| ${[fault.name, notices, lost, others, figures.join('; ')].join(' | ')} |`;
  } catch (error) {
    process.exitCode = 1;
    return `| ${fault.name} | **failed**: ${(error as Error).message.split('\n', 1)[0]} | | | |`;
  }
}

async function main(): Promise<void> {
  const [, , pattern = ''] = process.argv;
  say('| fault | who notices | lost | others, ms p50 / max, before → during | figures |');
  say('| --- | --- | --- | --- | --- |');
  for (const fault of [...NETWORK, ...PROCESS]) if (fault.name.includes(pattern)) say(await row(fault));
}

void main();

import { randomInt } from 'node:crypto';

export interface SoakOptions {
  /** Of load, without what comes before and after. */
  minutes: number;
  /** Percent of datagrams and of writes that something happens to. */
  faults: number;
  /** Users at once; `auto` raises their number until the server is busy. */
  rate: number | 'auto';
  seed: number;
  /** How much faster the clock of the protocols goes than that of the machine. */
  speed: number;
  /** Seconds of load before the baseline is taken. */
  warmUp: number;
  rooms: number;
}

export const DEFAULTS: Omit<SoakOptions, 'seed'> = {
  minutes: 10,
  faults: 1,
  rate: 'auto',
  speed: 4,
  warmUp: 20,
  rooms: 50,
};

export const USAGE = `npm run soak -- [--minutes N] [--faults PERCENT] [--rate USERS|auto] [--seed N] [--speed N] [--warm-up SECONDS]
`;

/** @throws Error for what is not an option, or no number */
export function parseOptions(args: readonly string[]): SoakOptions | 'help' {
  const options: SoakOptions = { ...DEFAULTS, seed: randomInt(2 ** 31) };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at] ?? '';
    if (name === '--help') return 'help';
    const text = args[at + 1] ?? '';
    if (name === '--rate' && text === 'auto') continue;
    const value = Number(text);
    if (text === '' || !(value >= 0)) throw new Error(`${name} is a number, not ${JSON.stringify(text)}`);
    switch (name) {
      case '--minutes':
        options.minutes = value;
        break;
      case '--faults':
        options.faults = value;
        break;
      case '--rate':
        options.rate = value;
        break;
      case '--seed':
        options.seed = value;
        break;
      case '--speed':
        options.speed = value;
        break;
      case '--warm-up':
        options.warmUp = value;
        break;
      default:
        throw new Error(`${name} is no option`);
    }
  }
  return options;
}

import type { Running } from './contender.js';
import { Driver, type Endpoint, type LoadPoint, type LoadResult, type PourResult, type SinkResult } from './driver.js';
import type { Subject } from './process.js';
import { family } from './threads.js';

/** How many participants join at a time. */
const JOIN_WINDOW = 20;

/** Gets participant number `index` what it needs to bind. */
export type Join = (index: number) => Promise<Endpoint>;

function described({ altered, disordered, doubled, error, lost }: LoadResult): string {
  const counts = { lost, 'came twice': doubled, 'out of order': disordered, altered };
  const wrong = Object.entries(counts).filter(([, count]) => count > 0);
  return [error, ...wrong.map(([what, count]) => `${count} copies ${what}`)].join('; ');
}

/** A process under test that speaks MSRP, and the driver that plays its participants. */
export class System implements Running {
  readonly endpoints: Endpoint[] = [];
  readonly #driver = new Driver();

  constructor(
    readonly name: string,
    readonly subject: Subject,
    readonly joinOne: Join,
    readonly closeSignalling: () => void,
  ) {}

  /** The process and its workers, if those are processes. */
  get pids(): readonly number[] {
    return family(this.subject.pid);
  }

  residentKb(): number {
    return this.subject.residentKb();
  }

  /** Lets `count` more participants in, by twenties, each bound before the next twenty; returns the seconds it took. */
  async join(count: number): Promise<number> {
    const start = performance.now();
    const first = this.endpoints.length;
    for (let from = first; from < first + count; from += JOIN_WINDOW) {
      const size = Math.min(JOIN_WINDOW, first + count - from);
      const joined = await Promise.all(Array.from({ length: size }, (_, i) => this.joinOne(from + i)));
      await this.#driver.bind(joined);
      this.endpoints.push(...joined);
    }
    return (performance.now() - start) / 1000;
  }

  /** Throws when anything was lost, altered, doubled or refused: a wrong server has no speed. */
  async run(point: LoadPoint): Promise<LoadResult> {
    const result = await this.#driver.run(point, this.pids);
    if (result.errors === 0) return result;
    throw new Error(
      `${this.name}, N = ${result.participants}: ${described(result)}\n${this.subject.complaints}`.trim(),
    );
  }

  /** The same without reading what arrives; see `Driver.sink`. */
  async sink(point: LoadPoint, begins: () => void): Promise<SinkResult> {
    const result = await this.#driver.sink(point, this.pids, begins);
    if (result.error === '') return result;
    throw new Error(`${this.name}: ${result.error}\n${this.subject.complaints}`.trim());
  }

  /** One message with `octets` of text from the first participant to all others. */
  async pour(octets: number): Promise<PourResult> {
    const result = await this.#driver.pour(octets, this.subject.pid);
    if (result.error === '') return result;
    throw new Error(`${this.name}: ${result.error}\n${this.subject.complaints}`.trim());
  }

  /** The last participant reads no more. */
  stallLast(): void {
    this.#driver.stall(this.endpoints.length - 1);
  }

  async stop(): Promise<void> {
    // The server goes first: it says BYE to everybody, and wants an answer.
    await this.subject.stop();
    this.closeSignalling();
    await this.#driver.stop();
  }
}

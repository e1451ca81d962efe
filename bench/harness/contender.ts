import type { Link, LoadPoint, LoadResult } from './driver.js';

/**
 * Whether each copy is answered by who gets it. `always`: a `200` each; `partial` and `never`: nothing, because the copy
 * says so (RFC 4975 §7.1.2, Failure-Report) or because the protocol of a contender has no such answer.
 */
export type Confirm = 'always' | 'partial' | 'never';

/** The rooms that a contender is measured with. */
export interface Setup {
  link: Link;
  rooms: number;
  /** In each room. */
  participants: number;
  confirm: Confirm;
}

/** What a contender cannot do: its row is left out, with this line instead. */
export class Absent extends Error {
  override readonly name = 'Absent';
}

/** A contender at work, and the driver that plays its participants. */
export interface Running {
  /** Every process whose CPU time is counted. */
  readonly pids: readonly number[];
  /** Of all of them. */
  residentKb(): number;
  /** Lets so many more in, the rooms being filled one after another; returns the seconds until the last was in. */
  join(count: number): Promise<number>;
  /** Rejects when a copy was lost, altered, doubled, out of order or in the wrong room: what is wrong has no speed. */
  run(point: LoadPoint): Promise<LoadResult>;
  /** Stops the driver too. Never rejects. */
  stop(): Promise<void>;
}

/** Something that delivers what one says in a room to all others in it. All of a row are measured in turn in every round. */
export interface Contender {
  /** One word, for tables and `--only`; none that is a part of the bench. */
  readonly name: string;
  /** Whether it says the same octets of MSRP as the server, and so belongs beside it in every row; peers do not. */
  readonly sameProtocol: boolean;
  /** Octets of text in a message; it is not in rows with larger ones. */
  readonly maxTextOctets: number;
  /**
   * Compiles and looks for what it needs, once: `ready`, or in one line why it is absent and how to get it.
   *
   * @param install whether Debian packages may be installed for it
   */
  prepare(install: boolean): Promise<string>;
  /** Of what is measured, where that is not of this repository; called once it is ready. */
  version?(): string;
  /** In one line why it cannot be measured so; undefined when it can. */
  lacks(setup: Setup): string | undefined;
  /**
   * A new process with nobody in it, within 20 s. Rejects with `Absent` when it turns out that it cannot be measured so.
   *
   * @param like an endpoint of the server, where that runs beside it: what can be as long as there should be
   */
  start(setup: Setup, like?: { peerPath: string }): Promise<Running>;
}

/** Room outside the memory for what slow readers still need. The switch does no I/O: who composes it hands one in. */

export interface Spool {
  /** A new, empty file; undefined when no more can be had. */
  open(): SpoolFile | undefined;
}

/** Octets of one message, each at its position in it. Callbacks come later, never from inside the call. */
export interface SpoolFile {
  /** Writes the octets at `position`; they must not change until `done`. An error when there is no room for them. */
  write(position: number, octets: readonly Buffer[], done: (error: Error | null) => void): void;
  /** Reads exactly `length` octets that were written before. */
  read(position: number, length: number, done: (error: Error | null, octets: Buffer) => void): void;
  /** Nobody needs it any more. What is under way still calls back. */
  close(): void;
}

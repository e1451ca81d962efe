/** Where a sentence of a script stands. */
export interface Place {
  /** Path of the script, as people know it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The sentence. */
  readonly text: string;
}

/** A script that cannot be read: the author's fault, found before anything runs. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';

  constructor({ file, line, text }: Place, problem: string) {
    super(`${file}:${line}: ${problem}\n    ${text}`);
  }
}

/** Something else happened than a sentence says; the runner adds where that is written. */
export class Deviation extends Error {
  override readonly name = 'Deviation';

  constructor(
    readonly expected: string,
    readonly got: string,
  ) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** A script that failed: file, line, what was expected and what came instead. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';

  constructor({ file, line, text }: Place, cause: unknown) {
    const what =
      cause instanceof Deviation ? `  expected: ${cause.expected}\n  got:      ${cause.got}` : `  ${String(cause)}`;
    // The stack of a deviation is that of the runner, which is of no interest; that of an unexpected error is.
    const isDeviation = cause instanceof Deviation;
    super(`${file}:${line}\n    ${text}\n${what}`, isDeviation ? {} : { cause });
    if (isDeviation) this.stack = this.message;
  }
}

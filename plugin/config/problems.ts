import type { Path } from './tree.js';

/** A command line, or a configuration, that cannot be understood: one line with cause and fix, exit code 2. */
export class UsageError extends Error {}

/** Where something was said. */
export type Origin =
  | { kind: 'file'; file: string; line: number; column: number }
  | { kind: 'flag' | 'variable'; name: string; text: string; colon?: boolean };

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** One line that names the option as it was given, the cause and the fix. */
  message: string;
  /** Of what option. @defaultValue of none, as an unknown flag */
  path?: Path;
  /** @defaultValue nobody said anything, and that is wrong */
  origin?: Origin;
}

/** Everything that is wrong with a configuration. Its message is the first of that. */
export class ConfigError extends UsageError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].message);
    this.problems = problems;
  }
}

/** `chatrooms.yaml:7:3`, as editors and terminals know to follow it. */
export const position = ({ file, line, column }: Origin & { kind: 'file' }): string => `${file}:${line}:${column}`;

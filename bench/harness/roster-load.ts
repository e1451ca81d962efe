import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Command, Traffic } from '../roster-load/commands.js';

const MAIN = join(__dirname, '..', 'roster-load', 'main.ts');

/** The load process of the roster. It is not measured, so it runs from its source. */
export class RosterLoad {
  readonly #child: ChildProcess = fork(MAIN, { execArgv: ['--import', 'tsx'] });
  readonly #exited = new Promise<number | null>((resolve) => this.#child.once('exit', resolve));

  /** Rejects with what went wrong there. */
  async ask(command: Command): Promise<Traffic> {
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#child.once('message', (answer) => resolve(answer as Answer));
      void this.#exited.then((code) => reject(new Error(`the load of the roster ended with code ${code}`)));
      this.#child.send(command);
    });
    const answer = await answered;
    if ('error' in answer) throw new Error(answer.error);
    return answer.traffic;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }
}

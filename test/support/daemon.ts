import type { ChildProcess } from 'node:child_process';

/** Resolves when a daemon has written `sign` to its standard error; rejects with all it said when it ends before. */
export function saysOnError(daemon: ChildProcess, sign: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (process.env.DAEMON_LOG) process.stderr.write(text);
      if (said.includes(sign)) resolve();
    });
    daemon.once('exit', (code) => reject(new Error(`${daemon.spawnfile} ended with ${code}: ${said}`)));
  });
}

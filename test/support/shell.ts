import { spawn } from 'node:child_process';

export interface ShellExit {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a script of bash, which ends with the first command that fails. */
export function bash(script: string, env: NodeJS.ProcessEnv = {}): Promise<ShellExit> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-ec', script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        exit[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...exit }));
  });
}

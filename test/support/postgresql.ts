import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.js';

/** Where Debian puts its versions. */
const VERSIONS = '/usr/lib/postgresql';

/** A PostgreSQL server of its own, in a temporary directory, for user `postgres` without a password. */
export class Postgresql {
  private constructor(
    private readonly directory: string,
    private readonly server: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(): Promise<Postgresql> {
    const directory = await mkdtemp(join(tmpdir(), 'chatroom-postgresql-'));
    const data = join(directory, 'data');
    const user = await unprivileged(directory);
    const bin = await programs();
    const [initdb, ...init] = [
      ...user,
      join(bin, 'initdb'),
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-N',
      '-E',
      'UTF8',
    ];
    await promisify(execFile)(initdb ?? '', init, { cwd: directory });
    const port = await freePort();
    const [postgres, ...run] = [...user, join(bin, 'postgres'), '-D', data, '-p', `${port}`, '-k', directory];
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'max_connections=20'];
    const server = spawn(postgres ?? '', [...run, ...settings], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await ready(server);
    return new Postgresql(directory, server, port);
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Runs statements as one of its own clients. */
  async run(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  async stop(): Promise<void> {
    const ended = once(this.server, 'exit');
    // runuser passes it on: "fast shutdown" ends what is connected.
    this.server.kill('SIGTERM');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function programs(): Promise<string> {
  const versions = (await readdir(VERSIONS)).toSorted((a, b) => Number(b) - Number(a));
  return join(VERSIONS, versions[0] ?? '', 'bin');
}

/** PostgreSQL does not run as root: what runs a program as its own user, to whom the directory is given. */
async function unprivileged(directory: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const { uid, gid } = await stat('/var/lib/postgresql');
  await chown(directory, uid, gid);
  return ['runuser', '-u', 'postgres', '--'];
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(said)));
  });
}

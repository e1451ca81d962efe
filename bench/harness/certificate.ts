import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('.tmp', 'bench');

/** Files in PEM. */
export interface Credentials {
  cert: string;
  key: string;
}

/** A certificate for localhost, made once: the server and the floor have the same. */
export function certificate(): Credentials {
  const files = { cert: join(FOLDER, 'cert.pem'), key: join(FOLDER, 'key.pem') };
  if (existsSync(files.cert) && existsSync(files.key)) return files;
  mkdirSync(FOLDER, { recursive: true });
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = ['req', ...kind, ...names, '-keyout', files.key, '-out', files.cert];
  const { status, error, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error) throw new Error(`TLS needs a certificate: cannot run openssl (${error.message}); apt-get install openssl`);
  if (status !== 0) throw new Error(`openssl could not make a certificate:\n${stderr}`);
  return files;
}

import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate made for one test. */
export interface TestCertificate {
  cert: string;
  key: string;
  /** `a=fingerprint` of it, without the name of the attribute. */
  sha256: string;
  der: Buffer;
}

type Options = NonNullable<Parameters<typeof generate>[1]>;

/** Self-signed unless `options.ca` says otherwise; for 127.0.0.1 and `name`. */
export async function testCertificate(name = 'localhost', options: Options = {}): Promise<TestCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: options.ca === undefined, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    ...options,
  });
  const { fingerprint256, raw } = new X509Certificate(cert);
  return { cert, key, sha256: `SHA-256 ${fingerprint256}`, der: raw };
}

/** Of DER octets, as SDP writes it. */
export const fingerprint = (der: Buffer, hash: string): string =>
  (createHash(hash).update(der).digest('hex').toUpperCase().match(/../g) ?? []).join(':');

const folders: string[] = [];

/** A file of the running test; `removeFiles` takes it away. */
export async function fileWith(text: string, name = 'file.pem'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatroom-'));
  folders.push(folder);
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

export async function removeFiles(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

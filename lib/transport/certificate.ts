/** The certificate we present: made at start, or read from files. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Fingerprint } from '../sdp/index.js';
import { signatureHash } from './signature-hash.js';
import { fingerprintValue } from './trust.js';
import type { Clock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';

export interface Certificate {
  /** PEM, ours first, then what leads to the CA. */
  readonly cert: string;
  /** PEM of the private key. */
  readonly key: string;
  /** SHA-256 first (8122-5-02). */
  readonly fingerprints: readonly [Fingerprint, ...Fingerprint[]];
}

/** PEM files of a certificate and its key. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

const DAY = 86_400_000;
/** Days a certificate made at start is good for; the process that made it is the only one to have it. */
const LIFE = 3650;

/** Makes a self-signed certificate (EC P-256) for these names and addresses. */
export async function selfSigned(hosts: readonly string[], clock: Clock): Promise<Certificate> {
  // Who has a certificate need not load what makes one.
  const { generate } = await import('selfsigned');
  const now = clock.date().getTime();
  const { cert, private: key } = await generate([{ name: 'commonName', value: hosts[0] }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // Clocks of peers differ.
    notBeforeDate: new Date(now - DAY),
    notAfterDate: new Date(now + LIFE * DAY),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: hosts.map(altName) },
    ],
  });
  return { cert, key, fingerprints: fingerprintsOf(new X509Certificate(cert)) };
}

const altName = (host: string): { type: 2; value: string } | { type: 7; ip: string } =>
  isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };

/** A certificate in PEM. @throws Node's error when it cannot be read */
export const certificateOf = ({ cert, key }: { cert: string; key: string }): Certificate => ({
  cert,
  key,
  fingerprints: fingerprintsOf(new X509Certificate(cert)),
});

/**
 * Reads a certificate and its key from PEM files.
 *
 * Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE` that names the file when one cannot be read, holds something
 * else, has expired, or when the two do not belong together.
 */
export async function loadCertificate(files: CertificateFiles, clock: Clock): Promise<Certificate> {
  const cert = await readPem(files.cert, 'certificate');
  const key = await readPem(files.key, 'key');
  const certificate = attempt(() => new X509Certificate(cert), `${files.cert} holds no PEM certificate`);
  const privateKey: KeyObject = attempt(
    () => createPrivateKey(key),
    `${files.key} holds no PEM private key, or one with a passphrase`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw unusable(`${files.key} is not the key of the certificate in ${files.cert}`);
  }
  const now = clock.date().getTime();
  if (Date.parse(certificate.validTo) <= now) {
    throw unusable(`the certificate in ${files.cert} has expired (${certificate.validTo}); renew it`);
  }
  if (Date.parse(certificate.validFrom) > now) {
    throw unusable(`the certificate in ${files.cert} is not valid before ${certificate.validFrom}; check the clock`);
  }
  return { cert, key, fingerprints: fingerprintsOf(certificate) };
}

/** Reads a PEM file; `what` is for the error. */
export async function readPem(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(
      `the TLS ${what} ${file} cannot be read (${code}); name a PEM file that exists and may be read`,
      error,
    );
  }
}

/**
 * 8122-5-02: "calculate a fingerprint using both the 'SHA-256' hash function algorithm and the hash function used to
 * generate the signature on the certificate".
 */
function fingerprintsOf({ raw }: X509Certificate): Certificate['fingerprints'] {
  const own = signatureHash(raw);
  const sha256 = { hash: 'sha-256', value: fingerprintValue(raw, 'sha-256') };
  return own === null || own === 'sha-256' ? [sha256] : [sha256, { hash: own, value: fingerprintValue(raw, own) }];
}

function attempt<T>(parse: () => T, problem: string): T {
  try {
    return parse();
  } catch (error) {
    throw unusable(problem, error);
  }
}

export const unusable = (problem: string, cause?: unknown): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_TLS_CERTIFICATE', `${problem}.`, { cause });

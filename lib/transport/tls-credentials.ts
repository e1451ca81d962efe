/** What we show and whom we trust in TLS, as server and as client; replaced while connections go on. */
import { stat } from 'node:fs/promises';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import { constants } from 'node:crypto';
import type { Fingerprint } from '../sdp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import {
  type Certificate,
  type CertificateFiles,
  certificateOf,
  loadCertificate,
  readPem,
  selfSigned,
  unusable,
} from './certificate.js';

export interface TlsCredentialsOptions {
  clock: Clock;
  log: Logger;
  /** PEM files of the certificate, with what leads to its CA, and of its key. @defaultValue a self-signed one is made */
  files?: CertificateFiles;
  /** A certificate and its key in PEM, which somebody else keeps up to date: `files` are not looked at. */
  certificate?: Pick<Certificate, 'cert' | 'key'>;
  /** Names and addresses for a self-signed certificate. */
  hosts: readonly string[];
  /** PEM file of further CAs that those we connect to may have their certificate from. */
  ca?: string;
  /** OpenSSL list of cipher suites. @defaultValue `MODERN_CIPHERS` */
  ciphers?: string;
  /** Look whether the files have changed every so many ms. @defaultValue 60000 */
  watchInterval?: number;
}

/**
 * 4975-14.2-01, A-14: AEAD with forward secrecy, for TLS 1.2 and 1.3. The suite RFC 4975 §14.2 names, TLS_RSA_WITH_AES_128_CBC_SHA, is
 * `AES128-SHA` in OpenSSL; who has a peer that knows nothing else appends it, and has an RSA certificate.
 */
export const MODERN_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const WATCH_INTERVAL = 60_000;

export class TlsCredentials {
  readonly #options: TlsCredentialsOptions;
  readonly #ca: string | undefined;
  readonly #listeners = new Set<() => void>();
  #certificate: Certificate;
  #client: SecureContext;
  #files: CertificateFiles | undefined;
  #timer: Timer | undefined;
  #closed = false;
  /** Of the files as they were read last. */
  #stamp = '';

  /** Rejects with a ChatroomsError `CHAT_ERR_TLS_CERTIFICATE` when a file or the list of ciphers cannot be used. */
  static async open(options: TlsCredentialsOptions): Promise<TlsCredentials> {
    const { hosts, clock } = options;
    const files = options.certificate ? undefined : options.files;
    const stamp = files ? await stampOf(files) : '';
    const made = options.certificate ? certificateOf(options.certificate) : undefined;
    const certificate = made ?? (files ? await loadCertificate(files, clock) : await selfSigned(hosts, clock));
    const ca = options.ca === undefined ? undefined : await readPem(options.ca, 'CA list');
    const credentials = new TlsCredentials(options, certificate, ca);
    credentials.#stamp = stamp;
    if (files) credentials.#watch(files);
    return credentials;
  }

  private constructor(options: TlsCredentialsOptions, certificate: Certificate, ca: string | undefined) {
    this.#options = options;
    this.#files = options.certificate ? undefined : options.files;
    this.#ca = ca;
    this.#certificate = certificate;
    this.#client = this.#clientContext();
  }

  /** The certificate and its key in PEM. */
  get pem(): Pick<Certificate, 'cert' | 'key'> {
    const { cert, key } = this.#certificate;
    return { cert, key };
  }

  /** For `a=fingerprint` of the SDPs that are written from now on. */
  get fingerprints(): readonly Fingerprint[] {
    return this.#certificate.fingerprints;
  }

  /** For the connections that come from now on. */
  get server(): SecureContextOptions {
    const { cert, key } = this.#certificate;
    return {
      cert,
      key,
      ciphers: this.#options.ciphers ?? MODERN_CIPHERS,
      honorCipherOrder: true,
      minVersion: 'TLSv1.2',
      // A resumed session would bring the certificate of an earlier handshake, and chats resume nothing.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
  }

  /** For the connections we open from now on: 8122-6.2-01 wants a certificate of the client too. */
  get client(): SecureContext {
    return this.#client;
  }

  /** Calls `listener` after the certificate was replaced. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Reads the files again. Running connections keep what they have. Rejects with a ChatroomsError
   * `CHAT_ERR_TLS_CERTIFICATE`; the certificate there was stays in use then.
   * @param files where they are from now on; null for none: a certificate is made then
   */
  async reload(files: CertificateFiles | null | undefined = this.#files): Promise<void> {
    const { clock, hosts, log } = this.#options;
    if (!files && !this.#files) return;
    const stamp = files ? await stampOf(files) : '';
    const certificate = files ? await loadCertificate(files, clock) : await selfSigned(hosts, clock);
    this.#stamp = stamp;
    if (!sameFiles(files, this.#files)) {
      this.#files = files ?? undefined;
      this.#timer?.cancel();
      if (files && !this.#closed) this.#watch(files);
    }
    if (certificate.cert === this.#certificate.cert) return;
    this.#replace(certificate);
    log.info({ fingerprint: certificate.fingerprints[0].value }, 'TLS certificate replaced');
  }

  /** Shows this certificate from now on; running connections keep what they have. */
  replace(pem: Pick<Certificate, 'cert' | 'key'>): void {
    this.#replace(certificateOf(pem));
  }

  #replace(certificate: Certificate): void {
    this.#certificate = certificate;
    this.#client = this.#clientContext();
    for (const listener of this.#listeners) listener();
  }

  /** Looks at the files no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #clientContext(): SecureContext {
    const { server } = this;
    const ca = this.#ca === undefined ? undefined : [...rootCertificates, this.#ca];
    try {
      return createSecureContext({ ...server, ca });
    } catch (error) {
      throw unusable(`certificate, CA list or ciphers cannot be used: ${(error as Error).message}`, error);
    }
  }

  /**
   * Whoever renews a certificate writes two files, one after the other: they are read once they have stayed the same for
   * one interval.
   */
  #watch(files: CertificateFiles, seen = this.#stamp): void {
    const { clock, watchInterval = WATCH_INTERVAL } = this.#options;
    this.#timer = clock.after(watchInterval, () => void this.#look(files, seen));
  }

  async #look(files: CertificateFiles, seen: string): Promise<void> {
    const now = await stampOf(files);
    if (now === seen && now !== this.#stamp) {
      // What is wrong with them is said once, not every interval.
      this.#stamp = now;
      await this.reload().catch((error: unknown) => {
        this.#options.log.error({ error: (error as Error).message }, 'TLS certificate not replaced');
      });
    }
    // They may be others by now, which are being watched.
    if (!this.#closed && sameFiles(files, this.#files)) this.#watch(files, now);
  }
}

const sameFiles = (one: CertificateFiles | null | undefined, other: CertificateFiles | undefined): boolean =>
  one?.cert === other?.cert && one?.key === other?.key;

/** Changes when one of the files does; the files need not be there. */
async function stampOf({ cert, key }: CertificateFiles): Promise<string> {
  const stamps = await Promise.all(
    [cert, key].map((file) =>
      stat(file).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => 'absent',
      ),
    ),
  );
  return stamps.join(' ');
}

import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { FakeMsrpPeer, type Frame } from './fake-msrp-peer.js';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.js';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export interface RelayScript {
  /** Seconds granted. */
  expires?: number;
  /** Refuses the password that is right. */
  refuse?: string;
  /** Headers of a 423 to the first AUTH with credentials. */
  bounds?: string;
  /** What it knows of the password is wrong. */
  liar?: boolean;
  /** The path a grant names. @defaultValue a new token each time */
  usePath?: (grant: number) => string;
}

/** An MSRP relay over a real TLS socket, with the digest of RFC 4976 §9.1; whatever is no AUTH the test takes. */
export class FakeRelay {
  readonly script: RelayScript;
  /** AUTH requests as they came. */
  readonly auths: Frame[] = [];
  /** Frames that go through it, and may be answered. */
  client!: FakeMsrpPeer;
  #server: Server;
  #grants = 0;
  #bounded = false;
  readonly #waiting: (() => void)[] = [];

  static async listen(script: RelayScript = {}): Promise<FakeRelay> {
    const relay = new FakeRelay(script);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  private constructor(script: RelayScript) {
    this.script = script;
    this.#server = createServer({
      key: TEST_KEY,
      cert: TEST_CERTIFICATE,
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#server.on('secureConnection', (socket) => this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get uri(): string {
    return `msrps://localhost:${this.port};tcp`;
  }

  /** What the last grant named. */
  get usePath(): string {
    return this.script.usePath?.(this.#grants) ?? `msrps://localhost:${this.port}/grant${this.#grants};tcp`;
  }

  /** Resolves when so many AUTH requests have come. */
  async authenticated(count: number): Promise<void> {
    while (this.auths.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async close(): Promise<void> {
    this.client?.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: TLSSocket): void {
    const peer = FakeMsrpPeer.over(socket, this.uri);
    peer.automatic = false;
    peer.intercept = (frame) => {
      if (frame.what !== 'AUTH') return false;
      // RFC 4976 §9.2: "MSRP clients SHOULD present an empty certificate list"
      this.auths.push(frame);
      this.#answer(peer, frame, socket.getPeerCertificate().raw !== undefined);
      for (const told of this.#waiting.splice(0)) told();
      return true;
    };
    this.client = peer;
  }

  #answer(peer: FakeMsrpPeer, frame: Frame, shownCertificate: boolean): void {
    const { headers } = frame;
    const credentials = headers.get('authorization') ?? '';
    const value = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)`).exec(credentials)?.[1] ?? '';
    const from = (headers.get('to-path') ?? '').split(' ').at(-1) ?? '';
    const say = (status: string, lines: string[] = []): void =>
      peer.write(
        [
          `MSRP ${frame.tid} ${status}`,
          `To-Path: ${headers.get('from-path')}`,
          `From-Path: ${from}`,
          ...lines,
          `-------${frame.tid}$\r\n`,
        ].join('\r\n'),
      );
    if (shownCertificate) return say('403 No certificates');
    if (credentials === '') {
      return say('401 Unauthorized', ['WWW-Authenticate: Digest realm="localhost", qop="auth", nonce="nonce-1"']);
    }
    const proof = (a2: string): string =>
      md5(
        `${md5('alice:localhost:s3cret')}:${value('nonce')}:${value('nc')}:${value('cnonce')}:${value('qop')}:${md5(a2)}`,
      );
    if (value('response') !== proof(`AUTH:${from}`)) {
      return say('401 Unauthorized', ['WWW-Authenticate: Digest realm="localhost", qop="auth", nonce="nonce-2"']);
    }
    if (this.script.refuse) return say(this.script.refuse);
    if (this.script.bounds && !this.#bounded) {
      this.#bounded = true;
      return say('423 Interval Out-of-Bounds', [this.script.bounds]);
    }
    this.#grants++;
    const rspauth = this.script.liar ? md5('lie') : proof(`:${from}`);
    return say('200 OK', [
      `Use-Path: ${this.usePath}`,
      `Authentication-Info: rspauth="${rspauth}", cnonce="${value('cnonce')}", nc=${value('nc')}, qop=auth`,
      `Expires: ${this.script.expires ?? 900}`,
    ]);
  }
}

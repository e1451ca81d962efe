import type { ByteStream, ByteStreamDelegate } from '../../lib/client/msrp/byte-stream.js';
import { MsrpLink } from '../../lib/client/msrp/link.js';
import { FIXED_CHUNKS } from '../../lib/client/msrp/sender.js';
import { Driver } from '../../lib/transport/driver.js';
import { MemoryStream } from '../../lib/transport/memory.js';
import type { Clock } from '../../lib/util/clock.js';
import { silent } from '../../lib/util/log.js';
import type { Stage } from './switch-stage.js';
import { localUri, peerUri } from './switch-world.js';

/** Sizes of the reads on either side, in turn. */
export type Reads = readonly number[];

/** Octets on their way, in reads of given sizes; what is written during a read arrives after it, as on a socket. */
class Wire {
  readonly #reads: Reads;
  readonly #read: (octets: Buffer) => void;
  #count = 0;

  constructor(reads: Reads, read: (octets: Buffer) => void) {
    this.#reads = reads;
    this.#read = read;
  }

  write(octets: Buffer): void {
    const kept = Buffer.from(octets);
    queueMicrotask(() => {
      for (let at = 0; at < kept.length; ) {
        const size = this.#reads[this.#count++ % this.#reads.length] ?? kept.length;
        this.#read(kept.subarray(at, at + size));
        at += size;
      }
    });
  }
}

/** Octets above which a browser's stream is not writable. */
const HIGH_WATER = 262_144;

/** What waits for a slow line, as in the buffer of a browser's WebSocket. */
class Line {
  /** In a second; undefined: any number at once. */
  rate: number | undefined;
  readonly #clock: Clock;
  readonly #sent: (octets: Buffer) => void;
  readonly #drained: () => void;
  #waiting = Buffer.alloc(0);

  constructor(clock: Clock, sent: (octets: Buffer) => void, drained: () => void) {
    this.#clock = clock;
    this.#sent = sent;
    this.#drained = drained;
  }

  get pending(): number {
    return this.#waiting.length;
  }

  write(octets: Buffer): void {
    if (this.rate === undefined) return this.#sent(octets);
    if (this.#waiting.length === 0) this.#goOn();
    this.#waiting = Buffer.concat([this.#waiting, octets]);
  }

  #goOn(): void {
    this.#clock.after(1000, () => {
      const full = this.#waiting.length >= HIGH_WATER;
      const octets = this.#waiting.subarray(0, this.rate);
      this.#waiting = this.#waiting.subarray(octets.length);
      if (this.#waiting.length > 0) this.#goOn();
      if (octets.length > 0) this.#sent(octets);
      if (full && this.#waiting.length < HIGH_WATER) this.#drained();
    });
  }
}

/** A session of lib/client with the switch of a stage, on a connection in memory. */
export class LinkedClient {
  readonly messages: string[] = [];
  /** `Message-ID code` */
  readonly reports: string[] = [];
  link!: MsrpLink;
  closed = false;
  /** Octets are swallowed on their way, in both directions. */
  cut = false;
  /** Octets a second that it can send; 0 for a line on which nothing moves. @defaultValue any number at once */
  set rate(rate: number) {
    this.#line.rate = rate;
  }
  /** All that was sent, as latin1. */
  written = '';
  #line!: Line;

  static async join(stage: Stage, id: string, reads: Reads, keepAlive = false): Promise<LinkedClient> {
    const client = new LinkedClient();
    client.link = await MsrpLink.open({
      transport: { connect: (_target, delegate) => Promise.resolve(client.#connect(stage, delegate, reads)) },
      target: { host: 'chat.example', port: 2855, secure: false, fingerprint: null },
      ownUri: peerUri(id),
      peerPath: [localUri(id)],
      acceptTypes: ['message/cpim'],
      maxSize: 10_485_760,
      clock: stage.clock,
      // as in a page
      ...(keepAlive ? { keepAlive, chunkSize: FIXED_CHUNKS } : {}),
      delegate: {
        onMessage: (_type, body) => {
          client.messages.push(Buffer.from(body).toString('latin1'));
          return 200;
        },
        onReport: ({ messageId, status }) => client.reports.push(`${messageId} ${status}`),
        onClosed: () => {
          client.closed = true;
        },
      },
    });
    return client;
  }

  #connect(stage: Stage, delegate: ByteStreamDelegate, reads: Reads): ByteStream {
    const down = new Wire(reads, (octets) => this.cut || delegate.onData(octets));
    const far = new MemoryStream(
      (octets) => down.write(octets),
      () => driver.events.closed(),
    );
    const driver = new Driver(far, stage.sessions, { clock: stage.clock }, silent);
    stage.adopt(driver);
    const up = new Wire(reads, (octets) => this.cut || driver.events.data(octets));
    const line = new Line(
      stage.clock,
      (octets) => up.write(octets),
      () => delegate.onDrain(),
    );
    this.#line = line;
    const write = (bytes: Uint8Array): void => {
      const octets = Buffer.from(bytes);
      this.written += octets.toString('latin1');
      line.write(octets);
    };
    const close = (): void => {
      far.end();
      delegate.onClose();
    };
    return {
      get pending() {
        return line.pending;
      },
      get writable() {
        return line.pending < HIGH_WATER;
      },
      write,
      close,
      destroy: close,
    };
  }
}

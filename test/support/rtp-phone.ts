import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Octets, and milliseconds, of a packet of PCMU. */
const PAYLOAD = 160;
const PTIME = 20;

const HEADER = 12;

/** Packets that have to come in a row to tell whom somebody hears. */
const ENOUGH = 25;

/** An RTP socket: sends PCMU whose samples are all the same, by which the others know it. */
export class RtpPhone {
  #sequence = 0;
  #talking: NodeJS.Timeout | undefined;
  /** Samples of the latest packets. */
  #latest: number[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(
    readonly port: number,
    private readonly sample: number,
    private readonly socket: Socket,
  ) {
    socket.on('message', (packet) => {
      if ((packet[1] & 0x7f) !== 0 || packet.length <= HEADER) return;
      this.#latest = [...this.#latest, packet[HEADER]].slice(-ENOUGH);
      for (const look of this.#waiting) look();
    });
  }

  static async open(sample: number): Promise<RtpPhone> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpPhone(socket.address().port, sample, socket);
  }

  /** Sends as phones do, until it is closed. */
  talk(port: number): void {
    this.#talking = setInterval(() => this.#send(port), PTIME);
  }

  #send(port: number): void {
    const packet = Buffer.alloc(HEADER + PAYLOAD, this.sample);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(++this.#sequence, 2);
    packet.writeUInt32BE(this.#sequence * PAYLOAD, 4);
    packet.writeUInt32BE(0x1000 + this.sample, 8);
    this.socket.send(packet, port, '127.0.0.1');
  }

  /** Resolves when all of these samples come, and no others. */
  hears(...samples: number[]): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const heard = [...new Set(this.#latest)].toSorted((a, b) => a - b);
        if (this.#latest.length < ENOUGH || heard.join() !== samples.join()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    clearInterval(this.#talking);
    this.socket.close();
  }
}

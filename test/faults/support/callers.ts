import { Caller, type CalledServer, type CallOptions } from '../../support/caller.js';

/** Endpoints made by hand at a server in another process, and their end. */
export class Callers implements CalledServer {
  readonly #sip: { host: string; port: number };
  readonly #cleanups: (() => unknown)[] = [];

  constructor(sip: { host: string; port: number }) {
    this.#sip = sip;
  }

  proxy(transport: 'udp' | 'tcp' = 'udp'): string {
    const { host, port } = this.#sip;
    return `sip:${host}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`;
  }

  onClose(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  join(room: string, options?: CallOptions): Promise<Caller> {
    return Caller.join(this, room, options);
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).toReversed()) await cleanup();
  }
}

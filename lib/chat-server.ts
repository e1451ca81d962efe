/** The composition root: couples focus, switch and transports. It alone sees every folder. */
import { Focus, type FocusOptions } from './focus/focus.js';
import type { EndpointMedia } from './focus-switch.js';
import type { LocalSession } from './sdp/index.js';
import type { SlowReaderPolicy } from './switch/congestion.js';
import { ChatSwitch } from './switch/switch.js';
import { DiskSpool } from './transport/disk-spool.js';
import { reachableHost } from './transport/reachable.js';
import { MsrpServer } from './transport/msrp-server.js';
import { TcpListener } from './transport/tcp.js';
import { type Clock, systemClock } from './util/clock.js';
import { type Logger, silent } from './util/log.js';
import { newSessionId } from './msrp/index.js';

export interface Address {
  host: string;
  port: number;
}

export interface MsrpOptions {
  /** Where to listen for MSRP over TCP; port 0 takes a free one. */
  listen: Address;
  /** Host written into `a=path`. @defaultValue the address listened on; for a wildcard the machine's first address */
  advertise?: string;
  /** Octets of the largest message taken; also written as `a=max-size`. @defaultValue 10485760 (P-LIM-06) */
  maxMessageSize?: number;
  /** Octets that may wait for one slow reader. @defaultValue 16777216 */
  maxPendingBytes?: number;
  /**
   * What becomes of messages for a reader with 80 % of that waiting: `drop` none is delivered, and it is told how many
   * when it has caught up; `skip-large` only small ones are; `disconnect` ends it with BYE at once. @defaultValue 'drop'
   */
  slowReader?: SlowReaderPolicy;
  /** A reader in that state for so many ms gets BYE, and so does one that takes nothing at all. @defaultValue 180000 */
  congestionTimeout?: number;
  /** Octets of the temporary files that keep large messages for slow readers; 0 for none. @defaultValue 4294967296 */
  maxSpoolBytes?: number;
  /** Where those files are. @defaultValue the system's directory for temporary files */
  spoolDirectory?: string;
}

export interface ChatServerOptions extends Omit<FocusOptions, 'clock' | 'log'> {
  msrp: MsrpOptions;
  clock?: Clock;
  log?: Logger;
}

/** P-LIM-06. */
const MAX_MESSAGE_SIZE = 10_485_760;

export class ChatServer {
  readonly focus: Focus;
  readonly #switch: ChatSwitch;
  readonly #msrp: MsrpServer;
  readonly #options: ChatServerOptions;
  #tcp: Address | undefined;

  constructor(options: ChatServerOptions) {
    const { clock = systemClock, log = silent } = options;
    const { maxSpoolBytes, spoolDirectory } = options.msrp;
    this.#options = options;
    this.#msrp = new MsrpServer({ clock, log });
    this.#switch = new ChatSwitch({
      clock,
      log,
      transport: this.#msrp,
      maxMessageSize: options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE,
      maxPendingBytes: options.msrp.maxPendingBytes,
      slowReader: options.msrp.slowReader,
      congestionTimeout: options.msrp.congestionTimeout,
      spool:
        maxSpoolBytes === 0 ? undefined : new DiskSpool({ directory: spoolDirectory, maxBytes: maxSpoolBytes, log }),
    });
    this.focus = new Focus({ ...options, clock, log }, this.#switch);
    this.#switch.events = this.focus;
  }

  /** Starts the MSRP listener. Rejects with Node's error when the port cannot be had. */
  async listen(): Promise<Address> {
    this.#tcp = await this.#msrp.listen((door) => new TcpListener(this.#options.msrp.listen, door));
    return this.#tcp;
  }

  /** Our side of a new session in `room`, with a session-id of its own (4975-8.2-01). */
  localSession(room: string): Omit<LocalSession, 'originId' | 'previous'> {
    if (!this.#tcp) throw new Error('not listening');
    const { host, port } = this.#tcp;
    const config = this.focus.configOf(room);
    const chatroom: string[] = [];
    // 7701-8-03: emit the tokens of what the room permits.
    if (config.allowNicknames) chatroom.push('nickname');
    if (config.allowPrivateMessages) chatroom.push('private-messages');
    return {
      sessionId: newSessionId(),
      tcp: { host: this.#options.msrp.advertise ?? reachableHost(host), port },
      acceptWrappedTypes: config.acceptWrappedTypes,
      maxSize: this.#options.msrp.maxMessageSize ?? MAX_MESSAGE_SIZE,
      chatroom,
    };
  }

  /**
   * A message of the room itself or of a program: a complete message/cpim body to some of its endpoints. Returns to how
   * many it goes.
   */
  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    return this.#switch.send(room, body, recipients);
  }

  /** Ends every room, flushes and closes. */
  async close(): Promise<void> {
    this.focus.shutdown();
    await this.#msrp.close();
  }
}

// What the SIP face and the program exchange with the focus; they import nothing below this file.
export type {
  EndpointHandle,
  EndpointOwner,
  EndReason,
  Focus,
  Identity,
  JoinRequest,
  LeaveDetails,
  Participant,
  PeerProfile,
  Room,
  RoomConfig,
  Subscriber,
  Subscription,
} from './focus/index.js';

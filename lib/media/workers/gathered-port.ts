import type { MessagePort, TransferListItem } from 'node:worker_threads';

/** What crosses at once. */
interface Batch<M> {
  messages: readonly M[];
  /** What these count. */
  octets: number;
  /** So much of what came from there was taken. */
  taken: number;
}

/** When what was said crosses. */
export type Gather =
  /** With what else is said in this turn of the event loop: for those who say much. */
  | 'turn'
  /** With what else is said before anything else happens: for what is to hold at once. */
  | 'now';

/**
 * One direction each of a port between two threads: what is said at a time crosses in one piece, and what the other side
 * has not taken yet is known, so that whoever says much can stop.
 */
export class GatheredPort<Out, In> {
  readonly #port: MessagePort;
  readonly #gather: Gather;
  #messages: Out[] = [];
  #transfer: TransferListItem[] = [];
  #octets = 0;
  #taken = 0;
  #inFlight = 0;
  #scheduled = false;
  #closed = false;

  /**
   * @param receive what arrived together, in order
   * @param closed called once: the other side closed it, or its thread ended
   */
  constructor(
    port: MessagePort,
    gather: Gather,
    receive: (messages: readonly In[]) => void,
    closed: () => void = () => {},
  ) {
    this.#port = port;
    this.#gather = gather;
    port.on('message', ({ messages, octets, taken }: Batch<In>) => {
      this.#inFlight -= taken;
      if (messages.length > 0) receive(messages);
      if (octets === 0) return;
      this.#taken += octets;
      this.#schedule();
    });
    port.once('close', () => {
      this.#closed = true;
      closed();
    });
  }

  /** Octets handed over that the other side has not taken. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Hands over, later and in order; nothing happens when the port is closed.
   *
   * @param octets what the message counts in `inFlight`
   */
  post(message: Out, octets = 0, transfer?: TransferListItem): void {
    if (this.#closed) return;
    this.#messages.push(message);
    if (transfer) this.#transfer.push(transfer);
    this.#octets += octets;
    this.#inFlight += octets;
    this.#schedule();
  }

  /** What was handed over still arrives. */
  close(): void {
    this.#flush();
    this.#port.close();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#gather === 'turn') setImmediate(() => this.#flush());
    else queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const { length } = this.#messages;
    if (this.#closed || (length === 0 && this.#taken === 0)) return;
    const batch: Batch<Out> = { messages: this.#messages, octets: this.#octets, taken: this.#taken };
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    this.#octets = 0;
    this.#taken = 0;
    this.#port.postMessage(batch, transfer);
  }
}

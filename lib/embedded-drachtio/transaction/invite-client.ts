import { EMPTY, Headers, type SipRequest, type SipResponse } from '../message/index.js';
import type { Flow } from '../transport/index.js';
import { ClientTransaction, type Transmit } from './client-transaction.js';
import { type Environment, TimerSet } from './environment.js';
import { lifetime } from './timers.js';

/**
 * RFC 3261 §17.1.1 with the accepted state of RFC 6026 §7.2.
 *
 *   calling --1xx--> proceeding --2xx----> accepted --M--> terminated
 *      |                  '---3xx-6xx--> completed --D--> terminated
 *      '--B, error--> terminated
 *
 * The RFC leaves a UAC waiting in proceeding for as long as it likes. A peer that rings must say so every minute
 * (§13.3.1.1), so three without a word (the proxy's timer C, §16.6) raise `ringingTooLong`; the layer then cancels.
 */
export class InviteClientTransaction extends ClientTransaction {
  readonly #environment: Environment;
  readonly #transmit: Transmit;
  readonly #timers: TimerSet<'A' | 'B' | 'C' | 'D' | 'M' | 'cancelled'>;
  readonly #ringingTooLong: () => void;
  #reliable = false;
  #ack: SipRequest | undefined;

  constructor(
    request: SipRequest,
    branch: string,
    transmit: Transmit,
    environment: Environment,
    ringingTooLong: () => void,
  ) {
    super(request, branch, 'calling');
    this.#transmit = transmit;
    this.#environment = environment;
    this.#ringingTooLong = ringingTooLong;
    this.#timers = new TimerSet(environment.clock);
    // Timer B runs from the beginning, so that name resolution and connecting count too.
    this.#timers.start('B', lifetime(environment.timers), () => this.#timeout());
  }

  protected override begin(reliable: boolean): void {
    this.#reliable = reliable;
    this.#send(this.request);
    if (!reliable && this.current === 'calling') this.#retransmit(this.#environment.timers.T1);
  }

  /**
   * The INVITE has been cancelled. RFC 3261 §9.1: "If there is no final response for the original request in 64*T1
   * seconds … the client SHOULD then consider the original transaction cancelled".
   */
  awaitCancelled(): void {
    if (this.finished) return;
    this.#timers.stop('C');
    this.#timers.start('cancelled', lifetime(this.#environment.timers), () => this.#timeout());
  }

  override received(response: SipResponse, flow: Flow): void {
    const { status } = response;
    if (this.current === 'terminated') return;
    if (this.current === 'completed') {
      // "Any retransmissions of the final response … MUST cause the ACK to be re-passed to the transport layer".
      if (status >= 300 && this.#ack) this.#send(this.#ack);
      return;
    }
    if (this.current === 'accepted') {
      // RFC 6026 §7.2: further 2xx are passed up, since the UAC core sends their ACKs; nothing else is.
      if (status >= 200 && status < 300) this.emit('response', response, flow);
      return;
    }
    this.#timers.stop('A');
    this.#timers.stop('B');
    if (status < 200) this.#proceed();
    else if (status < 300) this.#accept();
    else this.#complete(response);
    this.emit('response', response, flow);
  }

  override terminate(): void {
    if (this.current === 'terminated') return;
    this.current = 'terminated';
    this.#timers.stopAll();
    this.#environment.terminated();
    this.emit('terminated');
  }

  #proceed(): void {
    this.current = 'proceeding';
    this.#timers.start('C', this.#environment.timers.C, this.#ringingTooLong);
  }

  #accept(): void {
    this.current = 'accepted';
    this.#timers.stopAll();
    this.#timers.start('M', lifetime(this.#environment.timers), () => this.terminate());
  }

  #complete(response: SipResponse): void {
    this.current = 'completed';
    this.#timers.stopAll();
    this.#ack = acknowledge(this.request, response);
    this.#send(this.#ack);
    // "Timer D … at least 32 seconds for unreliable transports, and a value of zero seconds for reliable transports."
    if (this.#reliable) this.terminate();
    else this.#timers.start('D', this.#environment.timers.D, () => this.terminate());
  }

  /** Timer A: T1, doubling without a cap. */
  #retransmit(interval: number): void {
    this.#timers.start('A', interval, () => {
      this.#send(this.request);
      if (this.current === 'calling') this.#retransmit(interval * 2);
    });
  }

  #timeout(): void {
    this.terminate();
    this.emit('timeout');
  }

  #send(request: SipRequest): void {
    this.#transmit(request, (error) => this.fail(error));
  }
}

/**
 * RFC 3261 §17.1.1.3: Call-ID, From, Request-URI and the single top Via equal those of the INVITE, To equals that of
 * the response; "The ACK MUST contain … the same [CSeq] value as was present in the original request, but the method
 * parameter MUST be equal to "ACK""; Route headers "MUST be copied".
 */
function acknowledge(invite: SipRequest, response: SipResponse): SipRequest {
  const headers = copied(invite, ['Via', 'Route', 'From']);
  headers.add('To', response.headers.get('To') ?? invite.headers.get('To') ?? '');
  headers.add('Call-ID', invite.headers.get('Call-ID') ?? '');
  headers.add('CSeq', (invite.headers.get('CSeq') ?? '').replace(/\S+$/, 'ACK'));
  headers.add('Max-Forwards', '70');
  return { kind: 'request', method: 'ACK', uri: invite.uri, headers, body: EMPTY };
}

/**
 * RFC 3261 §9.1: "The Request-URI, Call-ID, To, the numeric part of CSeq, and From header fields in the CANCEL request
 * MUST be identical to those in the request being cancelled"; one Via equal to its top Via, and its Route headers.
 *
 * @param reason value of a Reason header (RFC 3326 §2)
 */
export function cancelRequest(invite: SipRequest, reason?: string): SipRequest {
  const headers = copied(invite, ['Via', 'Route', 'From', 'To', 'Call-ID']);
  headers.add('CSeq', (invite.headers.get('CSeq') ?? '').replace(/\S+$/, 'CANCEL'));
  headers.add('Max-Forwards', '70');
  if (reason !== undefined) headers.add('Reason', reason);
  return { kind: 'request', method: 'CANCEL', uri: invite.uri, headers, body: EMPTY };
}

function copied(request: SipRequest, names: string[]): Headers {
  const headers = new Headers();
  for (const name of names) for (const value of request.headers.getAll(name)) headers.add(name, value);
  return headers;
}

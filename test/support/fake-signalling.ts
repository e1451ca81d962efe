import type { Call, InviteAnswer, LocalSide, Signalling, SignallingDelegate } from '../../lib/client/sip/signalling.js';

/** A user agent without network: the test is the focus. */
export class FakeSignalling implements Signalling {
  call: Call | undefined;
  delegate: SignallingDelegate | undefined;
  offer = '';
  said: string[] = [];
  /** Thrown by `invite` when set. */
  refusal: Error | undefined;
  subscriptionRefusal: Error | undefined;
  isFocus = true;
  contact = '';
  readonly #answer: () => string;

  constructor(answer: () => string) {
    this.#answer = answer;
  }

  open(call: Call, delegate: SignallingDelegate): Promise<LocalSide> {
    this.call = call;
    this.delegate = delegate;
    this.said.push('open');
    return Promise.resolve({ host: '127.0.0.1' });
  }

  invite(offer: string): Promise<InviteAnswer> {
    this.offer = offer;
    this.said.push('invite');
    if (this.refusal) return Promise.reject(this.refusal);
    const contact = this.contact || (this.call?.room ?? '');
    return Promise.resolve({ sdp: this.#answer(), contact, isFocus: this.isFocus });
  }

  reinvite(offer: string): Promise<string> {
    this.offer = offer;
    this.said.push('reinvite');
    if (this.refusal) return Promise.reject(this.refusal);
    return Promise.resolve(this.#answer());
  }

  subscribe(): Promise<void> {
    this.said.push('subscribe');
    return this.subscriptionRefusal ? Promise.reject(this.subscriptionRefusal) : Promise.resolve();
  }

  bye(): Promise<void> {
    this.said.push('bye');
    return Promise.resolve();
  }

  close(): void {
    this.said.push('close');
  }
}

/** SDP answer of a room whose MSRP path is `path`. */
export function roomAnswer(
  path: string,
  attributes: string[] = ['chatroom:nickname private-messages', 'max-size:10485760'],
): string {
  const port = /:(\d+)\//.exec(path)?.[1] ?? '2855';
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=message ${port} TCP/MSRP *`,
    `a=path:${path}`,
    'a=accept-types:message/cpim',
    'a=accept-wrapped-types:text/plain image/png',
    'a=setup:passive',
    ...attributes.map((attribute) => `a=${attribute}`),
    '',
  ].join('\r\n');
}

/** A message/cpim body. */
export function cpim(from: string, to: string, text: string, extra: string[] = []): string {
  return [`From: ${from}`, `To: ${to}`, ...extra, '', 'Content-Type: text/plain;charset=utf-8', '', text].join('\r\n');
}

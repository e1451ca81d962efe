import { FakeMsrpPeer, type Frame } from '../fake-msrp-peer.js';

/** A message that a handset shows. */
export interface Shown {
  from: string;
  to: string;
  text: string;
}

/**
 * The MSRP session of a handset, as rcsjta has it: it connects, sends an empty SEND, and closes at the first thing it cannot
 * cope with (MSRP-15, MSRP-18, MSRP-25).
 */
export class ChatSession {
  /** Why it closed; undefined while it lives. */
  died: string | undefined;
  readonly #shown: Shown[] = [];
  readonly #waiting: ((shown: Shown) => void)[] = [];
  #messageId: string | undefined;
  #octets = '';
  #count = 0;

  private constructor(
    readonly msrp: FakeMsrpPeer,
    private readonly number: string,
  ) {
    msrp.intercept = (frame) => this.#received(frame);
  }

  static async connect(peer: string, path: string, number: string): Promise<ChatSession> {
    const msrp = await FakeMsrpPeer.connect(peer, path);
    msrp.send(undefined, { range: '1-0/0' });
    await msrp.frameOf('200');
    return new ChatSession(msrp, number);
  }

  /** The next message. */
  shows(): Promise<Shown> {
    const shown = this.#shown.shift();
    return shown ? Promise.resolve(shown) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** CPIM-05: to everybody, as a handset writes it; resolves with the status it is answered. */
  async write(
    text: string,
    { to = 'sip:anonymous@anonymous.invalid', from = `tel:${this.number}`, type = 'text/plain' } = {},
  ) {
    const body = [
      `From: <${from}>`,
      `To: <${to}>`,
      'NS: imdn <urn:ietf:params:imdn>',
      `imdn.Message-ID: Msg${++this.#count}`,
      'DateTime: 2024-05-01T12:00:00.000Z',
      '',
      `Content-Type: ${type}; charset=utf-8`,
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n');
    this.msrp.send(body);
    const { what } = await this.msrp.frameOf(/^\d/);
    // MSRP-18.
    if (!['200', '408', '413'].includes(what)) this.#die(`answered ${what}`);
    return what;
  }

  /** The radio is gone. */
  drop(): void {
    this.msrp.drop();
  }

  #received(frame: Frame): boolean {
    if (/^\d/.test(frame.what)) return false;
    // MSRP-25: it never answers what it does not know.
    if (frame.what !== 'SEND') {
      if (frame.what !== 'REPORT') this.#die(frame.what);
      return true;
    }
    this.msrp.answer(frame, '200 OK');
    if (frame.body !== undefined) this.#chunk(frame, frame.body);
    return true;
  }

  /** MSRP-15: exact ranges, one message after another, never given up. */
  #chunk({ headers, flag }: Frame, body: string): void {
    const id = headers.get('message-id') ?? '';
    const range = /^(\d+)-(\d+)\/(\d+)$/.exec(headers.get('byte-range') ?? '');
    if (!range) return this.#die(`range ${headers.get('byte-range')}`);
    if (flag === '#') return this.#die('given up');
    if (this.#messageId !== undefined && this.#messageId !== id) return this.#die('two messages at once');
    if (Number(range[1]) !== this.#octets.length + 1) return this.#die('a gap');
    if (Number(range[2]) !== this.#octets.length + body.length) return this.#die('not as long as it says');
    this.#messageId = id;
    this.#octets += body;
    if (flag === '+') return;
    if (this.#octets.length !== Number(range[3])) return this.#die('incomplete');
    this.#show(Buffer.from(this.#octets, 'latin1').toString());
    this.#messageId = undefined;
    this.#octets = '';
  }

  #show(cpim: string): void {
    const [head = '', , ...content] = cpim.split('\r\n\r\n');
    const address = (name: string): string => new RegExp(`^${name}: [^<]*<([^>]*)>`, 'm').exec(head)?.[1] ?? '';
    const shown = { from: address('From'), to: address('To'), text: content.join('\r\n\r\n') };
    const waiting = this.#waiting.shift();
    if (waiting) waiting(shown);
    else this.#shown.push(shown);
  }

  #die(why: string): void {
    this.died ??= why;
    this.msrp.drop();
  }
}

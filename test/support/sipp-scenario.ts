/** Writes scenarios of SIPp: one call, from either side, step by step. */

/** By name; `null` asks for the header's absence. Text is the whole value; a RegExp, an extended one of POSIX, is looked for. */
export type Expected = Readonly<Record<string, string | RegExp | null>>;

/** With an empty name, a line as it is: `[authentication]`. */
type HeaderLines = readonly (readonly [name: string, value: string])[];

export interface Sending {
  /** Request-URI. @defaultValue the remote target of the dialog, or before there is one what the call is `to` */
  uri?: string;
  headers?: HeaderLines;
  body?: string;
}

export interface Answering {
  reason?: string;
  headers?: HeaderLines;
  body?: string;
}

/** A participant's SDP. Nobody connects to the session, which would be `active`. */
export const MESSAGE_LINE = [
  'm=message 2855 TCP/MSRP *',
  'a=path:msrp://[local_ip]:2855/[pid]x[call_number];tcp',
  'a=accept-types:message/cpim text/plain',
  'a=accept-wrapped-types:*',
  'a=setup:active',
  'a=chatroom:nickname private-messages',
];

export const sdp = (...media: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 [local_ip]', 's=-', 'c=IN IP4 [local_ip]', 't=0 0', ...media, ''].join('\r\n');

export const SDP: readonly [string, string] = ['Content-Type', 'application/sdp'];

/**
 * Milliseconds until it sends a request again over UDP: it knows the answer to one sent twice for unexpected, and on the loopback
 * interface nothing is lost.
 */
const PATIENCE = 10_000;

const CONTACT = '<sip:[service]@[local_ip]:[local_port];transport=[transport]>';
const REQUEST_TAG = '[pid]a[call_number]';
const ANSWER_TAG = '[pid]b[call_number]';

/** Headers of the INVITE that began the call, by the variable for each: of what a CANCEL ends, and of our requests. */
const KEPT = { invite: 'CSeq', caller: 'From', called: 'To' };

/** Text between quotes of an attribute. */
const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const exactly = (text: string): string => `^[[:space:]]*${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}[[:space:]]*$`;

export class SippScenario {
  readonly #steps: string[] = [];
  readonly #variables: string[] = [];
  readonly #from: string;
  readonly #to: string;
  #cseq = 0;
  /** Method of the last request that came, which an answer is to. */
  #answering = '';
  #inDialog = false;
  /** It began with an INVITE that came. */
  #called = false;

  /** A call of `from`; one that comes is of nobody in particular. */
  constructor({ from = 'sip:ana@example.com', to = '' }: { from?: string; to?: string } = {}) {
    this.#from = from;
    this.#to = to;
  }

  /** Sends a request. */
  send(method: string, { uri, headers = [], body = '' }: Sending = {}): this {
    if (method !== 'ACK') this.#cseq++;
    const own: Record<string, string> = {
      Via: 'SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
      From: this.#called ? `[$called];tag=${ANSWER_TAG}` : `<${this.#from}>;tag=${REQUEST_TAG}`,
      To: this.#called ? '[$caller]' : `<${this.#to}>${this.#inDialog ? '[peer_tag_param]' : ''}`,
      'Call-ID': '[call_id]',
      CSeq: `${this.#cseq} ${method}`,
      Contact: CONTACT,
      'Max-Forwards': '70',
    };
    const changed = new Set(headers.map(([name]) => name));
    const standard = Object.entries(own).filter(([name]) => !changed.has(name));
    const start = `${method} ${uri ?? (this.#inDialog ? '[next_url]' : this.#to)} SIP/2.0`;
    return this.#message(
      method === 'ACK' ? '' : ` retrans="${PATIENCE}"`,
      [start, ...lines([...standard, ...headers])],
      body,
    );
  }

  /** Waits for a final response, whatever comes before it. */
  response(status: number, expected: Expected = {}, body?: RegExp): this {
    const begins = status < 300;
    for (const provisional of [100, 180]) this.#steps.push(`<recv response="${provisional}" optional="true"/>`);
    const challenge = status === 401 || status === 407 ? ' auth="true"' : '';
    this.#receive(`response="${status}"${begins && !this.#inDialog ? ' rrs="true"' : ''}${challenge}`, expected, body);
    if (begins) this.#inDialog = true;
    return this;
  }

  /** ACK to a final response that is none of 2xx: of the same transaction (RFC 3261 §17.1.1.3). */
  acknowledge(): this {
    const copied = ['Via', 'From', 'To', 'Call-ID'].map((name) => `[last_${name}:]`);
    return this.#message('', [`ACK ${this.#to} SIP/2.0`, ...copied, `CSeq: ${this.#cseq} ACK`, 'Max-Forwards: 70'], '');
  }

  /** INVITE, 200, ACK. */
  join(sending: Sending = {}): this {
    const { headers = [SDP], body = sdp(...MESSAGE_LINE), ...rest } = sending;
    return this.send('INVITE', { ...rest, headers, body })
      .response(200, { Contact: /;isfocus/ })
      .send('ACK');
  }

  /** INVITE, a refusal, ACK. */
  refusedInvite(status: number, expected: Expected, sending: Sending = {}): this {
    const { headers = [SDP], body = sdp(...MESSAGE_LINE), ...rest } = sending;
    return this.send('INVITE', { ...rest, headers, body })
      .response(status, expected)
      .acknowledge();
  }

  bye(headers: HeaderLines = []): this {
    return this.send('BYE', { headers }).response(200);
  }

  /** Waits for a request. */
  request(method: string, expected: Expected = {}, body?: RegExp): this {
    const begins = method === 'INVITE' && !this.#inDialog;
    if (begins) this.#called = true;
    const kept = begins ? KEPT : {};
    this.#receive(`request="${method}"${begins ? ' rrs="true"' : ''}`, expected, body, kept);
    if (method !== 'ACK') this.#answering = method;
    return this;
  }

  /** Answers the last request that came. */
  answer(status: number, { reason = 'As it is', headers = [], body = '' }: Answering = {}): this {
    const isFirst = this.#answering === 'INVITE' && !this.#inDialog;
    const tag = isFirst && status > 100 ? `;tag=${ANSWER_TAG}` : '';
    const copied = ['[last_Via:]', '[last_From:]', `[last_To:]${tag}`, '[last_Call-ID:]', '[last_CSeq:]'];
    if (isFirst && status >= 200 && status < 300) this.#inDialog = true;
    const contact: HeaderLines = headers.some(([name]) => name === 'Contact') ? [] : [['Contact', CONTACT]];
    const start = `SIP/2.0 ${status} ${reason}`;
    return this.#message('', [start, ...copied, ...lines([...contact, ...headers])], body);
  }

  /** Answers the INVITE that the CANCEL before was for, which RFC 3261 §9.2 wants to be with 487. */
  terminated(): this {
    const copied = ['[last_Via:]', '[last_From:]', `[last_To:];tag=${ANSWER_TAG}`, '[last_Call-ID:]', 'CSeq:[$invite]'];
    return this.#message('', ['SIP/2.0 487 Request Terminated', ...copied], '').request('ACK');
  }

  get xml(): string {
    const variables = [...new Set(this.#variables)];
    const used = variables.length > 0 ? [`<Reference variables="${variables.join(',')}"/>`] : [];
    return ['<?xml version="1.0" encoding="UTF-8" ?>', '<scenario>', ...this.#steps, ...used, '</scenario>', ''].join(
      '\n',
    );
  }

  #message(attributes: string, head: string[], body: string): this {
    const text = [...head, 'Content-Length: [len]', '', body.replaceAll('\r\n', '\n')].join('\n');
    this.#steps.push(`<send${attributes}><![CDATA[\n${text}\n]]></send>`);
    return this;
  }

  #receive(what: string, expected: Expected, body?: RegExp, kept: Readonly<Record<string, string>> = {}): void {
    const checks = Object.entries(expected).map(([name, value]) => {
      const source = value instanceof RegExp ? value.source : value === null ? '.' : exactly(value);
      return this.#check(source, `search_in="hdr" header="${name}:"`, value === null ? 'check_it_inverse' : 'check_it');
    });
    for (const [variable, name] of Object.entries(kept)) {
      checks.push(`<ereg regexp=".*" search_in="hdr" header="${name}:" assign_to="${variable}"/>`);
    }
    this.#variables.push(...Object.keys(kept));
    if (body) checks.push(this.#check(body.source, 'search_in="body"', 'check_it'));
    this.#steps.push(`<recv ${what}>`, ...(checks.length > 0 ? ['<action>', ...checks, '</action>'] : []), '</recv>');
  }

  #check(regexp: string, where: string, check: string): string {
    const variable = `v${this.#variables.length}`;
    this.#variables.push(variable);
    return `<ereg regexp="${attribute(regexp)}" ${where} ${check}="true" assign_to="${variable}"/>`;
  }
}

const lines = (headers: HeaderLines): string[] =>
  headers.map(([name, value]) => (name === '' ? value : `${name}: ${value}`));

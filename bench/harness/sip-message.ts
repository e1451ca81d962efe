/** A SIP message as the bench reads it: enough to join a room, no more. */
export interface SipMessage {
  startLine: string;
  /** Header fields in order, names in lower case and in their long form. */
  headers: [name: string, value: string][];
  body: string;
  /** Of the whole message, if it was read as latin1. */
  octets: number;
}

const COMPACT: Record<string, string> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
};

export function header(message: SipMessage, name: string): string {
  return message.headers.find(([candidate]) => candidate === name)?.[1] ?? '';
}

export function headers(message: SipMessage, name: string): string[] {
  return message.headers.filter(([candidate]) => candidate === name).map(([, value]) => value);
}

/** Takes messages from a byte stream (RFC 3261 §18.3: over TCP, Content-Length ends them). */
export class SipStream {
  #rest = '';

  *take(chunk: string): Generator<SipMessage> {
    this.#rest = (this.#rest + chunk).replace(/^(\r\n)+/, '');
    for (;;) {
      const headEnd = this.#rest.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const [startLine = '', ...lines] = this.#rest.slice(0, headEnd).split('\r\n');
      const fields = lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        const name = line.slice(0, colon).trim().toLowerCase();
        return [COMPACT[name] ?? name, line.slice(colon + 1).trim()];
      });
      const message = { startLine, headers: fields, body: '', octets: 0 };
      const end = headEnd + 4 + Number(header(message, 'content-length') || 0);
      if (this.#rest.length < end) return;
      message.octets = end;
      message.body = this.#rest.slice(headEnd + 4, end);
      this.#rest = this.#rest.slice(end).replace(/^(\r\n)+/, '');
      yield message;
    }
  }
}

/** `lines` without empty ones, then `body` with its length in octets. */
export function writeSip(lines: readonly string[], body = ''): string {
  const head = lines.filter((line) => line !== '').join('\r\n');
  return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

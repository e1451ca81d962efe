import { Dialog, type SipRequest, type SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { Caller } from './caller.js';
import type { ServerUnderTest } from './server.js';
import { finalOf, type SipPeer } from './sip-peer.js';

/** Where a REFER is sent: in the dialog of its sender's INVITE, or as Blink does, in one that it makes itself. */
export type Way = 'in dialog' | 'out of dialog';

export interface Refer {
  headers: [string, string][];
  body?: string;
}

/** Somebody who sends REFER to a room, in which he is or is not. */
export class Referrer {
  private constructor(
    readonly sip: SipPeer,
    readonly room: string,
    readonly uri: string,
    private readonly caller: Caller | undefined,
  ) {}

  /** In the room, with REFERs of the given way. */
  static async inside(
    server: ServerUnderTest,
    room: string,
    { uri = 'sip:ana@example.com', way, transport }: { uri?: string; way: Way; transport?: 'udp' | 'tcp' },
  ): Promise<Referrer> {
    const caller = await Caller.call(server, room, { uri, transport });
    return new Referrer(caller.sip, room, uri, way === 'in dialog' ? caller : undefined);
  }

  static async outside(server: ServerUnderTest, room: string, uri: string): Promise<Referrer> {
    return new Referrer(await Caller.agent(server), room, uri, undefined);
  }

  /** Sends it; `dialog` is where its NOTIFYs come. */
  async refer({ headers, body }: Refer): Promise<{ response: SipResponse; dialog: Dialog | undefined }> {
    if (this.caller) {
      const response = await finalOf(this.caller.request('REFER', { headers, body }));
      return { response, dialog: this.caller.dialog };
    }
    const request = this.sip.compose('REFER', this.room, { headers, body });
    request.headers.set('From', `<${this.uri}>;tag=${Math.random().toString(36).slice(2)}`);
    const transaction = this.sip.send(request);
    const response = await finalOf(transaction);
    const accepted = response.status < 300 && transaction.flow;
    return { response, dialog: accepted ? Dialog.fromResponse(request, response, accepted) : undefined };
  }

  /** Refers the room to somebody, and resolves to the status. */
  async status(referTo: string, ...headers: [string, string][]): Promise<number> {
    return (await this.refer({ headers: [['Refer-To', referTo], ...headers] })).response.status;
  }

  /** The next NOTIFY, answered. */
  async notify(status = 200): Promise<SipRequest> {
    const transaction = await this.sip.next();
    transaction.reply(status);
    expect(transaction.request.method).toBe('NOTIFY');
    return transaction.request;
  }

  /** Event, state and body of the next NOTIFY. */
  async told(): Promise<string[]> {
    const { headers, body } = await this.notify();
    expect(headers.get('Content-Type')).toBe('message/sipfrag;version=2.0');
    return [headers.get('Event') ?? '', headers.get('Subscription-State') ?? '', body.toString()];
  }
}

/** A list of recipients. */
export const list = (...entries: string[]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">',
    '<list>',
    ...entries.map((uri) => `<entry uri="${uri}" cp:copyControl="to"/>`),
    '</list>',
    '</resource-lists>',
    '',
  ].join('\r\n');

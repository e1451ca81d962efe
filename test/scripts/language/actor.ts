import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createWebSocketStream, WebSocket } from 'ws';
import { FakeMsrpPeer, type Frame } from '../../support/fake-msrp-peer.js';
import { inviteFrom, newPath } from '../../support/caller.js';
import { finalOf } from '../../support/sip-peer.js';
import type { Dialog, SipResponse } from '../../../lib/embedded-drachtio/sip.js';
import { type Client, offerOf } from './clauses.js';
import { Deviation } from './error.js';
import { Inbox } from './inbox.js';
import { Signalling } from './signalling.js';

/** An actor as the script declares it. */
export interface ActorSpec {
  name: string;
  /** Address of record. */
  uri: string;
  client: Client;
}

type SendOptions = Parameters<FakeMsrpPeer['send']>[1];

/** One endpoint made by hand: a SIP user agent and one MSRP session, in one room at most. */
export class Actor {
  readonly name: string;
  readonly uri: string;
  client: Client;
  readonly inbox = new Inbox();
  signalling!: Signalling;
  msrp: FakeMsrpPeer | undefined;
  /** The last response of the room. */
  response: SipResponse | undefined;
  /** Session URIs: ours and the room's. */
  path: string;
  roomPath = '';
  /** What it dialled last. */
  room = '';
  /** It does not read what comes. */
  paused = false;
  /** Octets sent of messages under way, by the script's names for them. */
  readonly chunked = new Map<string, number>();
  /** Transaction id of the last request written by hand. */
  lastId = '';
  #dialog: Dialog | undefined;
  #sent = 0;

  constructor({ name, uri, client }: ActorSpec) {
    this.name = name;
    this.uri = uri;
    this.client = client;
    this.path = this.#newPath();
  }

  /** What it writes as CPIM From. */
  get knownAs(): string {
    return this.client.knownAs ?? this.uri;
  }

  async start(proxy: (transport: 'tcp' | 'udp') => string): Promise<void> {
    const { sip } = this.client;
    this.signalling = await Signalling.start(sip, proxy(sip), () => offerOf(this.client, this.path));
  }

  /** INVITE, and ACK to a 200. */
  async call(room: string): Promise<SipResponse> {
    const { sip } = this.signalling;
    const { headers, displayName } = this.client;
    this.room = room;
    const body = offerOf(this.client, this.path);
    const invite = inviteFrom(sip, room, { uri: this.uri, headers: [...headers], body });
    if (displayName !== undefined) {
      invite.headers.set('From', `"${displayName}" ${invite.headers.get('From')}`);
    }
    const { response, dialog } = await this.signalling.open(invite);
    this.response = response;
    if (dialog) {
      this.#dialog = dialog;
      await sip.acknowledge(invite, dialog);
      this.roomPath = pathIn(response);
    }
    return response;
  }

  /** The MSRP connection and the SEND that binds the session. */
  async connect(): Promise<Frame> {
    const { roomPath, path } = this;
    const isWebSocket = this.client.msrp === 'ws';
    const msrp = isWebSocket ? await overWebSocket(roomPath, path) : await FakeMsrpPeer.connect(roomPath, path);
    this.msrp = msrp;
    void this.inbox.readFrom(msrp);
    return this.exchange(undefined, { range: '1-0/0' });
  }

  /** Another offer in the dialog. */
  async reinvite(): Promise<SipResponse> {
    const dialog = this.#inDialog;
    const { sip } = this.signalling;
    const headers: [string, string][] = [
      ['Contact', `<${sip.uri}>`],
      ['Content-Type', 'application/sdp'],
    ];
    const request = dialog.createRequest('INVITE', { headers, body: Buffer.from(offerOf(this.client, this.path)) });
    const response = await sip.exchange(request, dialog);
    this.response = response;
    if (response.status < 300) {
      await sip.acknowledge(request, dialog);
      this.roomPath = pathIn(response);
    }
    return response;
  }

  /** A new session URI and a new connection in place of those there were. */
  async reconnect(): Promise<Frame> {
    await this.msrp?.close();
    this.path = this.#newPath();
    const { status, reason } = await this.reinvite();
    if (status !== 200) throw new Deviation('200 to the re-INVITE', `${status} ${reason}`);
    return this.connect();
  }

  /** SUBSCRIBE to a room's roster; a header without value is left out. */
  async subscribe(room: string, headers: readonly (readonly [string, string])[] = []): Promise<SipResponse> {
    this.response = await this.signalling.subscribe(room, this.uri, [...this.client.headers, ...headers]);
    return this.response;
  }

  /** The same, in the dialog of the call. */
  subscribeInCall(): Promise<SipResponse> {
    this.signalling.subscribeIn(this.#inDialog);
    return this.subscribe(this.room);
  }

  async bye(): Promise<SipResponse> {
    const dialog = this.#inDialog;
    this.ended();
    const headers: [string, string][] = [['Contact', `<${this.signalling.sip.uri}>`]];
    const request = dialog.createRequest('BYE', { headers });
    return finalOf(this.signalling.sip.send(request, dialog));
  }

  /** The dialog is over. */
  ended(): void {
    this.#dialog = undefined;
  }

  get #inDialog(): Dialog {
    if (!this.#dialog) throw new Deviation(`${this.name} in a room`, 'no call');
    return this.#dialog;
  }

  /** Its MSRP session, which has to be there. */
  get session(): FakeMsrpPeer {
    if (!this.msrp) throw new Deviation(`${this.name} in a room`, 'no MSRP session');
    return this.msrp;
  }

  /** Whether it could still hear something. */
  get listening(): boolean {
    return this.#dialog !== undefined && this.msrp !== undefined && !this.msrp.socket?.destroyed && !this.paused;
  }

  /** Sends a SEND and resolves with its response. */
  async exchange(body: string | undefined, options?: SendOptions): Promise<Frame> {
    const tid = this.nextId();
    const response = this.inbox.response(tid);
    this.session.send(body, { ...options, tid });
    return response;
  }

  /** A transaction id. */
  nextId(): string {
    return `${this.name.toLowerCase()}${++this.#sent}aB`;
  }

  /**
   * What was on its way when this was called has arrived when it resolves: the switch answers a SEND without body behind
   * all that it wrote before (7701-6.1-20), and TCP keeps the order.
   */
  async fence(): Promise<void> {
    await this.exchange(undefined, { range: '1-0/0' });
  }

  async close(): Promise<void> {
    this.msrp?.socket?.resume();
    if (this.#dialog) await this.bye();
    await this.msrp?.close();
    await this.signalling.close();
  }

  #newPath(): string {
    const { msrp } = this.client;
    const path = newPath(9, msrp === 'tls' ? 'msrps' : 'msrp');
    return msrp === 'ws' ? path.replace(';tcp', ';ws') : path;
  }
}

const pathIn = (response: SipResponse): string => /^a=path:(\S+)/m.exec(response.body.toString())?.[1] ?? '';

/** RFC 7977, each MSRP frame one message. */
async function overWebSocket(peer: string, path: string): Promise<FakeMsrpPeer> {
  const webSocket = new WebSocket(peer.replace(/^msrp:/, 'ws:').replace(/;.*$/, ''), 'msrp');
  await once(webSocket, 'open');
  // All that is asked of the socket a stream has too.
  const msrp = FakeMsrpPeer.over(createWebSocketStream(webSocket) as Socket, path);
  msrp.peer = peer;
  return msrp;
}

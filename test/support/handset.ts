import { randomUUID } from 'node:crypto';
import {
  Dialog,
  Headers,
  randomToken,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from '../../lib/embedded-drachtio/sip.js';
import { inviteFrom, lines, newPath } from './caller.js';
import { pathIn } from './callee.js';
import { ChatSession } from './handset/chat-session.js';
import { Group } from './handset/group.js';
import { type GroupInvitation, readInvitation } from './handset/invitation.js';
import { callIdOf, type HandsetNetwork } from './handset/network.js';
import { finalOf } from './sip-peer.js';

type HeaderLines = [string, string][];

/** SDP of a handset: no `a=chatroom`. */
const sdpOf = (path: string): string =>
  lines(
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=message 9 TCP/MSRP *',
    `a=path:${path}`,
    'a=accept-types:message/cpim',
    'a=accept-wrapped-types:text/plain application/im-iscomposing+xml message/imdn+xml',
    'a=setup:active',
    'a=sendrecv',
  );

export const recipients = (...uris: string[]): string =>
  lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">',
    '<list>',
    ...uris.map((uri) => `<entry uri="${uri}" cp:copyControl="to"/>`),
    '</list>',
    '</resource-lists>',
  );

/** What an INVITE of a handset came to. */
export interface Called {
  status: number;
  response: SipResponse;
  group?: Group;
}

/** A handset as the sample stack of the GSMA (rcsjta) behaves towards a focus; what it says is written by a test. */
export class Handset {
  readonly instance = `<urn:uuid:${randomUUID()}>`;
  readonly groups = new Map<string, Group>();
  /** What becomes of the next INVITEs to groups. */
  behaviour: 'accept' | 'ring' | number = 'accept';
  /** INVITEs that were refused for what they said. */
  readonly refused: string[] = [];
  readonly invitations: GroupInvitation[] = [];
  readonly #joined: Group[] = [];
  readonly #waiting: ((group: Group) => void)[] = [];
  /** By Call-ID: legs, and subscriptions. */
  readonly #usages = new Map<string, { group: Group; dialog: Dialog | undefined }>();

  constructor(
    readonly network: HandsetNetwork,
    readonly number: string,
  ) {
    network.register(this);
  }

  get uri(): string {
    return `tel:${this.number}`;
  }

  get #contact(): string {
    return `<${this.network.sip.uri}>;+sip.instance="${this.instance}";+g.oma.sip-im`;
  }

  /** What the network adds to its requests, and itself. */
  get #identity(): HeaderLines {
    return [
      ['P-Asserted-Identity', `<sip:${this.number}@ims.example.net;user=phone>, <${this.uri}>`],
      ['P-Access-Network-Info', '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1'],
      ['Contact', this.#contact],
      ['Accept-Contact', '*;+g.oma.sip-im'],
    ];
  }

  /** INVITE to the factory with a list (flow 2); the same `contributionId` again restarts a group (FAC-16). */
  create(
    factory: string,
    list: readonly string[],
    { subject = 'Trip', contributionId = randomToken() } = {},
  ): Promise<Called> {
    const path = newPath();
    const body = lines(
      '--boundary1',
      'Content-Type: application/sdp',
      '',
      sdpOf(path),
      '--boundary1',
      'Content-Type: application/resource-lists+xml',
      'Content-Disposition: recipient-list',
      '',
      `${recipients(...list)}--boundary1--`,
    );
    const headers: HeaderLines = [
      ['Content-Type', 'multipart/mixed;boundary=boundary1'],
      ['Require', 'recipient-list-invite'],
      ['Subject', subject],
      ['Contribution-ID', contributionId],
      ['Conversation-ID', randomUUID()],
    ];
    return this.#call(factory, { headers, body, path, contributionId, subject });
  }

  /** INVITE with SDP alone to the stored Contact (JOIN-07). */
  rejoin(group: Pick<Group, 'room' | 'contributionId' | 'subject'>, more: HeaderLines = []): Promise<Called> {
    const { room, contributionId, subject } = group;
    const path = newPath();
    const headers: HeaderLines = [['Subject', subject], ['Contribution-ID', contributionId], ...more];
    return this.#call(room, { headers, body: sdpOf(path), path, contributionId, subject });
  }

  async #call(
    to: string,
    asked: { headers: HeaderLines; body: string; path: string; contributionId: string; subject: string },
  ): Promise<Called> {
    const { sip } = this.network;
    const { headers, body, path, contributionId, subject } = asked;
    const invite = inviteFrom(sip, to, { uri: this.uri, headers: [...this.#identity, ...headers], body });
    this.network.owns(callIdOf(invite), this);
    const transaction = sip.send(invite);
    const response = await finalOf(transaction);
    const { status } = response;
    if (status !== 200 || !transaction.flow) return { status, response };
    const dialog = Dialog.fromResponse(invite, response, transaction.flow);
    await sip.acknowledge(invite, dialog);
    // FAC-14.
    const room = /<([^>]*)>/.exec(response.headers.get('Contact') ?? '')?.[1] ?? '';
    const group = this.#group(room, contributionId, subject);
    group.response = response;
    await this.#up(group, dialog, { callId: callIdOf(invite), peer: pathIn(response.body.toString()), path });
    return { status, response, group };
  }

  #group(room: string, contributionId: string, subject: string): Group {
    const known = this.groups.get(room) ?? new Group(room, contributionId, subject);
    this.groups.set(room, known);
    return known;
  }

  async #up(group: Group, dialog: Dialog, leg: { callId: string; peer: string; path: string }): Promise<void> {
    this.#usages.set(leg.callId, { group, dialog });
    group.dialog = dialog;
    group.state = 'active';
    group.session = await ChatSession.connect(leg.peer, leg.path, this.number);
    group.changed();
  }

  /** The next group that it came into by an INVITE to it. */
  joined(): Promise<Group> {
    const group = this.#joined.shift();
    return group ? Promise.resolve(group) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  // What the network hands it.

  invited(transaction: ServerTransaction): void {
    const toTag = randomToken();
    const reply = (status: number, reason?: string): void => {
      transaction.reply(status, { toTag, ...(reason !== undefined && { reason }) });
    };
    const read = readInvitation(transaction.request, this.instance);
    if ('status' in read) {
      this.refused.push(`${read.status} ${read.reason}`);
      return reply(read.status, read.reason);
    }
    this.invitations.push(read);
    // BYE-13: it left while it had no session.
    if (this.groups.get(read.room)?.state === 'left') return reply(603, 'Decline');
    reply(180);
    if (this.behaviour === 'ring') return;
    if (this.behaviour === 'accept') void this.#accept(transaction, toTag, read);
    else reply(this.behaviour);
  }

  async #accept(
    transaction: ServerTransaction,
    toTag: string,
    { room, contributionId, subject, sdp }: GroupInvitation,
  ) {
    const { sip } = this.network;
    const path = newPath();
    const { request } = transaction;
    this.network.owns(callIdOf(request), this);
    const headers: HeaderLines = [
      ['Contact', this.#contact],
      ['Content-Type', 'application/sdp'],
    ];
    transaction.reply(200, { toTag, headers, body: Buffer.from(sdpOf(path)) });
    const to = `${request.headers.get('To') ?? ''};tag=${toTag}`;
    const response: SipResponse = {
      kind: 'response',
      status: 200,
      reason: 'OK',
      headers: new Headers([['To', to]]),
      body: Buffer.alloc(0),
    };
    while (!sip.acks.some((ack) => callIdOf(ack) === callIdOf(request))) await sip.acked(sip.acks.length + 1);
    const group = this.#group(room, contributionId, subject);
    const dialog = Dialog.fromRequest(request, response, transaction.flow);
    await this.#up(group, dialog, { callId: callIdOf(request), peer: pathIn(sdp), path });
    const waiting = this.#waiting.shift();
    if (waiting) waiting(group);
    else this.#joined.push(group);
  }

  received(transaction: ServerTransaction): void {
    const { request } = transaction;
    const usage = this.#usages.get(callIdOf(request));
    if (!usage) {
      // SUB-07: the SUBSCRIBE is not done with. It answers 200, and nobody sees the document.
      for (const group of this.groups.values()) group.lost++;
      return void transaction.reply(200);
    }
    const { group, dialog } = usage;
    // SDP-16: its 200 to a re-INVITE has no body.
    if (request.method === 'INVITE') group.reinvited++;
    transaction.reply(200, request.method === 'INVITE' ? { headers: [['Contact', this.#contact]] } : {});
    if (request.method === 'BYE') group.ended(request, dialog === group.dialog);
    if (request.method === 'NOTIFY') this.#notified(group, request);
    group.changed();
  }

  #notified(group: Group, { headers, body }: SipRequest): void {
    group.notified.push(headers.get('Subscription-State') ?? '');
    if (body.length > 0) group.roster.read(body.toString());
  }

  // What it does.

  /** SUBSCRIBE out of dialog to the stored Contact; resolves with the status. */
  async subscribe(group: Group): Promise<number> {
    const { sip } = this.network;
    const headers: HeaderLines = [
      ['Event', 'conference'],
      ['Accept', 'application/conference-info+xml'],
      ['Expires', '3600'],
    ];
    const request = sip.compose('SUBSCRIBE', group.room, {
      headers: [...headers, ...this.#identity, ...group.headers],
    });
    request.headers.set('From', `<${this.uri}>;tag=${randomToken()}`);
    this.network.owns(callIdOf(request), this);
    const { status } = await sip.exchange(request);
    if (status < 300) this.#usages.set(callIdOf(request), { group, dialog: undefined });
    return status;
  }

  /** A request in the leg. */
  async request(group: Group, method: string, headers: HeaderLines = []): Promise<SipResponse> {
    const { dialog } = group;
    if (!dialog) throw new Error('no leg');
    const request = dialog.createRequest(method, { headers: [['Contact', this.#contact], ...headers] });
    return this.network.sip.exchange(request, dialog);
  }

  /** REFER without subscription, a URI without brackets (flow 3b). */
  refer(group: Group, target: string): Promise<SipResponse> {
    return this.request(group, 'REFER', [['Refer-To', target], ['Refer-Sub', 'false'], ...group.headers]);
  }

  /** For good (BYE-02). */
  async leave(group: Group): Promise<void> {
    group.state = 'left';
    await this.#bye(group, 'SIP;cause=200;text="Call completed"');
  }

  /** The network found that the radio is gone (BYE-03). */
  async released(group: Group, reason: string | null = 'SIP;cause=480;text="Bearer Unavailable"'): Promise<void> {
    group.state = 'idle';
    await this.#bye(group, reason);
  }

  /** The radio is gone, and nobody noticed yet. */
  cut(group: Group): void {
    group.session?.drop();
    group.state = 'idle';
  }

  async #bye(group: Group, reason: string | null): Promise<void> {
    await this.request(group, 'BYE', reason === null ? [] : [['Reason', reason]]);
    group.session?.drop();
    group.dialog = undefined;
  }
}

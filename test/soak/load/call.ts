import type { Dialog, ServerTransaction, SipRequest, SipResponse } from '../../../lib/embedded-drachtio/sip.js';
import { FakeMsrpPeer, type Frame } from '../../support/fake-msrp-peer.js';
import { cpim } from '../../support/caller.js';
import type { Agent, AgentDialog, HeaderLines } from './agent.js';
import type { Account, End, Ledger } from './ledger.js';
import { type Direction, newPath, pathIn, sdp } from './sdp.js';
import type { Pause } from './pause.js';

/** Milliseconds that a response to an MSRP request is waited for. */
const MSRP_PATIENCE = 3_000;

export interface CallFacts {
  agent: Agent;
  ledger: Ledger;
  account: Account;
  pause: Pause;
  /** Address of record of whose call it is. */
  from: string;
  room: string;
  path: string;
}

/** One INVITE dialog, whoever began it, and its MSRP session. */
export class Call implements AgentDialog {
  #msrp: FakeMsrpPeer | undefined;
  #path: string;
  #peer: string;
  #direction: Direction = 'sendrecv';
  #timed = false;
  #over = false;
  #frames = 0;
  readonly #answers = new Map<string, (frame: Frame | null) => void>();

  constructor(
    readonly dialog: Dialog,
    private readonly facts: CallFacts,
    made: SipRequest | SipResponse,
    readonly acknowledged: () => void = () => {},
  ) {
    this.#path = facts.path;
    this.#peer = pathIn(made.body) ?? '';
    this.#refreshed(made);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether the server would find out, sooner or later, that nobody is there any more. */
  get timed(): boolean {
    return this.#timed;
  }

  get connected(): boolean {
    return this.#msrp?.socket?.destroyed === false;
  }

  /** What the server asks in the dialog. */
  request(transaction: ServerTransaction): void {
    const { agent, ledger } = this.facts;
    const { method, headers } = transaction.request;
    const contact: HeaderLines = [agent.contact];
    const timer = headers.get('Session-Expires');
    if (timer !== undefined) contact.push(['Session-Expires', timer], ['Require', 'timer']);
    ledger.did(`${method} of the server`);
    switch (method) {
      case 'BYE':
        transaction.reply(200);
        this.#end('byServer');
        break;
      case 'INVITE':
        contact.push(['Content-Type', 'application/sdp']);
        transaction.reply(200, { headers: contact, body: Buffer.from(sdp(this.#path, this.#direction)) });
        break;
      default:
        transaction.reply(200, { headers: contact });
    }
  }

  /** Connects to the room and binds the session; false when that did not come about. */
  async connect(): Promise<boolean> {
    if (!this.#peer.startsWith('msrp://')) return false;
    try {
      const msrp = await FakeMsrpPeer.connect(this.#peer, this.#path);
      if (this.#over) msrp.drop();
      else this.#use(msrp);
    } catch {
      return false;
    }
    return (await this.#exchange({ range: '1-0/0' }))?.what === '200';
  }

  async say(text: string): Promise<void> {
    const { from, room, ledger } = this.facts;
    if (!this.connected) return ledger.did('SEND without a connection');
    const answer = await this.#exchange({ body: cpim(from, room, text) });
    ledger.did(`SEND ${answer?.what ?? 'unanswered'}`);
  }

  async nickname(name: string): Promise<void> {
    if (!this.connected) return this.facts.ledger.did('NICKNAME without a connection');
    const tid = this.#tid();
    this.#msrp?.write(
      `MSRP ${tid} NICKNAME\r\nTo-Path: ${this.#peer}\r\nFrom-Path: ${this.#path}\r\nUse-Nickname: "${name}"\r\n-------${tid}$\r\n`,
    );
    this.facts.ledger.did(`NICKNAME ${(await this.#answer(tid))?.what ?? 'unanswered'}`);
  }

  /** A new offer: with a path of its own, with the media held, or asking the room for one. */
  async reinvite(how: 'path' | 'hold' | 'bodiless'): Promise<void> {
    const { agent, ledger } = this.facts;
    if (how === 'path') this.#path = newPath();
    if (how === 'hold') this.#direction = this.#direction === 'sendrecv' ? 'sendonly' : 'sendrecv';
    const offer = how === 'bodiless' ? undefined : sdp(this.#path, this.#direction);
    const response = await agent.reinvite(this.dialog, offer, () => sdp(this.#path, this.#direction));
    ledger.did(`re-INVITE ${how} ${response?.status ?? 'unanswered'}`);
    if (this.#over || response === null || response.status > 299) return;
    this.#refreshed(response);
    const peer = pathIn(response.body) ?? this.#peer;
    if (how !== 'path' && peer === this.#peer) return;
    this.#peer = peer;
    this.#msrp?.drop();
    await this.connect();
  }

  /** Any other request in the dialog. */
  async ask(method: string, headers: HeaderLines = [], body = ''): Promise<number | null> {
    const { agent, ledger } = this.facts;
    const extra: HeaderLines = [agent.contact, ...headers];
    const response = await agent.exchange(
      this.dialog.createRequest(method, { headers: extra, body: Buffer.from(body) }),
    );
    ledger.did(`${method} ${response?.status ?? 'unanswered'}`);
    if (method === 'UPDATE' && response && response.status < 300) this.#refreshed(response);
    return response?.status ?? null;
  }

  async bye(): Promise<void> {
    if (this.#over) return;
    const bye = this.ask('BYE');
    this.#end('byUs');
    await bye;
  }

  /** The connection is lost, and nobody is there any more: the dialog is known no more. */
  drop(): void {
    if (!this.#over) this.#end('abandoned');
  }

  /** Nothing comes from here any more; the connection stays open. */
  fallSilent(): void {
    if (this.#over) return;
    const { agent, account } = this.facts;
    this.#over = true;
    account.end('abandoned');
    agent.silence(this);
    if (this.#msrp) this.#msrp.intercept = () => true;
    this.#giveUp();
  }

  /** RFC 4028 §7.2: the last refresh says whether there is a session timer. */
  #refreshed({ headers }: SipRequest | SipResponse): void {
    this.#timed = headers.has('Session-Expires');
  }

  #end(how: End): void {
    if (this.#over) return;
    this.#over = true;
    this.facts.account.end(how);
    this.facts.agent.dialogs.delete(this);
    this.#msrp?.drop();
    this.#giveUp();
  }

  #giveUp(): void {
    for (const take of this.#answers.values()) take(null);
    this.#answers.clear();
  }

  #use(msrp: FakeMsrpPeer): void {
    this.#msrp = msrp;
    msrp.intercept = (frame) => {
      if (/^\d/.test(frame.what)) {
        this.#answers.get(frame.tid)?.(frame);
        this.#answers.delete(frame.tid);
      } else if (frame.what !== 'REPORT') msrp.answer(frame, '200 OK');
      return true;
    };
  }

  #tid(): string {
    return `soak${++this.#frames}`;
  }

  #exchange({ body, range }: { body?: string; range?: string }): Promise<Frame | null> {
    const tid = this.#tid();
    this.#msrp?.send(body, { tid, ...(range !== undefined && { range }) });
    return this.#answer(tid);
  }

  #answer(tid: string): Promise<Frame | null> {
    if (!this.connected) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = this.facts.pause.later(MSRP_PATIENCE, () => {
        this.#answers.delete(tid);
        resolve(null);
      });
      this.#answers.set(tid, (frame) => {
        timer.cancel();
        resolve(frame);
      });
    });
  }
}

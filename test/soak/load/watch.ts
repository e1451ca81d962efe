import type { Dialog, ServerTransaction } from '../../../lib/embedded-drachtio/sip.js';
import type { Agent, AgentDialog } from './agent.js';
import type { Account, End, Ledger } from './ledger.js';
import type { Pause } from './pause.js';

/** Milliseconds that the last NOTIFY is waited for. */
const PATIENCE = 3_000;

/** A dialog that a SUBSCRIBE or REFER made. */
export class Watch implements AgentDialog {
  #over = false;
  #waiting: (() => void)[] = [];

  constructor(
    readonly dialog: Dialog,
    private readonly facts: { agent: Agent; ledger: Ledger; account: Account; pause: Pause },
  ) {}

  request(transaction: ServerTransaction): void {
    const { method, headers } = transaction.request;
    this.facts.ledger.did(`${method} of the server`);
    transaction.reply(method === 'NOTIFY' ? 200 : 405);
    if (/^terminated/i.test(headers.get('Subscription-State') ?? '')) this.#end('byServer');
  }

  async refresh(): Promise<void> {
    await this.#subscribe('120');
  }

  /** Resolves when the server has said the last word. */
  async unsubscribe(): Promise<void> {
    if (this.#over) return;
    await this.#subscribe('0');
    await this.ended();
    this.#end('byUs');
  }

  /** Forgotten: whatever comes in it is answered 481. */
  drop(): void {
    this.#end('abandoned');
  }

  /** Resolves when the subscription was ended, or nothing is to be expected any more. */
  async ended(): Promise<void> {
    if (this.#over) return;
    await new Promise<void>((resolve) => {
      const timer = this.facts.pause.later(PATIENCE, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #subscribe(expires: string): Promise<void> {
    if (this.#over) return;
    const { agent, ledger } = this.facts;
    const headers: [string, string][] = [agent.contact, ['Event', 'conference'], ['Expires', expires]];
    const response = await agent.exchange(this.dialog.createRequest('SUBSCRIBE', { headers }));
    ledger.did(`SUBSCRIBE again ${response?.status ?? 'unanswered'}`);
  }

  #end(how: End): void {
    if (this.#over) return;
    this.#over = true;
    this.facts.account.end(how);
    this.facts.agent.dialogs.delete(this);
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}

import {
  AcceptedInvite,
  createResponse,
  Dialog,
  randomToken,
  type ServerTransaction,
} from '../../../lib/embedded-drachtio/sip.js';
import type { Clock } from '../../../lib/util/clock.js';
import type { Random } from '../../fuzz/random.js';
import { temperOf } from '../cast.js';
import type { Agent, HeaderLines } from './agent.js';
import { Call } from './call.js';
import type { Account, End, Ledger } from './ledger.js';
import type { Pause } from './pause.js';
import { newPath, sdp } from './sdp.js';

const LONGEST_STAY = 4_000;

/** Those whom rooms call; how each behaves, his name says. */
export class Callees {
  readonly #calls = new Set<Call>();
  /** INVITEs not yet answered. */
  readonly #ringing = new Set<Account>();
  #stopping = true;

  constructor(
    private readonly agent: Agent,
    private readonly clock: Clock,
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly pause: Pause,
  ) {
    agent.invited = (transaction) => this.#invited(transaction);
  }

  /** From now on calls are taken, again. */
  open(): void {
    this.#stopping = false;
  }

  /** Half of those who are in a call hang up; the others are gone without a word. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const account of this.#ringing) account.end('failed');
    const goodbyes: Promise<void>[] = [];
    for (const [n, call] of [...this.#calls].entries()) {
      if (n % 2 === 0) goodbyes.push(call.bye());
      else call.drop();
    }
    await Promise.all(goodbyes);
  }

  #invited(transaction: ServerTransaction): void {
    const account = this.ledger.begin('called');
    const refuse = (status: number): void => {
      if (transaction.answered) return;
      transaction.reply(status, { toTag });
      over('refused');
    };
    const over = (how: End): void => {
      this.#ringing.delete(account);
      account.end(how);
    };
    this.#ringing.add(account);
    const toTag = randomToken();
    const temper = temperOf(transaction.request.uri);
    // Who is mute does not even end what was cancelled.
    transaction.on('cancel', () => (temper === 'mute' ? over('failed') : refuse(487)));
    if (this.#stopping) return refuse(480);
    switch (temper) {
      case 'busy':
        return refuse(486);
      case 'declines':
        return refuse(603);
      case 'mute':
        return;
      default:
        transaction.reply(180, { toTag, headers: [this.agent.contact] });
    }
    if (temper === 'rings') return;
    const delay = temper === 'slow' ? this.random.below(1_000) : 0;
    this.pause.later(delay, () => {
      if (transaction.answered) return;
      this.#ringing.delete(account);
      void this.#accept(transaction, toTag, account);
    });
  }

  async #accept(transaction: ServerTransaction, toTag: string, account: Account): Promise<void> {
    const { request, flow } = transaction;
    const { agent, ledger, pause } = this;
    const path = newPath();
    const headers: HeaderLines = [
      agent.contact,
      ['Content-Type', 'application/sdp'],
      ['Allow', 'INVITE, ACK, BYE, UPDATE'],
    ];
    const timer = request.headers.get('Session-Expires');
    if (timer !== undefined)
      headers.push(['Session-Expires', `${timer.split(';')[0]};refresher=uac`], ['Require', 'timer']);
    const response = createResponse(request, 200, { toTag, headers, body: Buffer.from(sdp(path)) });
    const dialog = Dialog.fromRequest(request, response, flow);
    const from = request.uri;
    const room = /<([^>]+)>/.exec(request.headers.get('From') ?? '')?.[1] ?? '';
    const facts = { agent, ledger, account, pause, from, room, path };
    const call = new Call(dialog, facts, request, () => accepted.stop());
    const repeat = (): void => {
      transaction.respond(response);
    };
    const accepted = new AcceptedInvite(this.clock, agent.timers, repeat, () => void call.bye());
    agent.dialogs.add(call);
    this.#calls.add(call);
    repeat();
    await this.#live(call);
    this.#calls.delete(call);
    if (call.over) accepted.stop();
  }

  async #live(call: Call): Promise<void> {
    if (await call.connect()) await call.say('hello');
    await this.pause.between(100, LONGEST_STAY);
    if (call.over) return;
    const fate = this.random.below(10);
    if (fate < 7) await call.bye();
    else if (fate < 9) call.drop();
    else if (call.timed) call.fallSilent();
    else await call.bye();
  }
}

import type { ClientTransaction, SipResponse } from '../../../lib/embedded-drachtio/sip.js';
import type { Random } from '../../fuzz/random.js';
import { lines } from '../../support/caller.js';
import { list } from '../../support/referrer.js';
import { calleeUri, DOMAIN, FACTORY, PEOPLE, personUri, roomUri, TEMPERS } from '../cast.js';
import type { Agent, AgentDialog, HeaderLines } from './agent.js';
import { Call } from './call.js';
import type { Kind, Ledger } from './ledger.js';
import type { Pause } from './pause.js';
import { newPath, sdp } from './sdp.js';
import { Watch } from './watch.js';

const BOUNDARY = 'soak-boundary';
const TIMER: HeaderLines = [
  ['Supported', 'timer'],
  ['Session-Expires', '90;refresher=uac'],
];

export interface World {
  agents: readonly Agent[];
  rooms: number;
  ledger: Ledger;
  random: Random;
  pause: Pause;
}

/** Comes and goes for ever, in one room or another, as this or that person. */
export class User {
  #stopping = false;
  #callees = 0;

  constructor(private readonly world: World) {}

  /** Goes as soon as it can. */
  stop(): void {
    this.#stopping = true;
  }

  async run(): Promise<void> {
    const { random, pause } = this.world;
    while (!this.#stopping) {
      const dice = random.below(100);
      if (dice < 75) await this.#join();
      else if (dice < 85) await this.#factory();
      else if (dice < 95) await this.#watch(this.#person(), this.#room(), this.#agent());
      else await this.#nonsense();
      await pause.between(5, 50);
    }
  }

  #person(): string {
    return personUri(this.world.random.below(PEOPLE));
  }

  #room(): string {
    return roomUri(this.world.random.below(this.world.rooms));
  }

  #agent(): Agent {
    return this.world.random.pick(this.world.agents);
  }

  #callee(): string {
    return calleeUri(this.world.random.pick(TEMPERS), this.world.random.below(1_000) + 1_000 * this.#callees++);
  }

  async #join(): Promise<void> {
    const { random } = this.world;
    const path = newPath();
    const headers: HeaderLines = [['Content-Type', 'application/sdp'], ...(random.chance(30) ? TIMER : [])];
    await this.#call('join', this.#room(), path, { headers, body: sdp(path) });
  }

  async #factory(): Promise<void> {
    const path = newPath();
    const { random } = this.world;
    const invitees = Array.from({ length: 1 + random.below(4) }, () => this.#callee());
    const headers: HeaderLines = [
      ['Content-Type', `multipart/mixed;boundary=${BOUNDARY}`],
      ['Require', 'recipient-list-invite'],
    ];
    const body = lines(
      `--${BOUNDARY}`,
      'Content-Type: application/sdp',
      '',
      sdp(path),
      `--${BOUNDARY}`,
      'Content-Type: application/resource-lists+xml',
      'Content-Disposition: recipient-list',
      '',
      `${list(...invitees)}--${BOUNDARY}--`,
    );
    await this.#call('factory', `sip:${FACTORY}@${DOMAIN}`, path, { headers, body });
  }

  async #call(
    kind: Kind,
    to: string,
    path: string,
    { headers, body }: { headers: HeaderLines; body: string },
  ): Promise<void> {
    const { ledger, pause, random } = this.world;
    const agent = this.#agent();
    const from = this.#person();
    const account = ledger.begin(kind);
    const request = agent.compose('INVITE', { from, to, headers, body });
    let call: Call | undefined;
    const take = (dialog: Call['dialog'], response: SipResponse) => {
      const room = /<([^>]+)>/.exec(response.headers.get('Contact') ?? '')?.[1] ?? to;
      call = new Call(
        dialog,
        { agent, ledger, account, pause, from, room: kind === 'join' ? to : room, path },
        response,
      );
      return call;
    };
    const impatient = random.chance(5);
    const sent = (transaction: ClientTransaction): void => {
      if (impatient) pause.later(random.below(10), () => agent.cancel(transaction));
    };
    const made = await agent.establish(request, take, { sent });
    ledger.did(`INVITE ${made.outcome === 'refused' ? made.status : made.outcome}${impatient ? ' (cancelled)' : ''}`);
    if (made.outcome !== 'accepted') account.end(made.outcome);
    if (!call) return;
    if (!impatient) await this.#stay(call, from, agent, kind === 'join' ? to : undefined);
    await this.#leave(call);
  }

  async #stay(call: Call, from: string, agent: Agent, room: string | undefined): Promise<void> {
    const { random, pause } = this.world;
    if (random.chance(95)) await call.connect();
    const acts = 1 + random.below(10);
    for (let n = 0; n < acts && !call.over && !this.#stopping; n++) {
      await this.#act(call, from, agent, room);
      await pause.between(10, 200);
    }
  }

  async #act(call: Call, from: string, agent: Agent, room: string | undefined): Promise<void> {
    const { random } = this.world;
    const dice = random.below(100);
    if (dice < 40) await call.say(`number ${dice}`);
    else if (dice < 48) await call.nickname(`nick${random.below(PEOPLE * 2)}`);
    else if (dice < 56)
      await call.ask('SUBSCRIBE', [
        ['Event', 'conference'],
        ['Expires', random.chance(70) ? '90' : '0'],
      ]);
    else if (dice < 68) await call.reinvite(random.pick(['path', 'hold', 'bodiless'] as const));
    else if (dice < 74) await call.ask('UPDATE', random.chance(50) ? TIMER : []);
    else if (dice < 84) await call.ask('REFER', [['Refer-To', `<${this.#callee()}>`]]);
    else if (dice < 90) await call.ask('REFER', [['Refer-To', `<${this.#person()};method=BYE>`]]);
    else if (dice < 94 && room !== undefined) await this.#refer(from, room, agent);
    else if (dice < 97 && room !== undefined) await this.#watch(from, room, agent);
    else await call.ask('OPTIONS');
  }

  /** Most hang up; some lose their connection, or go without a word. */
  async #leave(call: Call): Promise<void> {
    const { random } = this.world;
    const dice = random.below(100);
    if (dice < 75) await call.bye();
    else if (dice < 92 && call.connected) call.drop();
    // Nobody could ever know of one who has no session timer and keeps the connection.
    else if (call.timed && call.connected) call.fallSilent();
    else await call.bye();
  }

  async #watch(from: string, to: string, agent: Agent): Promise<void> {
    const { random, pause } = this.world;
    const headers: HeaderLines = [
      ['Event', 'conference'],
      ['Expires', '120'],
      ['Accept', 'application/conference-info+xml'],
    ];
    const watch = await this.#subscribe('watch', agent, agent.compose('SUBSCRIBE', { from, to, headers }));
    if (!watch) return;
    await pause.between(20, 500);
    if (random.chance(30)) await watch.refresh();
    if (random.chance(70)) await watch.unsubscribe();
    else watch.drop();
  }

  /** REFER outside of a dialog makes one; it ends with the last NOTIFY. */
  async #refer(from: string, to: string, agent: Agent): Promise<void> {
    const headers: HeaderLines = [['Refer-To', `<${this.#callee()}>`]];
    const watch = await this.#subscribe('refer', agent, agent.compose('REFER', { from, to, headers }));
    if (!watch) return;
    await watch.ended();
    watch.drop();
  }

  async #subscribe(kind: Kind, agent: Agent, request: ReturnType<Agent['compose']>): Promise<Watch | undefined> {
    const { ledger, pause } = this.world;
    const account = ledger.begin(kind);
    let watch: Watch | undefined;
    const take = (dialog: Watch['dialog']): AgentDialog => {
      watch = new Watch(dialog, { agent, ledger, account, pause });
      return watch;
    };
    const made = await agent.establish(request, take);
    ledger.did(`${request.method} outside ${made.outcome === 'refused' ? made.status : made.outcome}`);
    if (made.outcome !== 'accepted') account.end(made.outcome);
    return watch;
  }

  /** What has to be refused. */
  async #nonsense(): Promise<void> {
    const { random, ledger } = this.world;
    const agent = this.#agent();
    const from = this.#person();
    const to = this.#room();
    const request = random.pick([
      () => agent.compose('MESSAGE', { from, to, headers: [['Content-Type', 'text/plain']], body: 'hello' }),
      () => agent.compose('REFER', { from, to }),
      () => agent.compose('SUBSCRIBE', { from, to, headers: [['Event', 'presence']] }),
      () => agent.compose('OPTIONS', { from, to }),
      () => agent.compose('BYE', { from, to, headers: [['To', `<${to}>;tag=gone`]] }),
      () =>
        agent.compose('SUBSCRIBE', {
          from,
          to,
          headers: [
            ['To', `<${to}>;tag=gone`],
            ['Event', 'conference'],
          ],
        }),
    ])();
    const response = await agent.exchange(request);
    ledger.did(`nonsense ${request.method} ${response?.status ?? 'unanswered'}`);
  }
}

import type { EndpointMedia, SwitchEvents } from '../../lib/focus-switch.js';
import { type Session, Sessions } from '../../lib/msrp/index.js';
import { SwitchEndpoint } from '../../lib/switch/endpoint.js';
import { ChatSwitch } from '../../lib/switch/switch.js';
import { Driver } from '../../lib/transport/driver.js';
import type { ByteStream } from '../../lib/transport/transport.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from '../support/manual-clock.js';
import { response } from '../support/msrp-frames.js';
import { endpoint, OPEN_RULES } from '../support/switch-world.js';
import { Exchange } from './exchange.js';
import type { Address } from './frames.js';
import type { Random } from './random.js';
import { must, Violation } from './target.js';

export interface Member extends Address {
  id: string;
  /** Members with the same number share a connection. */
  line: number;
  media: Partial<EndpointMedia>;
  /** `a=max-size` of its SDP. */
  maxSize: number | null;
}

/** The driver survives what is thrown inside, and logs it; here it ends the run. */
function rethrow(fields: object): never {
  throw new Violation('an error in the connection', { cause: (fields as { error?: unknown }).error });
}

/** One connection; its far end takes what is written unless it is `full`. */
class Line implements ByteStream {
  readonly kind = 'fuzz';
  readonly remote = 'fuzz';
  readonly exchange = new Exchange();
  readonly driver: Driver;
  closed = false;
  #full = false;
  #waiting: Buffer[] = [];
  #buffered = 0;

  constructor({ sessions, clock }: FuzzedRoom) {
    this.driver = new Driver(this, sessions, { clock }, { ...silent, error: rethrow });
  }

  get buffered(): number {
    return this.#buffered;
  }

  get full(): boolean {
    return this.#full;
  }

  set full(full: boolean) {
    this.#full = full;
    if (full || this.closed) return;
    for (const octets of this.#waiting.splice(0)) this.exchange.wrote(octets);
    this.#buffered = 0;
    this.driver.events.drained();
  }

  says(octets: Buffer): void {
    if (this.closed || this.driver.connection.closed) return;
    this.exchange.arrived(octets);
    // The reader uses its buffer again.
    const shared = Buffer.from(octets);
    this.driver.events.data(shared);
    shared.fill(0xaa);
  }

  write(data: string | Buffer): boolean {
    if (this.closed) return false;
    const octets = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    if (!this.#full) {
      this.exchange.wrote(octets);
      return true;
    }
    this.#waiting.push(Buffer.from(octets));
    this.#buffered += octets.length;
    return false;
  }

  cork(): void {
    // Every write is seen on its own.
  }

  uncork(): void {
    // See cork.
  }

  pause(): void {
    // Nothing is read ahead.
  }

  resume(): void {
    // See pause.
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.driver.events.closed();
  }
}

/** A room on the real switch whose participants may say anything, and what must hold when they have gone. */
export class FuzzedRoom implements SwitchEvents {
  readonly clock = new ManualClock();
  readonly sessions = new Sessions();
  readonly #uri: string;
  readonly #chat: ChatSwitch;
  readonly #outboxes = new Set<SwitchEndpoint['outbox']>();
  #lines: Line[] = [];
  #current: Line[] = [];
  #members: readonly Member[] = [];

  constructor(uri: string) {
    this.#uri = uri;
    this.#chat = new ChatSwitch({ clock: this.clock, log: silent, transport: this, maxPendingBytes: 20_000 });
    this.#chat.events = this;
    this.#chat.openRoom({ uri, rules: { ...OPEN_RULES, acceptWrappedTypes: ['*'] } });
  }

  open(members: readonly Member[]): void {
    this.#members = members;
    for (const member of members) this.#add(member);
  }

  /** The connection the member speaks on: a new one when the last has closed. */
  lineOf({ line }: Member): Line {
    const known = this.#current[line];
    if (known && !known.closed && !known.driver.connection.closed) return known;
    const fresh = new Line(this);
    this.#lines.push(fresh);
    this.#current[line] = fresh;
    return fresh;
  }

  driverOf(session: Session): Driver | undefined {
    return this.#lines.find(({ driver }) => driver.connection === session.connection)?.driver;
  }

  connect(): void {
    throw new Violation('nobody is connected to here');
  }

  /** A re-INVITE, or the member leaves and joins again. */
  renew(member: Member, random: Random): void {
    if (random.chance(50)) return this.#chat.updateEndpoint(mediaOf(member, this.#uri));
    this.#remove(member);
    this.#add(member);
  }

  speak(text: string): void {
    const body = `From: <${this.#uri}>\r\nTo: <${this.#uri}>\r\n\r\nContent-Type: text/plain\r\n\r\n${text}`;
    this.#chat.send(this.#uri, Buffer.from(body), () => true);
  }

  /** The members answer what they got. */
  answer(random?: Random): void {
    for (const line of this.#lines) {
      for (const { tid, toPath, fromPath } of line.exchange.unanswered.splice(0)) {
        const ok = !random || random.chance(95);
        const status = ok ? '200 OK' : random.pick(['200', '400', '408', '413', '415', '481', '506']);
        line.says(Buffer.from(response(tid, status, fromPath[0], toPath[0]), 'latin1'));
      }
    }
  }

  /** What this turn produced leaves. */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Everybody leaves; checks that nothing is left of them. */
  async close(): Promise<void> {
    for (const member of this.#members) this.#remove(member);
    for (const line of this.#lines) line.full = false;
    await this.turn();
    await this.turn();
    for (const line of this.#lines) {
      line.exchange.check(!line.closed && !line.driver.connection.closed);
      line.destroy();
    }
    this.#lines = [];
    this.#current = [];
    for (const outbox of this.#outboxes) {
      must(outbox.pending === 0 && outbox.unanswered === 0, () => `${outbox.pending} octets wait in an outbox`);
    }
    this.#outboxes.clear();
    must(this.sessions.size === 0, () => `${this.sessions.size} sessions are left`);
    must(this.clock.pending === 0, () => `${this.clock.pending} timers are left`);
    const { endpoints, partialOctets } = this.#chat.load;
    must(endpoints === 0 && partialOctets === 0, () => `${endpoints} endpoints, ${partialOctets} octets are left`);
  }

  nickname(): number {
    return 200;
  }

  sessionBound(): void {
    // Bound again after a loss.
  }

  sessionLost(): void {
    // The focus would wait for a re-INVITE; so does the batch.
  }

  message(): void {
    // Watched, so that what is kept for watchers is kept.
  }

  #add(member: Member): void {
    this.#chat.addEndpoint(mediaOf(member, this.#uri));
    const handler = this.sessions.find([member.to])?.handler;
    if (handler instanceof SwitchEndpoint) this.#outboxes.add(handler.outbox);
  }

  #remove({ id }: Member): void {
    this.#chat.removeEndpoint(id);
  }
}

function mediaOf({ id, to, from, user, media, maxSize }: Member, room: string): EndpointMedia {
  const plain = endpoint(id, { room, fromUris: [user], toUris: [user], ...media });
  const peer = { ...plain.session.peer, path: [from], maxSize };
  return { ...plain, session: { ...plain.session, localUri: to, peer } };
}

import type { EndpointMedia, RoomRules } from '../../lib/focus-switch.js';
import { type Session, Sessions } from '../../lib/msrp/index.js';
import { ChatSwitch, type SwitchOptions } from '../../lib/switch/switch.js';
import { Driver } from '../../lib/transport/driver.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from './manual-clock.js';
import { FrameReader, framesOf, isRequest, messagesOf, type ParsedFrame, request, response } from './msrp-frames.js';
import { ScriptedStream } from './scripted-stream.js';
import { endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from './switch-world.js';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A connection of one client to the switch, in memory. */
export class StageLine {
  readonly stream = new ScriptedStream();
  readonly driver: Driver;
  readonly id: string;
  #count = 0;

  constructor(stage: Stage, id: string) {
    this.id = id;
    this.driver = new Driver(this.stream, stage.sessions, { clock: stage.clock }, silent);
    this.stream.driver = this.driver;
  }

  /** Everything written to this client. */
  get frames(): ParsedFrame[] {
    return framesOf(this.stream.read);
  }

  /** Status codes of the answers it got. */
  get statuses(): number[] {
    return this.frames.flatMap(({ message }) => (message.kind === 'response' ? [message.status] : []));
  }

  /** Complete messages it got. */
  get messages(): string[] {
    return messagesOf(this.frames).map((body) => body.toString('latin1'));
  }

  /** Body of the last frame that was written to its end. */
  get lastBody(): string | undefined {
    const reader = new FrameReader();
    reader.parser.receive(this.stream.read);
    return reader.frames[reader.frames.length - 1]?.body.toString('latin1');
  }

  /** Flags of the SENDs it got. */
  get flags(): string {
    return this.frames
      .filter(isRequest)
      .filter(({ message }) => message.method === 'SEND')
      .map(({ end }) => end.flag)
      .join('');
  }

  says(text: string): void {
    this.driver.events.data(Buffer.from(text, 'latin1'));
  }

  /** One SEND; `range` like `1-10/20`. */
  send(
    body: string | undefined,
    more: { id?: string; range?: string; flag?: string; lines?: string[]; type?: string } = {},
  ): void {
    this.says(this.frameOf(body, more));
  }

  frameOf(
    body: string | undefined,
    more: { id?: string; range?: string; flag?: string; lines?: string[]; type?: string } = {},
  ): string {
    const tid = `${this.id.replace('#', '')}t${1000 + this.#count++}`;
    const lines = [`Message-ID: ${more.id ?? tid}`];
    if (more.range !== undefined) lines.push(`Byte-Range: ${more.range}`);
    lines.push(...(more.lines ?? []));
    if (body !== undefined) lines.push(`Content-Type: ${more.type ?? 'message/cpim'}`);
    return request(tid, 'SEND', localUri(this.id), peerUri(this.id), lines, body, more.flag);
  }

  /** Answers everything it got with this status. */
  answer(status: string): void {
    for (const { message } of this.frames.filter(isRequest)) {
      if (message.method === 'SEND') this.says(response(message.tid, status, message.fromPath[0], peerUri(this.id)));
    }
  }
}

/** A room on the real switch, with clients on connections in memory. */
export class Stage {
  readonly clock: ManualClock;
  readonly sessions = new Sessions();
  readonly focus = new NotingFocus();
  readonly chat: ChatSwitch;
  readonly #lines: StageLine[] = [];
  readonly #drivers = new Set<Driver>();

  constructor(rules: Partial<RoomRules> = {}, options: Partial<SwitchOptions> = {}, clock = new ManualClock()) {
    this.clock = clock;
    this.chat = new ChatSwitch({ clock, log: silent, transport: this, ...options });
    this.chat.events = this.focus;
    this.chat.openRoom({ uri: ROOM, rules: { ...OPEN_RULES, ...rules } });
  }

  /** Adds the endpoint and binds its session. */
  join(id: string, more: Partial<EndpointMedia> = {}): StageLine {
    this.chat.addEndpoint(endpoint(id, more));
    return this.bind(id);
  }

  /** A new connection on which the endpoint's session is bound. */
  bind(id: string): StageLine {
    const line = this.open(id);
    const session = this.sessions.find([localUri(id)]);
    if (session) line.driver.connection.bind(session);
    return line;
  }

  open(id: string): StageLine {
    const line = new StageLine(this, id);
    this.#lines.push(line);
    this.adopt(line.driver);
    return line;
  }

  /** A connection made elsewhere. */
  adopt(driver: Driver): void {
    this.#drivers.add(driver);
  }

  driverOf(session: Session): Driver | undefined {
    return [...this.#drivers].find(({ connection }) => connection === session.connection);
  }

  connect(): void {
    throw new Error('nobody is connected to on this stage');
  }

  /** Ends everything; returns the timers that are left, which should be none. */
  close(): number {
    for (const { id } of this.#lines) this.chat.removeEndpoint(id);
    for (const driver of this.#drivers) driver.events.closed();
    return this.clock.pending;
  }
}

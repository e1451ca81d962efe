import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Client as Codec } from 'rtpengine-client';
import { lines } from './caller.js';
import { freeSocket } from './free-port.js';

/** One command as it came. */
export type NgCommand = Readonly<Record<string, unknown>> & { command: string };

interface Party {
  port: number;
  /** Tags that hear it. */
  readonly heardBy: Set<string>;
}

/** As engines of that version answer: only the later one mixes. */
export type EngineVersion = '10.5' | '26.3';

const MIXING = new Set(['mesh', 'connect']);

/** rtpengine's ng port without the media: keeps calls as the real one does, and can be made to misbehave. */
export class FakeRtpEngine {
  /** All but probes and repetitions, in the order in which they came. */
  readonly commands: NgCommand[] = [];
  /** Commands that are answered with an error, and its text. */
  readonly refusals = new Map<string, string>();
  /** Takes commands and says nothing. */
  silent = false;
  readonly #calls = new Map<string, Map<string, Party>>();
  readonly #silenced = new Set<string>();
  readonly #replies = new Map<string, Buffer>();
  readonly #waiting: { command: string; found: (command: NgCommand) => void }[] = [];
  #ports = 30_000;

  private constructor(
    readonly port: number,
    private readonly version: EngineVersion,
    private readonly socket: Socket,
  ) {
    socket.on('message', (datagram, from) => this.#received(datagram, from));
  }

  static async start(version: EngineVersion = '26.3', port?: number): Promise<FakeRtpEngine> {
    // Nobody is to get it by chance while there is none.
    const socket = port === undefined ? await freeSocket() : createSocket('udp4').bind(port, '127.0.0.1');
    if (port !== undefined) await once(socket, 'listening');
    return new FakeRtpEngine(socket.address().port, version, socket);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get calls(): string[] {
    return [...this.#calls.keys()];
  }

  /** Who hears whom in the only call, e.g. `1>2 2>1` for parties in the order of their ports. */
  get hearing(): string {
    const parties = [...(this.#calls.values().next().value ?? [])];
    const names = new Map(parties.map(([tag], index) => [tag, index + 1]));
    return parties
      .flatMap(([tag, { heardBy }]) => [...heardBy].map((other) => `${names.get(tag)}>${names.get(other)}`))
      .toSorted()
      .join(' ');
  }

  /** Places, in the order of their coming, of those who are silenced. */
  get silenced(): number[] {
    const tags = [...(this.#calls.values().next().value?.keys() ?? [])];
    return tags.flatMap((tag, index) => (this.#silenced.has(tag) ? [index + 1] : []));
  }

  named(command: string): NgCommand[] {
    return this.commands.filter((one) => one.command === command);
  }

  /** The next command of that name that comes from now on. */
  next(command: string): Promise<NgCommand> {
    return new Promise((found) => this.#waiting.push({ command, found }));
  }

  /** All calls are gone. */
  restart(): void {
    this.#calls.clear();
    this.#silenced.clear();
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  #received(datagram: Buffer, from: RemoteInfo): void {
    const { id, data } = Codec.decodeMessage(datagram);
    const command = data as NgCommand;
    const isProbe = command.command === 'mesh' && command['calls'] === undefined;
    if (!isProbe && !this.#replies.has(id)) {
      this.commands.push(command);
      const index = this.#waiting.findIndex((waiting) => waiting.command === command.command);
      if (index >= 0) this.#waiting.splice(index, 1)[0].found(command);
    }
    if (this.silent) return;
    // Its cookie tells a repeated command.
    const reply = this.#replies.get(id) ?? Codec.encodeMessage(id, this.#reply(command));
    this.#replies.set(id, reply);
    this.socket.send(reply, from.port, from.address);
  }

  #reply(command: NgCommand): object {
    const { command: name } = command;
    const refusal = this.refusals.get(name);
    if (refusal !== undefined) return failed(refusal);
    if (MIXING.has(name) && this.version === '10.5') return failed('Unrecognized command');
    if (name === 'publish') return this.#publish(command);
    if (name === 'mesh' && command['calls'] === undefined) return failed('No calls given');
    const calls = (command['calls'] ?? [command['call-id']]) as string[];
    const parties = this.#calls.get(calls[0]);
    if (name === 'delete') {
      this.#calls.delete(calls[0]);
      return OK;
    }
    if (!parties) return failed('Unknown call-ID');
    switch (name) {
      case 'mesh':
        return mesh(command, parties);
      case 'unsubscribe':
        return this.#unsubscribe(command, parties);
      case 'subscribe request':
        return this.#subscribe(command, parties);
      case 'subscribe answer':
        return parties.has(String(command['to-tag'])) ? OK : failed('To-tag not found');
      case 'silence media':
      case 'unsilence media':
        return this.#silence(command, parties);
      default:
        return failed('Unrecognized command');
    }
  }

  #publish({ 'call-id': call, 'from-tag': tag, sdp, flags }: NgCommand): object {
    const offered = String(sdp);
    if (/^m=message/m.test(offered) || !/^m=audio [1-9]/m.test(offered)) return failed('Failed to create SDP');
    const parties = this.#calls.get(String(call)) ?? new Map<string, Party>();
    this.#calls.set(String(call), parties);
    const party = parties.get(String(tag)) ?? { port: (this.#ports += 2), heardBy: new Set<string>() };
    parties.set(String(tag), party);
    const mixed = Array.isArray(flags) && flags.includes('bidirectional');
    return { ...OK, sdp: description(party.port, answerTo(offered, mixed)) };
  }

  #subscribe({ 'to-tag': tag, 'from-tags': from }: NgCommand, parties: Map<string, Party>): object {
    const publisher = parties.get((from as string[])[0]);
    if (!publisher) return failed('From-tag given, but no such tag exists');
    parties.set(String(tag), { port: (this.#ports += 2), heardBy: new Set() });
    publisher.heardBy.add(String(tag));
    return { ...OK, sdp: description(this.#ports, 'sendonly') };
  }

  #unsubscribe({ 'from-tag': from, 'to-tag': to }: NgCommand, parties: Map<string, Party>): object {
    if (from === undefined) for (const { heardBy } of parties.values()) heardBy.delete(String(to));
    parties.get(String(from))?.heardBy.delete(String(to));
    parties.get(String(to))?.heardBy.delete(String(from));
    return OK;
  }

  #silence({ command, 'from-tag': tag }: NgCommand, parties: Map<string, Party>): object {
    if (!parties.has(String(tag))) return failed('From-tag given, but no such tag exists');
    if (command === 'silence media') this.#silenced.add(String(tag));
    else this.#silenced.delete(String(tag));
    return OK;
  }
}

const OK = { result: 'ok' };

const failed = (reason: string): object => ({ result: 'error', 'error-reason': reason });

function mesh(command: NgCommand, parties: Map<string, Party>): object {
  const [{ from, to }] = command['tags'] as { from: string; to: string[] }[];
  const all = [from, ...to].map((tag) => parties.get(tag));
  if (all.some((party) => party === undefined)) return failed('Tag not found');
  for (const tag of to) {
    parties.get(from)?.heardBy.add(tag);
    parties.get(tag)?.heardBy.add(from);
  }
  return OK;
}

/** The other half of what is offered; who does not mix only takes. */
function answerTo(offered: string, mixed: boolean): string {
  const [, direction = 'sendrecv'] = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(offered) ?? [];
  if (direction === 'inactive') return 'inactive';
  if (direction === 'recvonly') return 'sendonly';
  return mixed && direction === 'sendrecv' ? 'sendrecv' : 'recvonly';
}

const description = (port: number, direction: string): string =>
  lines(
    'v=0',
    'o=- 77 77 IN IP4 192.0.2.9',
    's=rtpengine',
    'c=IN IP4 192.0.2.9',
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    `a=${direction}`,
    `a=rtcp:${port + 1}`,
  );

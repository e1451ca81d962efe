import { ManualClock } from '../../support/manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../../support/server.js';
import type { RoomOptions } from '../../../plugin/options/options.js';
import { Actor } from './actor.js';
import { Deviation } from './error.js';
import type { RoomSpec, Script } from './script.js';
import { fill, unquote } from './text.js';

/** What a script waits for, for the message when it does not come. */
interface Expectation {
  expected: string;
  got: () => string;
}

/** Milliseconds of one step of time. */
const STEP = 1_000;

/** Milliseconds that do not pass. */
const FOREVER = 1e9;

/** Milliseconds of the server's clock that what comes "at once" may take. */
const MOMENT = 500;

/** Turns of the event loop in one step of time: what crosses a socket meanwhile must not find it gone. */
const TURNS = 100;

let rooms = 0;

/** The server, the rooms and the actors of one script while it runs. */
export class Stage {
  readonly server: ServerUnderTest;
  readonly #script: Script;
  readonly #clock: ManualClock | undefined;
  readonly #ownServer: boolean;
  readonly #actors = new Map<string, Actor>();
  /** URIs by name. */
  readonly #rooms: ReadonlyMap<string, string>;
  awaited: Expectation = { expected: 'it to happen', got: () => 'nothing' };
  /** The script ended or failed: nothing waits any more. */
  over = false;

  private constructor(script: Script, server: ServerUnderTest, uris: ReadonlyMap<string, string>, clock?: ManualClock) {
    this.#script = script;
    this.server = server;
    this.#ownServer = script.server !== undefined || clock !== undefined;
    this.#rooms = uris;
    this.#clock = clock;
  }

  /** @param shared a server for scripts that need none of their own */
  static async set(script: Script, shared: ServerUnderTest): Promise<Stage> {
    const clock = script.steps.some(({ sentence }) => sentence.needsClock) ? new ManualClock() : undefined;
    const uris = new Map(script.rooms.map(({ name, domain }) => [name, `sip:${name}${++rooms}@${domain}`]));
    const own = script.server !== undefined || clock !== undefined;
    const server = own ? await ownServer(script, uris, clock) : shared;
    const stage = new Stage(script, server, uris, clock);
    try {
      for (const room of script.rooms) if (!room.onDemand) stage.#create(room);
      for (const spec of script.actors) {
        const actor = new Actor({ ...spec, client: stage.#filled(spec.client) });
        stage.#actors.set(spec.name, actor);
        await actor.start((transport) => server.proxy(transport));
      }
    } catch (error) {
      await stage.clear();
      throw error;
    }
    return stage;
  }

  get actors(): Iterable<Actor> {
    return this.#actors.values();
  }

  actor(name: string): Actor {
    const actor = this.#actors.get(name);
    if (!actor) throw new Error(`nobody is called ${name}`);
    return actor;
  }

  /** `Ana, Bob and Carla` */
  named(list: string): Actor[] {
    return (list.match(/[A-Z]\w*/g) ?? []).map((name) => this.actor(name));
  }

  /** URI of a room by its name. */
  room(name: string): string {
    return this.#rooms.get(name) ?? '';
  }

  /** Whether the URI is one of a room. */
  isRoom(uri: string): boolean {
    const alias = this.#script.aliases.get(uri);
    return [...this.#rooms.values()].includes(uri) || (alias !== undefined && this.#rooms.has(alias));
  }

  /** URI of an actor or room by its name, or the URI itself. */
  uri(target: string): string {
    return this.#actors.get(target)?.knownAs ?? this.#rooms.get(target) ?? target;
  }

  /** A quoted text with its placeholders filled in; those that stand for the speaker's own are `{room path}` and `{id}`. */
  text(quoted: string, speaker?: Actor): string {
    return this.filled(unquote(quoted), speaker);
  }

  filled(text: string, speaker?: Actor): string {
    return fill(text, (name) => {
      if (name === 'room path') return speaker?.roomPath;
      if (name === 'id') return speaker?.lastId;
      const path = /^(\w+) path$/.exec(name);
      if (path) return this.#actors.get(path[1])?.path;
      return this.#actors.get(name)?.knownAs ?? this.#rooms.get(name);
    });
  }

  #filled(client: Actor['client']): Actor['client'] {
    const headers = new Map([...client.headers].map(([name, value]) => [name, this.filled(value)]));
    return { ...client, headers, lines: client.lines.map((line) => this.filled(line)) };
  }

  #create({ name, options }: RoomSpec): void {
    const { roster, ...rest } = options as RoomOptions;
    this.server.server.create(this.room(name), { title: name, roster: { interval: 0, ...roster }, ...rest });
  }

  /** Says what the next wait is for. */
  awaits(expected: string, got: () => string = () => 'nothing'): void {
    this.awaited = { expected, got };
  }

  /** Waits for what nobody tells of; with a clock of its own the server has a moment of time for it. */
  async until(expected: string, holds: () => boolean, got?: () => string): Promise<void> {
    this.awaits(expected, got);
    for (let turn = 1; !this.over && !holds(); turn++) {
      if (turn % TURNS === 0 && turn <= MOMENT * TURNS) this.#clock?.advance(1);
      await new Promise(setImmediate);
    }
  }

  /** Lets time pass at the server, which goes on reading meanwhile and has its requests answered. */
  async pass(ms: number): Promise<void> {
    const clock = this.#clock;
    if (!clock) throw new Error('the server has no clock of its own');
    this.awaits('the requests of the server to be answered');
    for (let passed = 0; passed < ms; passed += STEP) {
      await this.server.server.adapter.idle(FOREVER);
      clock.advance(Math.min(STEP, ms - passed));
      await this.turns();
    }
    await this.server.server.adapter.idle(FOREVER);
  }

  /** Lets everybody read and write. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
  }

  /** What came to an actor and no sentence took; it must be nothing. */
  async finish(actor: Actor): Promise<void> {
    this.awaits(`${actor.name} still connected`);
    if (actor.listening) await actor.fence();
    if (actor.inbox.items.length > 0 && !actor.paused) actor.inbox.mustBeEmpty();
    const [request] = actor.signalling.requests;
    if (request) throw new Deviation(`nothing more to ${actor.name}`, request.method);
    const { violation } = actor.signalling.roster;
    if (violation !== undefined) throw new Deviation('documents that follow RFC 4575', violation);
  }

  async clear(): Promise<void> {
    this.over = true;
    await Promise.allSettled([...this.#actors.values()].map((actor) => actor.close()));
    if (this.#ownServer) await this.server.close();
    else for (const uri of this.#rooms.values()) this.server.server.chat.focus.close(uri, 'end of the script');
  }
}

function ownServer(script: Script, uris: ReadonlyMap<string, string>, clock?: ManualClock): Promise<ServerUnderTest> {
  const { aliases, actors } = script;
  const options: ServerUnderTestOptions = {
    ...SERVER_OPTIONS,
    ...(script.server as ServerUnderTestOptions | undefined),
    resolveRoom: ({ uri }) => uris.get(aliases.get(uri) ?? '') ?? null,
    authenticate: ({ from }) => {
      const names = new Set(actors.filter(({ uri }) => uri === from.uri).map(({ name }) => name));
      const others = [...aliases].filter(([, name]) => names.has(name)).map(([uri]) => uri);
      return { ...from, aliases: others };
    },
  };
  return ServerUnderTest.start(clock ? { ...options, clock } : options);
}

/** Of every server: TLS and WebSocket too, and rosters that are told of at once. */
export const SERVER_OPTIONS: ServerUnderTestOptions = {
  msrp: { tls: { listen: '127.0.0.1:0' }, ws: { listen: '127.0.0.1:0' } },
  rooms: { defaults: { roster: { interval: 0 } } },
};

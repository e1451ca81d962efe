import type { NodeId } from '../../cluster/bus.js';
import { memberMedia } from '../../cluster/member.js';
import { parseCpim } from '../../cpim/index.js';
import type { EndpointMedia, Intake, RoomMedia, SessionUsage, SwitchControl } from '../../focus-switch.js';
import { ChatroomsError } from '../../util/errors.js';
import type { Crew, Member } from './crew.js';
import { type Directory, isAddressable, type Resident } from './directory.js';
import { alone } from './octets.js';
import type { SettledRooms } from './settled-rooms.js';
import type { ToWorker } from './to-worker.js';

/** Octets of messages of rooms and programs on their way to one worker; beyond, it gets none. */
const MAX_SENT = 16_777_216;
/** What such a message counts beside its body. */
const HEAD = 256;

export interface SharedControlOptions {
  crew: Crew;
  directory: Directory;
  settled: SettledRooms;
  /** Index of the worker at which a local URI is; undefined for one that is at none. */
  workerOf: (localUri: string) => number | undefined;
  /** An endpoint is at the worker where it was to be. */
  placed: (resident: Resident) => void;
  /** It is where no thread is. */
  homeless: (endpoint: string) => void;
  /** It is no more. */
  removed: (endpoint: string) => void;
}

/**
 * The switch as the focus sees it, in several threads: each room is open in all of them, each endpoint is at one, and the
 * others know of it what they need for routing.
 */
export class SharedControl implements SwitchControl {
  readonly #options: SharedControlOptions;
  /** Somebody watches messages. */
  watched = false;
  /** Somebody looks on at what connections carry. */
  #tapped = false;
  #intake: Intake = 'all';
  /** Of all endpoints: one that comes again under its id does not hear what is late about the session it had. */
  #epochs = 0;
  /** Who wants to know what a session did that is over, by endpoint, until the thread has said so that had it. */
  readonly #leaving = new Map<string, { node: NodeId; over: (usage: SessionUsage | null) => void }>();

  constructor(options: SharedControlOptions) {
    this.#options = options;
  }

  limitIntake(intake: Intake): void {
    this.#intake = intake;
    this.#options.crew.broadcast({ is: 'limitIntake', intake });
  }

  openRoom(room: RoomMedia): void {
    this.#options.directory.open(room);
    this.#options.crew.broadcast({ is: 'openRoom', room });
  }

  updateRoom(room: RoomMedia): void {
    this.#options.directory.update(room);
    this.#options.crew.broadcast({ is: 'updateRoom', room });
  }

  /** A room that nobody is in has nothing under way to anybody. */
  isSettled(uri: string): boolean {
    const { directory, settled } = this.#options;
    return !directory.rooms.get(uri)?.residents.size || settled.isSettled(uri);
  }

  closeRoom(uri: string): void {
    const { crew, directory, settled } = this.#options;
    directory.close(uri);
    settled.forget(uri);
    crew.broadcast({ is: 'closeRoom', uri });
  }

  /** @throws ChatroomsError `CHAT_ERR_ROOM_UNKNOWN` */
  addEndpoint(endpoint: EndpointMedia): void {
    const { directory } = this.#options;
    if (!directory.rooms.has(endpoint.room)) {
      throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `Room ${endpoint.room} is not open; call openRoom first.`);
    }
    const resident: Resident = {
      media: endpoint,
      worker: this.#workerOf(endpoint),
      node: undefined,
      epoch: ++this.#epochs,
    };
    directory.add(resident);
    this.#settle(resident);
  }

  updateEndpoint(endpoint: EndpointMedia): void {
    const { crew, directory } = this.#options;
    const resident = directory.residents.get(endpoint.id);
    if (!resident) return;
    const sameSession = endpoint.session === resident.media.session;
    resident.media = endpoint;
    if (!sameSession) resident.epoch = ++this.#epochs;
    const worker = sameSession ? resident.worker : this.#workerOf(endpoint);
    const home = this.#home(resident);
    if (home && worker === resident.worker) {
      const { epoch } = resident;
      home.port.post({ is: 'updateEndpoint', endpoint, epoch, sameSession });
      crew.broadcast(this.#introduction(resident, home), home.node);
      return;
    }
    // Only a new session comes to another worker, or to the thread that took the place of the one it was at.
    if (sameSession) return;
    home?.port.post({ is: 'removeEndpoint', id: endpoint.id });
    directory.move(resident, worker);
    this.#settle(resident);
  }

  removeEndpoint(id: string, over?: (usage: SessionUsage | null) => void): void {
    const { crew, directory, removed } = this.#options;
    const resident = directory.remove(id);
    if (!resident) return over?.(null);
    const home = this.#home(resident);
    if (home && over) this.#leaving.set(id, { node: home.node, over });
    else over?.(null);
    home?.port.post({ is: 'removeEndpoint', id });
    crew.broadcast({ is: 'memberGone', id }, home?.node);
    removed(id);
  }

  /** A thread says what a session did that it had. One that had it before knows only a part. */
  usage({ node }: Pick<Member, 'node'>, endpoint: string, usage: SessionUsage | null): void {
    const leaving = this.#leaving.get(endpoint);
    if (leaving?.node !== node) return;
    this.#leaving.delete(endpoint);
    leaving.over(usage);
  }

  /** A thread ended, and says nothing more. */
  left({ node }: Pick<Member, 'node'>): void {
    for (const [endpoint, leaving] of this.#leaving) if (leaving.node === node) this.usage({ node }, endpoint, null);
  }

  tell(endpoint: string, body: Buffer): void {
    const resident = this.#options.directory.residents.get(endpoint);
    const home = resident && this.#home(resident);
    if (home) this.#hand(home, { is: 'tell', endpoint, body: alone(body) });
  }

  send(room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    const open = this.#options.directory.rooms.get(room);
    if (!open) return 0;
    const parsed = parseCpim(body);
    if (!parsed.ok) throw new ChatroomsError('CHAT_ERR_CPIM_ARGUMENT', `This is no message/cpim: ${parsed.error}.`);
    const { contentType } = parsed.envelope;
    const chosen = new Map<Member, Set<string>>();
    for (const resident of open.residents.values()) {
      const { media } = resident;
      const home = this.#home(resident);
      if (!home || media.atDoor || !isAddressable(media, contentType) || !recipients(media)) continue;
      const endpoints = chosen.get(home) ?? new Set();
      chosen.set(home, endpoints.add(media.id));
    }
    let sent = 0;
    for (const [home, endpoints] of chosen) {
      if (this.#hand(home, { is: 'send', room, body: alone(body), endpoints })) sent += endpoints.size;
    }
    return sent;
  }

  watch(on: boolean): void {
    this.watched = on;
    this.#options.crew.broadcast({ is: 'watch', on });
  }

  tellOctets(on: boolean): void {
    this.#tapped = on;
    this.#options.crew.broadcast({ is: 'tellOctets', on });
  }

  /** What a worker that begins has to know of before. */
  *briefing(): Iterable<ToWorker> {
    if (this.watched) yield { is: 'watch', on: true };
    if (this.#tapped) yield { is: 'tellOctets', on: true };
    if (this.#intake !== 'all') yield { is: 'limitIntake', intake: this.#intake };
    const { directory } = this.#options;
    for (const { media } of directory.rooms.values()) yield { is: 'openRoom', room: media };
    for (const resident of directory.residents.values()) {
      const home = this.#home(resident);
      if (home) yield this.#introduction(resident, home);
    }
  }

  /** Brings an endpoint to its worker, and tells the others. */
  #settle(resident: Resident): void {
    const { crew, homeless, placed } = this.#options;
    const { media: endpoint, epoch } = resident;
    const home = crew.member(resident.worker);
    resident.node = home?.node;
    if (!home) {
      crew.broadcast({ is: 'memberGone', id: endpoint.id });
      return homeless(endpoint.id);
    }
    // The others replace what they knew of it, wherever it was.
    crew.broadcast(this.#introduction(resident, home), home.node);
    home.port.post({ is: 'memberGone', id: endpoint.id });
    home.port.post({ is: 'addEndpoint', endpoint, epoch });
    placed(resident);
  }

  #introduction({ media }: Resident, { node }: Member): ToWorker {
    return { is: 'member', node, member: memberMedia(media) };
  }

  /** The thread that knows it. */
  #home({ worker, node }: Resident): Member | undefined {
    const member = this.#options.crew.member(worker);
    return member?.node === node ? member : undefined;
  }

  #workerOf({ id, session }: EndpointMedia): number {
    const worker = this.#options.workerOf(session.localUri);
    if (worker === undefined) throw new Error(`endpoint ${id}: no worker listens for ${session.localUri}`);
    return worker;
  }

  #hand({ port }: Member, message: Extract<ToWorker, { body: Uint8Array }>): boolean {
    if (port.inFlight > MAX_SENT) return false;
    port.post(message, HEAD + message.body.length);
    return true;
  }
}

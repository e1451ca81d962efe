import type { NegotiatedSession } from '../../sdp/index.js';
import type { Probe } from '../../overload/probe.js';
import type { Clock, Timer } from '../../util/clock.js';
import { LocalPlane, type LocalPlaneOptions } from '../local-plane.js';
import type { MediaStats } from '../media-plane.js';
import { Exceeded } from './exceeded.js';
import { FocusProxy } from './focus-proxy.js';
import { forwardedLog, plainError } from './forwarded-log.js';
import { GatheredPort } from './gathered-port.js';
import { asBuffer } from './octets.js';
import { OctetTap } from './octet-tap.js';
import { PortBus } from './port-bus.js';
import type { ToFocus } from './to-focus.js';
import type { ToWorker, WorkerStart } from './to-worker.js';

/** Milliseconds between two looks at the figures. */
const STATS_INTERVAL = 1_000;

/** Octets of log records that may be on their way, and what a record counts. */
const MAX_LOGGED = 1_048_576;
const RECORD = 512;

const MIB = 1_048_576;

interface Own {
  session: NegotiatedSession;
  epoch: number;
}

/** The worker's side of the port: does what the focus' thread says with a switch of its own. */
export class WorkerSide {
  readonly #clock: Clock;
  readonly #port: GatheredPort<ToFocus, ToWorker>;
  readonly #bus: PortBus;
  readonly #focus: FocusProxy;
  readonly #exceeded: Exceeded;
  readonly #tap: OctetTap;
  readonly #plane: LocalPlane;
  /** By endpoint id. */
  readonly #own = new Map<string, Own>();
  /** What withdraws the sessions being offered, by number. */
  readonly #announced = new Map<number, () => void>();
  #told = '';
  readonly #probe: Probe;
  #delay = 0;
  #memory = 0;
  #timer: Timer | undefined;
  #closing = false;

  /** @param probe of this thread */
  constructor(start: WorkerStart, clock: Clock, probe: Probe) {
    this.#probe = probe;
    const { node, port, share, certificate, gate, traced } = start;
    this.#clock = clock;
    this.#port = new GatheredPort(
      port,
      'turn',
      (messages) => {
        for (const message of messages) this.#obey(message);
      },
      // Nobody is left to work for.
      () => void this.#close(),
    );
    const log = forwardedLog((level, fields, message) => {
      if (this.#port.inFlight > MAX_LOGGED + this.#tap.limit) return false;
      this.#port.post({ is: 'log', level, fields, message }, RECORD);
      return true;
    });
    this.#tap = new OctetTap({
      clock,
      node,
      post: (message, octets) => this.#port.post(message, octets),
      inFlight: () => this.#port.inFlight,
    });
    this.#bus = new PortBus(node);
    this.#exceeded = new Exceeded(clock, (message) => this.#port.post(message));
    const limited: LocalPlaneOptions['limited'] = (report) => this.#exceeded.exceeded(report);
    this.#plane = new LocalPlane({ clock, log, ...share, certificate, bus: this.#bus, limited });
    this.#focus = new FocusProxy({
      clock,
      gate,
      traced,
      limited: (endpoint, limit, status) => this.#exceeded.endpoint(endpoint, limit, status),
      post: (message, octets) => this.#port.post(message, octets),
      inFlight: () => this.#port.inFlight,
      epochOf: (endpoint) => this.#own.get(endpoint)?.epoch ?? 0,
    });
    this.#plane.events = this.#focus;
  }

  /** Tells the focus' thread where it listens, or why it does not. */
  async listen(): Promise<void> {
    try {
      this.#port.post({ is: 'listening', listening: await this.#plane.listen() });
      this.#watchStats();
    } catch (error) {
      this.#port.post({ is: 'notListening', error: plainError(error) });
    }
  }

  #obey(message: ToWorker): void {
    const { control } = this.#plane;
    switch (message.is) {
      case 'limitIntake':
        return control.limitIntake(message.intake);
      case 'openRoom':
        return control.openRoom(message.room);
      case 'updateRoom':
        return control.updateRoom(message.room);
      case 'closeRoom':
        return control.closeRoom(message.uri);
      case 'addEndpoint':
      case 'updateEndpoint':
      case 'removeEndpoint':
        return this.#endpoint(message);
      case 'member':
        return control.others.set(message.node, message.member);
      case 'memberGone':
        return control.others.remove(message.id);
      case 'tell':
        return control.tell(message.endpoint, asBuffer(message.body));
      case 'send': {
        const { room, body, endpoints } = message;
        control.send(room, asBuffer(body), ({ id }) => endpoints === null || endpoints.has(id));
        return;
      }
      case 'announce':
        this.#announced.set(message.announcement, this.#plane.announce(message.uri));
        return;
      case 'withdraw':
        this.#announced.get(message.announcement)?.();
        this.#announced.delete(message.announcement);
        return;
      default:
        return this.#attend(message);
    }
  }

  #attend(message: Exclude<ToWorker, { is: 'openRoom' | 'updateRoom' | 'closeRoom' }>): void {
    switch (message.is) {
      case 'tellOctets':
        return this.#tap.open(message.on);
      case 'watch':
        this.#focus.watching = message.on;
        return;
      case 'answer':
        return this.#focus.answered(message.question, message.status);
      case 'verdict':
        return this.#focus.judged(message.question, message.verdict);
      case 'askSettled': {
        const { room } = message;
        return this.#port.post({ is: 'settled', room, settled: this.#plane.control.isSettled(room) });
      }
      case 'adjust':
        return this.#plane.adjust(message.limits);
      case 'gate':
        return this.#focus.gateEverywhere(message.everywhere);
      case 'certificate':
        return this.#plane.replaceCertificate(message.pem);
      case 'peer':
        return this.#bus.connect(message.node, message.port);
      case 'close':
        void this.#close();
    }
  }

  #endpoint(message: Extract<ToWorker, { is: 'addEndpoint' | 'updateEndpoint' | 'removeEndpoint' }>): void {
    const { control } = this.#plane;
    if (message.is === 'removeEndpoint') {
      this.#own.delete(message.id);
      const { id: endpoint } = message;
      return control.removeEndpoint(endpoint, (usage) => this.#port.post({ is: 'usage', endpoint, usage }));
    }
    const { endpoint, epoch } = message;
    const known = this.#own.get(endpoint.id);
    if (message.is === 'updateEndpoint' && message.sameSession && known) {
      // The switch takes the very object for a sign that no session was agreed upon.
      return control.updateEndpoint({ ...endpoint, session: known.session });
    }
    this.#own.set(endpoint.id, { session: endpoint.session, epoch });
    if (message.is === 'addEndpoint') control.addEndpoint(endpoint);
    else control.updateEndpoint(endpoint);
  }

  #watchStats(): void {
    this.#tellStats();
    this.#tellDelay();
    this.#tellMemory();
    if (!this.#closing) this.#timer = this.#clock.after(STATS_INTERVAL, () => this.#watchStats());
  }

  /** Unless they are what was told last. */
  #tellStats(): void {
    const stats: MediaStats = this.#plane.stats;
    const text = JSON.stringify(stats);
    if (text === this.#told) return;
    this.#told = text;
    this.#port.post({ is: 'stats', stats });
  }

  /** Unless it is as good as none, and was. */
  #tellDelay(): void {
    const delay = Math.round(this.#probe.delay().mean);
    if (delay === this.#delay) return;
    this.#delay = delay;
    this.#port.post({ is: 'delay', delay });
  }

  /** Unless it is about what was told last. What is resident is that of all threads, and seen by the focus' one. */
  #tellMemory(): void {
    const { heapUsed, arrayBuffers } = this.#probe.memory();
    const octets = Math.ceil((heapUsed + arrayBuffers) / MIB) * MIB;
    if (octets === this.#memory) return;
    this.#memory = octets;
    this.#port.post({ is: 'memory', octets });
  }

  async #close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#tap.open(false);
    this.#probe.close();
    this.#timer?.cancel();
    // No endpoint is left: nothing of others is for anybody here.
    this.#bus.close();
    await this.#plane.close();
    this.#exceeded.close();
    this.#tellStats();
    this.#port.close();
  }
}

import type { FeedEvent, Status } from '../../../api/schemas/index.js';
import type { Clock, Timer } from '../../../../lib/util/clock.js';
import type { Api } from './api/api.js';
import { EventStream } from './api/event-stream.js';
import { clockTime } from './model/format.js';
import { countersOf, Rates } from './model/rates.js';
import { RoomList } from './model/room-list.js';
import { type Route, routeOf } from './model/route.js';
import { Refresh } from './session/refresh.js';
import { strings } from './strings.js';
import { ActivityView } from './view/activity-view.js';
import { OverviewView } from './view/overview-view.js';
import { type Tone, wordsOf } from './view/parts.js';
import { QuestionDialog } from './view/question-dialog.js';
import { RoomView } from './view/room-view.js';
import { RoomsView } from './view/rooms-view.js';
import { Shell } from './view/shell.js';
import type { Surroundings, View } from './view/view.js';

/** Milliseconds between two looks at the server, and at least between one and the next; and while nobody looks at the page. */
const STATUS = 5000;
const LEAST = 2000;
const SLOW = 30_000;
/** Rooms that are shown at once. */
const ROWS = 50;
/** After these the figures are others. */
const TELLING: ReadonlySet<FeedEvent['type']> = new Set([
  'overload',
  'server.ready',
  'server.draining',
  'room.created',
  'room.closed',
  'participant.joined',
  'participant.left',
]);
/** Milliseconds that it is shown what was done. */
const TOLD = 8000;

const VIEWS = { overview: OverviewView, rooms: RoomsView, activity: ActivityView } as const;

export interface DashboardOptions {
  api: Api;
  clock: Clock;
  /** Undefined where no token is needed. */
  forget: (() => void) | undefined;
}

/** The page for those who may. */
export class Dashboard {
  readonly element: HTMLElement;
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #rates = new Rates();
  readonly #rooms: Surroundings['rooms'] = {
    list: new RoomList(),
    choice: { filter: '', state: 'all', sort: 'participants', descending: true, page: 0, size: ROWS },
  };
  readonly #shell: Shell;
  readonly #dialog: QuestionDialog;
  readonly #stream: EventStream;
  readonly #status: Refresh;
  readonly #listeners = new AbortController();
  #view: View | undefined;
  #last: Status | undefined;
  #lastRead: Date | undefined;
  #trouble = '';
  #told: Timer | undefined;

  constructor({ api, clock, forget }: DashboardOptions) {
    this.#api = api;
    this.#clock = clock;
    this.#shell = new Shell(forget);
    this.#dialog = new QuestionDialog({
      done: (text) => this.#tell(text, 'plain'),
      failed: (text) => this.#tell(text, 'bad'),
      // What was asked about, and had the focus, may be gone.
      lost: () => this.#heading()?.focus(),
    });
    this.#shell.element.append(this.#dialog.element);
    this.element = this.#shell.element;
    const run = (): Promise<void> => this.#readStatus();
    this.#status = new Refresh({ clock, run, every: () => pace(STATUS), least: () => pace(LEAST) });
    this.#stream = new EventStream({ api, clock, random: Math.random });
    this.#stream
      .on('event', (event) => this.#heard(event))
      .on('open', () => {
        this.#shell.live(true);
        this.#view?.refresh();
      })
      .on('gap', () => this.#view?.refresh())
      .on('lost', () => {
        this.#shell.live(false);
        // Why is found out at once.
        this.#status.soon();
      });
  }

  start(): void {
    const { signal } = this.#listeners;
    addEventListener('hashchange', () => this.#go(true), { signal });
    document.addEventListener('visibilitychange', () => this.#looked(), { signal });
    this.#go(false);
    this.#status.soon();
    this.#stream.start();
  }

  /** Ends it; nothing is asked any more. */
  close(): void {
    this.#listeners.abort();
    this.#stream.close();
    this.#status.close();
    this.#shell.close();
    this.#view?.dispose();
    this.#told?.cancel();
  }

  /** @param moved somebody went there: what reads the page aloud begins at its heading */
  #go(moved: boolean): void {
    const route = routeOf(location.hash);
    this.#view?.dispose();
    this.#dialog.close();
    const view = this.#make(route);
    this.#view = view;
    this.#shell.show(view.element, route.view === 'room' ? 'rooms' : route.view);
    this.#entitle();
    if (this.#last) view.read?.(this.#last);
    view.refresh();
    this.#status.soon();
    if (!moved) return;
    scrollTo(0, 0);
    this.#heading()?.focus();
  }

  #heading(): HTMLElement | null | undefined {
    return this.#view?.element.querySelector<HTMLElement>('h1');
  }

  /** What is wrong comes first: it is seen on the tab. */
  #entitle(): void {
    document.title = [this.#trouble, this.#view?.title, strings.product].filter(Boolean).join(' – ');
  }

  #make(route: Route): View {
    const around: Surroundings = {
      api: this.#api,
      clock: this.#clock,
      rates: this.#rates,
      rooms: this.#rooms,
      pace,
      ask: (question) => this.#dialog.ask(question),
    };
    if (route.view === 'room') return new RoomView(around, route.room);
    const Chosen = VIEWS[route.view];
    return new Chosen(around);
  }

  async #readStatus(): Promise<void> {
    try {
      const status = await this.#api.status();
      this.#rates.add(this.#clock.now(), countersOf(status.stats));
      this.#last = status;
      this.#lastRead = this.#clock.date();
      this.#trouble = this.#shell.read(status);
      this.#view?.read?.(status);
    } catch (error) {
      const since = this.#lastRead && clockTime(this.#lastRead.toISOString(), this.#clock.date());
      this.#trouble = this.#shell.failed(wordsOf(error), since);
    }
    this.#entitle();
  }

  #heard(event: FeedEvent): void {
    this.#view?.heard?.(event);
    if (TELLING.has(event.type)) this.#status.soon();
  }

  #looked(): void {
    if (document.visibilityState !== 'visible') return;
    this.#status.soon();
    this.#view?.refresh();
  }

  #tell(text: string, tone: Tone): void {
    this.#shell.tell(text, tone);
    this.#told?.cancel();
    this.#told = this.#clock.after(TOLD, () => this.#shell.tell(''));
  }
}

const pace = (fast: number): number => (document.visibilityState === 'visible' ? fast : Math.max(fast, SLOW));

import type { FeedEvent, Status } from '../../../../api/schemas/index.js';
import type { Clock } from '../../../../../lib/util/clock.js';
import type { Api } from '../api/api.js';
import type { Rates } from '../model/rates.js';
import type { Choice, RoomList } from '../model/room-list.js';
import type { Question } from './question-dialog.js';

/** What a view has around it. */
export interface Surroundings {
  api: Api;
  clock: Clock;
  rates: Rates;
  /** Of the list of rooms: what is known of them, and what was chosen when it was shown last. */
  rooms: { list: RoomList; choice: Choice };
  /** Milliseconds between two looks: `fast` for who looks, longer while nobody does. */
  pace: (fast: number) => number;
  /** Asks before something is done. */
  ask: (question: Question) => void;
}

/** One page of the dashboard. */
export interface View {
  readonly element: HTMLElement;
  /** For the title of the window. */
  readonly title: string;
  /** Reads everything again. */
  refresh(): void;
  /** Something happened. */
  heard?(event: FeedEvent): void;
  /** The server was asked how it is. */
  read?(status: Status): void;
  dispose(): void;
}

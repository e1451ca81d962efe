import type { ActorSpec } from './actor.js';
import type { Place } from './error.js';
import type { Options } from './options.js';
import type { Form, Slots } from './sentence.js';
import type { Stage } from './stage.js';

/** Something that happens in a script, or is to happen. */
export interface Sentence {
  readonly form: Form;
  /** The script decides when time passes: it gets a server with a clock of its own. */
  readonly needsClock?: true;
  /** Rejects with a `Deviation` when something else happens. */
  run(stage: Stage, slots: Slots): Promise<void> | void;
}

export interface Step {
  readonly place: Place;
  readonly sentence: Sentence;
  readonly slots: Slots;
}

export interface RoomSpec {
  readonly name: string;
  readonly domain: string;
  /** It comes about with its first joiner. */
  readonly onDemand: boolean;
  readonly options: Options;
}

/** A script that was read. */
export interface Script {
  readonly file: string;
  /** Its first comment: requirement ids and what it shows. */
  readonly title: string;
  readonly rooms: readonly RoomSpec[];
  readonly actors: readonly ActorSpec[];
  /** Further URIs of rooms and of people, by those, with the name of the room or actor. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Options of a server for this script alone; undefined when any will do. */
  readonly server: Options | undefined;
  readonly steps: readonly Step[];
}

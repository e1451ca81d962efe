/** Who is asked for the password of a room in a message (JOIN-15), and hears nothing of it before he knows it. */
import { serializeCpim } from '../../cpim/index.js';
import { WrappedTypes } from '../../sdp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { EndpointMedia } from '../../focus-switch.js';
import type { JoinRequest } from '../types.js';
import type { Room } from '../room.js';
import type { Verdict } from './password.js';

/** Milliseconds that he has to answer. */
const PATIENCE = 60_000;

/** Wrong answers until he has to call again. */
const MAX_WRONG = 3;

const QUESTION = 'This room has a password. Write it here to come in; nobody else sees it.';
const WRONG = 'That was not the password. Try again.';

/** Why somebody is turned away; the text of his BYE. */
const NO_ANSWER = 'No password was given';
const REFUSED = 'Wrong password';

export interface DoorHost {
  clock: Clock;
  /** A message of the room to this endpoint alone: a complete message/cpim body. */
  tell(body: Buffer): void;
  turnAway(reason: string): void;
  letIn(): void;
}

/** The door of a room, with one endpoint before it. */
export class Door {
  readonly #room: Room;
  readonly #request: JoinRequest;
  readonly #host: DoorHost;
  #timer: Timer | null = null;
  #wrong = 0;
  #asked = false;

  constructor(room: Room, request: JoinRequest, host: DoorHost) {
    this.#room = room;
    this.#request = request;
    this.#host = host;
  }

  /** The INVITE was answered with a session. */
  arrived(): void {
    this.#timer ??= this.#host.clock.after(PATIENCE, () => this.#host.turnAway(NO_ANSWER));
  }

  /** The session is there, perhaps again. */
  bound({ session: { peer } }: EndpointMedia): void {
    if (this.#asked) return;
    this.#asked = true;
    // Who cannot read the question cannot answer it.
    if (!new WrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes).takes('text/plain')) this.#turnAway(NO_ANSWER);
    else this.#say(QUESTION);
  }

  /** What he wrote; the status of his message. */
  answered(text: string): number {
    const verdict: Verdict = this.#room.moderation.checkPassword(this.#request, text.trim());
    if (verdict === 'right') {
      this.#host.letIn();
      return 200;
    }
    if (verdict === 'too-often' || ++this.#wrong >= MAX_WRONG) this.#turnAway(REFUSED);
    else this.#say(WRONG);
    return 403;
  }

  /** He is in, or gone. */
  close(): void {
    this.#timer?.cancel();
  }

  /** Not before what is being answered at the moment has its answer. */
  #turnAway(reason: string): void {
    this.#timer?.cancel();
    this.#timer = this.#host.clock.after(0, () => this.#host.turnAway(reason));
  }

  #say(content: string): void {
    const { uri, title: name } = this.#room;
    const dateTime = new Date(this.#host.clock.now());
    const address = { name, uri };
    const contentType = 'text/plain;charset=utf-8';
    this.#host.tell(serializeCpim({ from: address, to: [address], dateTime, contentType, content }));
  }
}
